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
	journalInterval = 2 * time.Second        // between two syncs of the disk
	journalPatience = 100 * time.Millisecond // that flows wait, at most, for a system that does not take what is written
	journalTick     = time.Minute            // after which it is noted that the view still is what the store has
	journalRetryMax = time.Minute            // a disk that is full is so for a while
)

// keeper keeps the journal: it collects what the follower took in and has it written, off the scheduler. What the
// switch is sent does not run ahead of it, or an agent that was killed would begin with less than its flows came from.
// Nor do the claims on interfaces.
//
//	follower ─ note, drop ─► pending ─ run ─► journal.Append (a worker) ─ ahead ─► engine sends flows,
//	binder ─ put ─────────────┘                 │                                  ports writes claims
//	follower ◄─ load, at start                  └─ runSync ─► journal.Sync, every journalInterval
type keeper struct {
	a        *Agent
	wake     *coroutine.Signal
	dirty    *coroutine.Signal           // there is something to sync
	moved    *coroutine.Future[struct{}] // something was written, or could not be
	file     *journal.Journal            // nil: none is kept
	pending  *journal.Change
	writing  *journal.Change // on its way to the file, nil when none is
	noted    int             // changes, so far
	kept     int             // of them in the file
	whole    bool            // what is in the file and pending come to the whole view
	late     time.Time       // since when flows go ahead of what is being written, until it is; zero: they do not
	epoch    string          // of what was noted last
	written  time.Time       // At of what was written last
	why      string          // it is not written, or was not used
	unsynced string          // why the disk does not take it
}

func newKeeper(a *Agent) *keeper {
	k := &keeper{a: a, wake: coroutine.NewSignal(a.s), dirty: coroutine.NewSignal(a.s),
		moved: coroutine.NewFuture[struct{}](), pending: &journal.Change{}}
	if a.cfg.Journal.Path != "" {
		k.file = journal.Open(journal.Options{Files: a.env.Files, Path: a.cfg.Journal.Path,
			Deployment: a.cfg.Redis.Name, Program: Version})
	}
	return k
}

// past is what the last life of the agent has left.
type past struct {
	store.Batch
	at    time.Time // when that was what the store had; zero: there is nothing
	acked journal.Acked
}

// load reads the journal.
func (k *keeper) load(co *coroutine.Co) (past, error) {
	if k.file == nil {
		return past{}, nil
	}
	p, err := coroutine.Call(co, func(context.Context) (past, error) {
		st, err := k.file.Load()
		return past{st.Batch(), st.At, st.Acked}, err
	})
	if co.Err() != nil {
		return p, co.Err()
	}
	if err != nil {
		k.why = err.Error()
		k.a.log.Error("journal not used", "error", err)
	}
	k.whole, k.epoch, k.written = !p.at.IsZero(), p.Epoch, p.at
	k.dirty.Notify() // the last life may have been killed before it synced
	return p, nil
}

// note takes what the store said. whole says that it is everything.
func (k *keeper) note(b store.Batch, whole bool) {
	if k.file == nil || !k.whole && !whole {
		return
	}
	if whole {
		k.whole, k.pending.Whole = true, true
	}
	if len(b.Changes) > 0 || b.Epoch != k.epoch || k.a.s.Now().Sub(k.written) >= journalTick {
		k.epoch = b.Epoch
		k.pending.Add(b, k.a.s.Now())
		k.pending.Acked = k.a.follower.ackedSince(b.Rev)
		k.added()
	}
}

// put takes a document that we wrote ourselves, ahead of the log, which has told everything up to rev.
func (k *keeper) put(d store.Doc, rev int64) {
	if k.file != nil && k.whole {
		k.pending.Put(d)
		k.pending.Acked = k.a.follower.ackedSince(rev)
		k.added()
	}
}

// drop says that a scope is not followed any more.
func (k *keeper) drop(s store.Scope) {
	if k.file != nil && k.whole {
		k.pending.Drop(s)
		k.added()
	}
}

func (k *keeper) added() {
	k.noted++
	k.wake.Notify()
}

func (k *keeper) run(co *coroutine.Co) error {
	return k.repeat(co, k.wake, 0, k.write)
}

func (k *keeper) runSync(co *coroutine.Co) error {
	return k.repeat(co, k.dirty, journalInterval, k.sync)
}

