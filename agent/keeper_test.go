package agent

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/journal"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/store"
)

// countedFiles has one file, and counts how often it is written, and synced.
type countedFiles struct {
	journal.Files
	writes, syncs int
}

func (c *countedFiles) Replace(string, []byte) error        { c.writes++; return nil }
func (c *countedFiles) WriteAt(string, int64, []byte) error { c.writes++; return nil }
func (c *countedFiles) Sync(string) error                   { c.syncs++; return nil }

// keeperBed is an agent of which the journal works only, on a clock that it moves.
type keeperBed struct {
	*Agent
	t     *testing.T
	clock *coroutine.Virtual
}

func newKeeperBed(t *testing.T, files journal.Files, disk coroutine.Offloader) keeperBed {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Tunnel.Address = netip.MustParseAddr("192.0.2.1")
	clock := coroutine.NewVirtual(time.Unix(1e9, 0))
	a, err := New(cfg, Env{Clock: clock, Seed: 1, Offloader: disk, Files: files})
	require.NoError(t, err)
	t.Cleanup(a.s.Abandon)
	a.part("journal", a.keeper.run)
	a.part("journal-sync", a.keeper.runSync)
	return keeperBed{a, t, clock}
}

func (b keeperBed) run(d time.Duration) {
	b.t.Helper()
	over := false
	b.s.After(d, func() { over = true })
	for {
		for b.s.Turn(100) {
		}
		if over {
			return
		}
		next, there := b.s.Next()
		require.True(b.t, there)
		b.clock.Advance(next)
	}
}

// keep has a keeper whose store tells something every so often, for so long.
func keep(t *testing.T, d, every time.Duration, files journal.Files, tell func() store.Batch) {
	t.Helper()
	b := newKeeperBed(t, files, coroutine.Inline{})
	b.part("store", func(co *coroutine.Co) error {
		for whole := true; ; whole = false {
			b.keeper.note(tell(), whole)
			if err := co.Sleep(every); err != nil {
				return err
			}
		}
	})
	b.run(d)
}

// TestJournalOfAStoreThatRests: a disk is not written, and synced, for every poll of a store that tells nothing new.
func TestJournalOfAStoreThatRests(t *testing.T) {
	files := &countedFiles{}
	keep(t, 10*time.Minute, pollInterval, files, func() store.Batch { return store.Batch{Epoch: "one", Rev: 7} })
	require.LessOrEqual(t, files.writes, 11, "once a minute")
	require.GreaterOrEqual(t, files.writes, 10)
	require.LessOrEqual(t, files.syncs, 11)
	require.GreaterOrEqual(t, files.syncs, 10)
}

// change is what a store tells of a revision.
func change(rev int64) store.Batch {
	return store.Batch{Epoch: "one", Rev: rev, Changes: []store.ScopeChange{{Scope: "net/a", Rev: rev}}}
}

// TestJournalOfABusyStore: each change is written as it comes, and the disk is synced every two seconds.
func TestJournalOfABusyStore(t *testing.T) {
	files, rev := &countedFiles{}, int64(0)
	keep(t, time.Minute, 10*time.Millisecond, files, func() store.Batch { rev++; return change(rev) })
	require.EqualValues(t, rev, files.writes)
	require.InDelta(t, time.Minute/journalInterval, files.syncs, 1)
}

// TestJournalOfAnotherEpoch: what the store is, is written at once, also when nothing in it is new.
func TestJournalOfAnotherEpoch(t *testing.T) {
	files, epoch := &countedFiles{}, "one"
	tell := func() store.Batch {
		defer func() { epoch = "two" }()
		return store.Batch{Epoch: epoch, Rev: 7}
	}
	keep(t, pollInterval+time.Millisecond, pollInterval, files, tell)
	require.Equal(t, 2, files.writes)
}

// hanging does what is asked for when it is let go.
type hanging struct{ waiting []func() }

func (h *hanging) Offload(s *coroutine.Scheduler, work func() func()) {
	h.waiting = append(h.waiting, func() { s.Defer(work()) })
}

func (h *hanging) letGo() {
	for _, do := range h.waiting {
		do()
	}
	h.waiting = nil
}

// TestFlowsWaitForAJournalThatIsSlow, but not for ever, and not again for what it is at.
func TestFlowsWaitForAJournalThatIsSlow(t *testing.T) {
	disk := &hanging{}
	b := newKeeperBed(t, &countedFiles{}, disk)
	k := b.keeper
	waits := func() *time.Duration {
		var took time.Duration = -1
		b.s.Go("flows", func(co *coroutine.Co) error {
			began := b.s.Now()
			err := k.ahead(co, k.noted)
			took = b.s.Now().Sub(began)
			return err
		})
		b.run(journalPatience / 2)
		return &took
	}
	k.note(change(1), true)
	flows := waits()
	require.Negative(t, *flows)
	disk.letGo()
	b.run(time.Millisecond)
	require.Equal(t, journalPatience/2, *flows, "it is written")
	require.Empty(t, k.problem())
	k.note(change(2), false)
	flows, claims := waits(), waits()
	require.Negative(t, *claims)
	b.run(journalPatience)
	require.Equal(t, []time.Duration{journalPatience, journalPatience}, []time.Duration{*flows, *claims})
	b.run(time.Second)
	require.Contains(t, k.problem(), "flows go on without")
	require.Zero(t, *waits(), "what has gone ahead goes on")
	disk.letGo()
	b.run(time.Millisecond)
	require.Empty(t, k.problem())
	k.note(change(3), false)
	flows, claims = waits(), waits()
	disk.letGo()
	b.run(time.Millisecond)
	require.Positive(t, *flows, "they wait again")
	require.Positive(t, *claims, "and both go on")
	k.note(change(4), false)
	flows = waits()
	k.note(change(5), false)
	disk.letGo()
	b.run(time.Millisecond)
	require.Positive(t, *flows, "what came later is not for them")
	require.Less(t, k.kept, k.noted)
}
