package coroutine

import "time"

// Turn and Next are for whoever runs several schedulers on one virtual clock in one goroutine, such as a simulator of
// many machines: in place of Run, it gives each its turns, and moves the clock when none has anything to run.

// Turn runs at most so many steps of what is runnable now, due timers and what was posted included, and reports whether
// there was any.
func (s *Scheduler) Turn(steps int) bool {
	s.takeInbox()
	s.fireTimers()
	return s.runSome(steps)
}

// Next is when the next timer is due, and whether there is one.
func (s *Scheduler) Next() (time.Time, bool) {
	if len(s.timers) == 0 {
		return time.Time{}, false
	}
	return s.timers[0].at, true
}

// Abandon ends every coroutine where it stands, without another step for anything: what a killed process does, but that
// deferred functions run. Nothing runs on the scheduler afterwards.
func (s *Scheduler) Abandon() {
	for _, t := range s.sortedTasks() {
		t.co.end()
		t.done = true
		if t.cancelCtx != nil {
			t.cancelCtx()
		}
	}
	clear(s.tasks)
	s.held, s.timers, s.run = 0, nil, ring{}
	s.refuse()
}

// Advance moves the clock to a later time.
func (v *Virtual) Advance(to time.Time) { v.advance(to) }
