package event

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// Interrupted is the error of Until when an event came first.
type Interrupted struct{ Case int }

// Error implements error.
func (e *Interrupted) Error() string {
	return fmt.Sprintf("interrupted by event %d of those watched", e.Case)
}

// Until runs body as a child until an event matches one of the cases: then the child is cancelled and waited for, and
// the error is an *Interrupted. Slot.Event has the event.
func Until(co *coroutine.Co, name string, body coroutine.Body, cases ...Case) error {
	which := -1
	first, err := coroutine.Race(co, name, body, func(co *coroutine.Co) (err error) {
		which, err = WaitAny(co, cases...)
		return err
	})
	if first == 1 && err == nil {
		return &Interrupted{Case: which}
	}
	return err
}

// WithCallback runs body as a child, and fn for every event that matches m meanwhile, as part of the dispatch. An error
// of fn cancels the child and is returned.
func WithCallback[K Key[K], E any](co *coroutine.Co, m Matcher[K, E], fn func(E) error,
	body coroutine.Body) error {
	var failed error
	t := co.Go("with callback on "+m.t.name, body)
	sub := m.Subscribe(func(e E) {
		if failed == nil {
			if failed = fn(e); failed != nil {
				t.Cancel()
			}
		}
	})
	defer sub.Close()
	err := t.Wait(co)
	if failed != nil {
		return failed
	}
	return err
}
