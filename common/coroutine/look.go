package coroutine

import (
	"bytes"
	"runtime"
	"time"
)

// Running is what a scheduler does at this moment, as other goroutines see it: the answer when it is stuck in a step
// and cannot tell anything itself.
type Running struct {
	// Name of the coroutine whose step runs; "function" for a function that was posted, deferred or due, "" for nothing.
	Name string `json:"name"`
	// Turn is how long ago the turn of the run queue began that the step is part of: the step does not take longer.
	Turn time.Duration `json:"turn_ns"`
	// Inbox is what was posted and has not run.
	Inbox Depth `json:"inbox"`
	// Stack is where the step is, as the runtime prints it. It is looked for among all goroutines of the process: where
	// several schedulers run, it has the stacks of all their steps.
	Stack string `json:"stack"`
}

// Look tells from any goroutine what s, which has a real clock, runs. It stops the process for a moment and is for
// people who find out why nothing moves.
func (s *Scheduler) Look() Running {
	out := Running{Inbox: s.inbox.depth()}
	began := s.turnBegan.Load()
	if began == 0 {
		return out
	}
	out.Name = "function"
	if t := s.published.Load(); t != nil {
		out.Name = t.name
	}
	out.Turn = time.Since(s.made) - time.Duration(began)
	out.Stack = runningStacks()
	return out
}

// enter notes which coroutine runs, nil for none. Most steps change it, some do not.
func (s *Scheduler) enter(t *Task) {
	if s.current != t {
		s.current = t
		s.published.Store(t)
	}
}

// Bounds of the dump of all goroutines.
const (
	stacksMin = 1 << 20  // bytes
	stacksMax = 64 << 20 // bytes
)

// Frames that tell a coroutine from a scheduler.
var (
	coroutineFrame = []byte("common/coroutine.(*Co).body(")
	schedulerFrame = []byte("common/coroutine.(*Scheduler).runSome(")
	switchedAway   = []byte("[coroutine") // the state of a goroutine that waits in or for a coroutine
)

// runningStacks is the stacks of the steps that run. A goroutine that waits for the coroutine it switched to is in the
// same state as a coroutine that is switched away, so that of all that are part of a scheduler, those in another state
// are the ones that run.
func runningStacks() string {
	buf := make([]byte, stacksMin)
	n := runtime.Stack(buf, true)
	for n == len(buf) && n < stacksMax {
		buf = make([]byte, 2*len(buf))
		n = runtime.Stack(buf, true)
	}
	var out [][]byte
	for g := range bytes.SplitSeq(buf[:n], []byte("\n\n")) {
		head, _, _ := bytes.Cut(g, []byte("\n"))
		part := bytes.Contains(g, coroutineFrame) || bytes.Contains(g, schedulerFrame)
		if part && !bytes.Contains(head, switchedAway) {
			out = append(out, bytes.TrimSpace(g))
		}
	}
	return string(bytes.Join(out, []byte("\n\n")))
}
