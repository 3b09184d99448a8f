package agent

import (
	"context"
	"errors"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/journal"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/store"
)

const (
	journalInterval = 2 * time.Second // between writes
	journalTick     = time.Minute     // after which it is noted that the view still is what the store has
	journalRetryMax = time.Minute     // a disk that is full is so for a while
)

// keeper keeps the journal: it collects what the follower took in and has it written, off the scheduler.
//
//	follower ─ note, drop ─► pending ─ every journalInterval ─► journal.Append (a worker waits for the disk)
//	follower ◄─ load, at start
type keeper struct {
	a       *Agent
	wake    *coroutine.Signal
	file    *journal.Journal // nil: none is kept
	pending *journal.Change
	writing *journal.Change // on its way to the disk, nil when none is
	whole   bool            // what is in the file and pending come to the whole view
	epoch   string          // of what was noted last
	written time.Time       // At of what was written last
	why     string          // it is not written, or was not used
}

func newKeeper(a *Agent) *keeper {
	k := &keeper{a: a, wake: coroutine.NewSignal(a.s), pending: &journal.Change{}}
	if a.cfg.Journal.Path != "" {
		k.file = journal.Open(journal.Options{Files: a.env.Files, Path: a.cfg.Journal.Path,
			Deployment: a.cfg.Redis.Name, Program: Version})
	}
	return k
}

// past is what the last life of the agent has left.
type past struct {
	store.Batch
	at time.Time // when that was what the store had; zero: there is nothing
}

// load reads the journal.
func (k *keeper) load(co *coroutine.Co) (past, error) {
	if k.file == nil {
		return past{}, nil
	}
	p, err := coroutine.Call(co, func(context.Context) (past, error) {
		st, err := k.file.Load()
		return past{st.Batch(), st.At}, err
	})
	if co.Err() != nil {
		return p, co.Err()
	}
	if err != nil {
		k.why = err.Error()
		k.a.log.Error("journal not used", "error", err)
	}
	k.whole, k.epoch, k.written = !p.at.IsZero(), p.Epoch, p.at
	return p, nil
}

// note takes what the store said. whole says that it is everything.
func (k *keeper) note(b store.Batch, whole bool) {
	if k.file == nil || !k.whole && !whole {
		return
	}
	if whole {
		k.whole = true
	}
	if len(b.Changes) > 0 || b.Epoch != k.epoch || k.a.s.Now().Sub(k.written) >= journalTick {
		k.epoch = b.Epoch
		k.pending.Add(b, k.a.s.Now())
		k.wake.Notify()
	}
}

// drop says that a scope is not followed any more.
func (k *keeper) drop(s store.Scope) {
	if k.file != nil && k.whole {
		k.pending.Drop(s)
		k.wake.Notify()
	}
}

func (k *keeper) run(co *coroutine.Co) error {
	retry := journalInterval
	for {
		if err := k.wake.Wait(co); err != nil {
			return err
		}
		wait := journalInterval
		if err := k.write(co); err != nil {
			if co.Err() != nil {
				return co.Err()
			}
			wait, retry = retry, min(2*retry, journalRetryMax)
			k.wake.Notify()
		} else {
			retry = journalInterval
		}
		if err := co.Sleep(wait); err != nil {
			return err
		}
	}
}

// write writes what has collected.
func (k *keeper) write(co *coroutine.Co) error {
	if k.pending.Empty() {
		return nil
	}
	c := k.pending
	k.writing, k.pending = c, &journal.Change{}
	_, err := coroutine.Call(co, func(context.Context) (struct{}, error) { return struct{}{}, k.file.Append(c) })
	if co.Err() != nil {
		return co.Err() // save knows of c
	}
	k.writing = nil
	switch {
	case err == nil:
		k.written, k.why = c.At, ""
		return nil
	case errors.Is(err, journal.ErrGone):
		k.a.log.Warn("journal is gone, writing another one", "error", err)
		k.whole, k.pending = false, &journal.Change{}
		k.a.follower.readAgain()
	default:
		c.Then(k.pending)
		k.pending = c
	}
	if k.why != err.Error() {
		k.a.log.Error("journal not written, trying again", "error", err)
	}
	k.why = err.Error()
	return err
}

// save writes what is not written yet and waits for it. It is for the end, when nobody waits for the scheduler.
func (k *keeper) save() {
	if k.file == nil {
		return
	}
	for _, c := range []*journal.Change{k.writing, k.pending} { // a worker may still be at the first: twice is no harm
		if c == nil || c.Empty() {
			continue
		}
		if err := k.file.Append(c); err != nil {
			k.a.log.Error("journal not written", "error", err)
			return
		}
	}
}

func (k *keeper) status() *status.Journal {
	if k.file == nil {
		return nil
	}
	return &status.Journal{Path: k.file.Path(), Bytes: k.file.Size(), Written: stamp(k.written), Problem: k.why}
}

// stamp is a time for status, nil for none.
func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}