// repeat does what is asked for, with a pause after it, and again after a growing one when it was in vain.
func (k *keeper) repeat(co *coroutine.Co, asked *coroutine.Signal, pause time.Duration,
	do func(*coroutine.Co) error) error {
	retry := journalInterval
	for {
		if err := asked.Wait(co); err != nil {
			return err
		}
		wait := pause
		if err := do(co); err == nil {
			retry = journalInterval
		} else {
			if co.Err() != nil {
				return co.Err()
			}
			wait, retry = retry, min(2*retry, journalRetryMax)
			asked.Notify()
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
	c, all := k.pending, k.noted
	k.writing, k.pending = c, &journal.Change{}
	err := k.onDisk(co, func() error { return k.file.Append(c) })
	if co.Err() != nil {
		return co.Err() // save knows of c
	}
	k.writing, k.late = nil, time.Time{}
	switch {
	case err == nil:
		k.kept, k.why = all, ""
		if !c.At.IsZero() {
			k.written = c.At
		}
	case errors.Is(err, journal.ErrGone):
		k.begin(err)
	default:
		c.Then(k.pending)
		k.pending = c
		k.fails(&k.why, "journal not written, trying again", err)
	}
	k.dirty.Notify() // also where it is full
	k.tell()
	return err
}

// sync has the disk take what was written.
func (k *keeper) sync(co *coroutine.Co) error {
	err := k.onDisk(co, k.file.Sync)
	switch {
	case co.Err() != nil:
		return co.Err()
	case errors.Is(err, journal.ErrGone):
		k.begin(err)
		k.tell()
		return nil // there is nothing to sync
	case err != nil:
		k.fails(&k.unsynced, "journal not synced, trying again", err)
	default:
		k.unsynced = ""
	}
	return err
}

// onDisk runs what may wait for the disk.
func (k *keeper) onDisk(co *coroutine.Co, fn func() error) error {
	_, err := coroutine.Call(co, func(context.Context) (struct{}, error) { return struct{}{}, fn() })
	return err
}

// begin has a journal that is gone written anew, of everything.
func (k *keeper) begin(why error) {
	k.whole, k.pending = false, &journal.Change{}
	k.fails(&k.why, "journal is gone, writing another one", why)
	k.a.follower.readAgain()
}

func (k *keeper) fails(why *string, what string, err error) {
	if *why != err.Error() {
		k.a.log.Error(what, "error", err)
	}
	*why = err.Error()
}

// tell wakes who waits for the journal.
func (k *keeper) tell() {
	k.moved.Resolve(struct{}{}, nil)
	k.moved = coroutine.NewFuture[struct{}]()
}

// ahead returns when the journal has the first changes that were noted, or could not take them in journalPatience. Then
// nothing waits for it any more until it has: forwarding is worth more than what is lost if the agent is killed now and
// starts while the store is away.
func (k *keeper) ahead(co *coroutine.Co, changes int) error {
	deadline := k.a.s.Now().Add(journalPatience)
	for k.file != nil && k.whole && k.why == "" && k.late.IsZero() && k.kept < changes {
		_, err := k.moved.WaitTimeout(co, max(0, deadline.Sub(k.a.s.Now())))
		if errors.Is(err, coroutine.ErrTimeout) {
			if k.writing != nil {
				k.late = k.a.s.Now()
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// problem says what is wrong with the journal, "" when nothing is.
func (k *keeper) problem() string {
	switch {
	case k.why != "":
		return k.why + ": an agent that starts while the store is away will not know what was defined"
	case k.unsynced != "":
		return k.unsynced + ": what is written may be lost when the host loses its power"
	case !k.late.IsZero() && k.a.s.Now().Sub(k.late) >= time.Second: // what is less would come and go
		return "the disk does not take what is written: flows go on without"
	}
	return ""
}

// save writes what is not written yet and waits for it. It is for the end, when nobody waits for the scheduler.
func (k *keeper) save() {
	if k.file == nil {
		return
	}
	if err := k.file.Close(k.writing, k.pending); err != nil {
		k.a.log.Error("journal not written", "error", err)
	}
}

func (k *keeper) status() *status.Journal {
	if k.file == nil {
		return nil
	}
	return &status.Journal{Path: k.file.Path(), Bytes: k.file.Size(), Written: stamp(k.written), Problem: k.problem()}
}

// stamp is a time for status, nil for none.
func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}
