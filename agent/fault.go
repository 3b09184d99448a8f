package agent

import (
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// ErrFault is wrapped by the error with which Run ends when a part of the agent is broken. An agent without one of its
// parts would live on and look well, so it ends, and whoever supervises it starts another, which adopts the flows.
var ErrFault = errors.New("the agent is at fault")

var errEnded = errors.New("it ended by itself")

// part starts a coroutine without which the agent is none: when it ends before the agent does, so does the agent.
func (a *Agent) part(name string, body func(co *coroutine.Co) error) {
	a.s.Go(name, func(co *coroutine.Co) error {
		err := body(co)
		if co.Err() == nil {
			if err == nil {
				err = errEnded
			}
			a.broken(name, err)
		}
		return err
	})
}

// panicked is told of every panic on the scheduler: what it interrupted may be half done, whatever it was.
func (a *Agent) panicked(name string, err *coroutine.PanicError) {
	if name == "" {
		name = "a callback"
	}
	a.broken(name, err)
}

// broken ends the agent; the first reason counts.
func (a *Agent) broken(name string, err error) {
	if a.fault == nil {
		a.fault = fmt.Errorf("%w: %s: %w", ErrFault, name, err)
		a.s.Stop()
	}
}

// errPanicked is the answer to a request that panicked. Requests only read, so such a panic is not the agent's end.
var errPanicked = errors.New("the request ran into a fault of the agent, see its log")
