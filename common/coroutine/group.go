package coroutine

import (
	"errors"
	"fmt"
	"time"
)

// Body is what a coroutine runs.
type Body = func(co *Co) error

// All runs bodies as children and waits for all of them. The first that fails cancels the others; the error has what
// each of them failed with, but for the cancellations that follow from the first.
func All(co *Co, name string, bodies ...Body) error {
	g := group{over: func(t *Task) bool { return t.err != nil }}
	return g.run(co, name, bodies)
}

// Race runs bodies as children, and when the first has ended it cancels and waits for the others. It returns which one
// ended first, and its error.
func Race(co *Co, name string, bodies ...Body) (int, error) {
	g := group{over: func(*Task) bool { return true }}
	err := g.run(co, name, bodies)
	for i, t := range g.tasks {
		if t == g.first {
			return i, t.err
		}
	}
	return -1, err
}

// Timeout runs body as a child for at most d. After that the child is cancelled and waited for, and the error is
// ErrTimeout, unless the child has a result all the same.
func Timeout(co *Co, d time.Duration, name string, body Body) error {
	t := co.Go(name, body)
	late := false
	timer := co.s.After(d, func() { late = true; t.Cancel() })
	defer timer.Stop()
	err := t.join(co)
	if late && errors.Is(err, ErrCancelled) && co.Err() == nil {
		return fmt.Errorf("%s: %w after %v", name, ErrTimeout, d)
	}
	return err
}

// group is children that end together.
type group struct {
	over  func(*Task) bool // whether the end of this one ends the others
	tasks []*Task
	first *Task // the one that ended the others
}

// run starts bodies and waits for all. It returns what they failed with, without the cancellations of its own making.
func (g *group) run(co *Co, name string, bodies []Body) error {
	for i, body := range bodies {
		t := co.Go(fmt.Sprintf("%s %d", name, i), body)
		t.ended = g.ended
		g.tasks = append(g.tasks, t)
	}
	var errs []error
	for _, t := range g.tasks {
		err := t.join(co)
		if co.Err() != nil {
			g.cancel()
			return co.Err()
		}
		if err != nil && (g.first == nil || t == g.first || !errors.Is(err, ErrCancelled)) {
			errs = append(errs, err)
		}
	}
	if len(bodies) == 0 {
		return co.Err()
	}
	return errors.Join(errs...)
}

func (g *group) ended(t *Task) {
	if g.first != nil || !g.over(t) {
		return
	}
	g.first = t
	g.cancel()
}

func (g *group) cancel() {
	for _, t := range g.tasks {
		t.Cancel()
	}
}

// join waits for the end of t and returns its error. When co is cancelled meanwhile, t is too: it ends before co does,
// like every child, but not before join returns.
func (t *Task) join(co *Co) error {
	err := t.Wait(co)
	if !t.done {
		t.Cancel()
	}
	return err
}
