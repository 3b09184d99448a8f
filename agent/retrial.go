package agent

import (
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// retrial is of a binding that the store has refused, and that is tried again later and later.
type retrial struct {
	pause time.Duration
	timer *coroutine.Timer
}

// retrials are those of a host, by port. As a rule the log says why, and has the port looked at anyway. But whoever had
// the port may have let it go by the time that the log is read; and while an agent holds what a store has lost, or
// cannot read a document, the log says nothing for as long as that lasts.
type retrials map[string]*retrial

// add has try called after a pause, unless forget is before that.
func (r retrials) add(s *coroutine.Scheduler, port string, try func()) {
	pause := retryMin
	if old := r[port]; old != nil {
		old.timer.Stop()
		pause = min(2*old.pause, retryMax)
	}
	r[port] = &retrial{pause, s.After(pause, try)}
}

// forget is for a port whose binding was taken, or is not wanted any more.
func (r retrials) forget(port string) {
	if old := r[port]; old != nil {
		old.timer.Stop()
		delete(r, port)
	}
}

// lookAgain has a port looked at when the switch has acknowledged its flows as they stand then.
func (b *binder) lookAgain(port string) {
	b.a.engine.touched[port] = true
	b.a.engine.wake.Notify()
}
