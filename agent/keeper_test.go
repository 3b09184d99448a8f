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

// countedFiles has one file, and counts how often it is written.
type countedFiles struct {
	journal.Files
	writes int
}

func (c *countedFiles) Replace(string, []byte) error        { c.writes++; return nil }
func (c *countedFiles) WriteAt(string, int64, []byte) error { c.writes++; return nil }

// keep has a keeper whose store tells the same every pollInterval, for so long.
func keep(t *testing.T, d time.Duration, files journal.Files, tell func() store.Batch) {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Tunnel.Address = netip.MustParseAddr("192.0.2.1")
	clock := coroutine.NewVirtual(time.Unix(1e9, 0))
	a, err := New(cfg, Env{Clock: clock, Seed: 1, Offloader: coroutine.Inline{}, Files: files})
	require.NoError(t, err)
	defer a.s.Abandon()
	a.part("journal", a.keeper.run)
	a.part("store", func(co *coroutine.Co) error {
		for whole := true; ; whole = false {
			a.keeper.note(tell(), whole)
			if err := co.Sleep(pollInterval); err != nil {
				return err
			}
		}
	})
	for end := clock.Now().Add(d); ; {
		for a.s.Turn(100) {
		}
		next, there := a.s.Next()
		require.True(t, there)
		if next.After(end) {
			return
		}
		clock.Advance(next)
	}
}

// TestJournalOfAStoreThatRests: a disk is not written, and synced, for every poll of a store that tells nothing new.
func TestJournalOfAStoreThatRests(t *testing.T) {
	files := &countedFiles{}
	keep(t, 10*time.Minute, files, func() store.Batch { return store.Batch{Epoch: "one", Rev: 7} })
	require.LessOrEqual(t, files.writes, 11, "once a minute")
	require.GreaterOrEqual(t, files.writes, 10)
}

// TestJournalOfAnotherEpoch: what the store is, is written at once, also when nothing in it is new.
func TestJournalOfAnotherEpoch(t *testing.T) {
	files, epoch := &countedFiles{}, "one"
	tell := func() store.Batch {
		defer func() { epoch = "two" }()
		return store.Batch{Epoch: epoch, Rev: 7}
	}
	keep(t, pollInterval+journalInterval, files, tell)
	require.Equal(t, 2, files.writes)
}
