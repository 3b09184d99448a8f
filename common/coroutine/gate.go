package coroutine

import "time"

// Gate is where one coroutine waits for what another package delivers: the means to build waits that this package does
// not have. The zero value is a closed gate.
type Gate struct {
	co   *Co
	open bool
}

// Arrival is told, at the end of the step in which a coroutine begins to wait, that it does. That is the place to
// register what the coroutine waits for when registering needs much stack, such as the growth of a map: it runs on the
// scheduler's, so that the stack of a waiting coroutine stays at its 2 KB.
type Arrival interface{ Arrived() }

// Announce has the next wait of co tell a. It is for the caller of Wait, right before it.
func (co *Co) Announce(a Arrival) { co.arrival = a }

// Wait waits until the gate is opened, and closes it. timeout < 0 means for ever, else the error is ErrTimeout. The
// reason is what Tasks shows. A gate that opens and times out in one step counts as open.
func (g *Gate) Wait(co *Co, reason string, timeout time.Duration) error {
	g.co = co
	defer g.leave()
	if timeout >= 0 && !g.open {
		co.startTimer(timeout)
		defer co.timer.Stop()
	}
	for !g.open {
		if err := co.park(reason); err != nil {
			return err
		}
		if timeout >= 0 && co.timedOut && !g.open {
			return ErrTimeout
		}
	}
	return co.cancelled()
}

func (g *Gate) leave() {
	g.co.arrival = nil // a wait that was over at once has told nobody
	g.co, g.open = nil, false
}

// Occupied reports whether a coroutine waits at the gate.
func (g *Gate) Occupied() bool { return g.co != nil }

// Open lets the coroutine at the gate, or the next one to come, go on; it runs as a step of its own.
func (g *Gate) Open() {
	g.open = true
	if g.co != nil {
		g.co.wake()
	}
}

// Run opens the gate and runs the coroutine that waits at it, inside the caller's step, until its next wait. It reports
// false when that coroutine is runnable already: then it goes on when its turn comes, before anything made runnable
// later.
func (g *Gate) Run() bool {
	g.open = true
	switch co := g.co; {
	case co == nil || !co.parked:
		return true
	case co.queued:
		return false
	default:
		was := co.s.current
		co.resume()
		co.s.enter(was)
		return true
	}
}
