package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/journal"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// written waits until the journal has what the store has.
func (h *host) written() {
	h.t.Helper()
	await(h.t, "the journal is written", func() bool {
		done, err := onScheduler(h.t.Context(), h.a, func() (bool, error) {
			return h.a.keeper.pending.Empty() && h.a.keeper.writing == nil && !h.a.keeper.written.IsZero(), nil
		})
		require.NoError(h.t, err)
		return done
	})
}

// crash ends the agent without giving it time to write anything.
func (h *host) crash() {
	h.t.Helper()
	_, err := onScheduler(h.t.Context(), h.a, func() (bool, error) {
		k := h.a.keeper
		k.file, k.pending = nil, &journal.Change{}
		return true, nil
	})
	require.NoError(h.t, err)
	h.stop()
}

// TestRestartWithoutStore: an agent that starts while the store is away goes on as if it had never been stopped, and
// boots guests that were defined before.
func TestRestartWithoutStore(t *testing.T) {
	w, one, two := blue(t)
	w.port("web3", "blue")
	w.settle()
	before := one.dump()
	one.written()
	seen, began := *one.status().Journal.Written, time.Now().Truncate(time.Second)
	w.away()
	one.restart() // ready, that is
	s := one.status()
	require.Zero(t, s.Flows.Sent)
	require.Equal(t, before, one.dump())
	require.Equal(t, "disconnected", s.Store.State)
	require.True(t, s.Store.FromJournal)
	require.WithinRange(t, *s.Store.Since, began, time.Now())
	require.WithinRange(t, *s.Store.Seen, seen, time.Now())
	require.Contains(t, fmt.Sprint(s.Problems), "for guests that boot now")

	one.attach("p3", "web3") // a guest that has never run here
	await(t, "its flows are there", func() bool { return one.owned("port/web3") >= 4 })
	require.Contains(t, one.dump(), "userdata", "DHCP goes to the agent")
	await(t, "it works here", func() bool { return one.portState("web3") == status.PortUnannounced })
	require.Equal(t, status.PortUp, one.portState("web1"), "that was announced before")
	one.detach("p1")
	await(t, "what leaves goes", func() bool { return one.owned("port/web1") == 0 })
	one.attach("p1", "web1")
	await(t, "and comes again", func() bool { return one.owned("port/web1") >= 4 })

	w.back()
	one.up("web3")
	w.settle()
	require.Empty(t, one.status().Problems)
	require.Nil(t, one.status().Store.Since)
	require.False(t, one.status().Store.FromJournal)
	require.Positive(t, two.owned("port/web3"))
}

// TestHostRestartWithoutStore: the switch has forgotten everything, too.
func TestHostRestartWithoutStore(t *testing.T) {
	w, one, _ := blue(t)
	before := one.dump()
	w.away()
	one.stop()
	one.sw.StopVswitchd()
	one.sw.StartVswitchd()
	one.start()
	one.ready()
	await(t, "the flows are what they were", func() bool { return one.dump() == before })
	w.back()
	w.settle()
	require.Equal(t, before, one.dump())
}

// TestJournalKnowsLess: what the store said in the last moment is not in the journal, and the flows that came of it
// stay until the store is asked.
func TestJournalKnowsLess(t *testing.T) {
	w, one, two := blue(t)
	one.written()
	one.stop()
	old, err := os.ReadFile(one.cfg.Journal.Path)
	require.NoError(t, err)
	one.start()
	one.ready()
	w.network("red", 2)
	w.port("web9", "red")
	one.attach("p9", "web9")
	one.up("web9")
	w.settle()
	flows := one.owned("port/web9")
	before := one.dump()
	one.stop()
	require.NoError(t, os.WriteFile(one.cfg.Journal.Path, old, 0o600))
	w.away()
	one.start()
	one.ready()
	require.Equal(t, before, one.dump(), "what nobody knows of is left")
	w.back()
	one.up("web9")
	w.settle()
	require.Zero(t, one.status().Flows.Sent)
	require.Equal(t, flows, one.owned("port/web9"))
	require.Zero(t, two.owned("port/web9"))

	one.stop()
	one.detach("p9") // and what is known to be over goes as soon as the store says so
	one.start()
	one.ready()
	w.settle()
	require.Zero(t, one.owned("port/web9"))
}

// TestCatchUpByTheLog: with a journal the store is asked for what happened since, and not for everything.
func TestCatchUpByTheLog(t *testing.T) {
	w, one, two := blue(t)
	one.stop()
	w.port("web3", "blue")
	two.attach("p3", "web3")
	two.up("web3")
	var docs, full int
	open := one.env.OpenStore
	one.env.OpenStore = func(ctx context.Context, c RedisConfig) (store.Store, error) {
		s, err := open(ctx, c)
		return counting{s, &docs, &full}, err
	}
	one.start()
	one.ready()
	w.settle()
	require.EqualValues(t, 2, one.status().Flows.Sent)
	one.stop() // or reading the counts is a race
	require.Zero(t, full)
	require.LessOrEqual(t, docs, 3, "a port, its binding, the host that has it")
}

// counting counts what is read.
type counting struct {
	store.Store
	docs, full *int
}

func (c counting) Poll(ctx context.Context, cur store.Cursor) (store.Batch, error) {
	b, err := c.Store.Poll(ctx, cur)
	for _, ch := range b.Changes {
		*c.docs += len(ch.Docs)
		if ch.Full {
			*c.full++
		}
	}
	return b, err
}

// TestUnusableJournal: it is put aside, status says so, and the agent is as one that had none.
func TestUnusableJournal(t *testing.T) {
	w, one, _ := blue(t)
	before := one.dump()
	one.stop()
	require.NoError(t, os.WriteFile(one.cfg.Journal.Path, []byte("VLCPJNL\x63 of a later version"), 0o600))
	w.away()
	one.start()
	await(t, "it says so", func() bool { return one.problem("journal_failed", one.cfg.Journal.Path) })
	require.Contains(t, fmt.Sprint(one.status().Problems), "put aside as "+one.cfg.Journal.Path+".bad")
	await(t, "the switch is connected", func() bool { return one.status().Switch.Connected })
	require.Equal(t, before, one.dump())
	require.False(t, one.status().Ready)
	w.back()
	one.ready()
	one.written()
	w.settle()
	require.Zero(t, one.status().Flows.Sent)
	require.Empty(t, one.status().Problems, "there is a new one")
	require.FileExists(t, one.cfg.Journal.Path)
}

// fullDisk is files that cannot be written for a while.
type fullDisk struct {
	Files
	full chan struct{} // closed: not any more
}

var errNoSpace = errors.New("no space left on device")

func (d fullDisk) err() error {
	select {
	case <-d.full:
		return nil
	default:
		return errNoSpace
	}
}

func (d fullDisk) WriteAt(name string, offset int64, data []byte) error {
	return errors.Join(d.err(), d.Files.WriteAt(name, offset, data[:len(data)/2]), d.rest(name, offset, data))
}

func (d fullDisk) rest(name string, offset int64, data []byte) error {
	if d.err() != nil {
		return nil
	}
	return d.Files.WriteAt(name, offset, data)
}

func (d fullDisk) Replace(name string, data []byte) error {
	if err := d.err(); err != nil {
		return err
	}
	return d.Files.Replace(name, data)
}

// TestJournalOnAFullDisk: nothing else is disturbed by it, and it is written when there is room.
func TestJournalOnAFullDisk(t *testing.T) {
	w := newWorld(t, 1)
	one := w.hosts[0]
	disk := fullDisk{journal.Disk{}, make(chan struct{})}
	one.env.Files = disk
	w.network("blue", 1)
	w.port("web1", "blue")
	w.startAll()
	one.attach("p1", "web1")
	one.up("web1")
	await(t, "it says so", func() bool { return one.problem("journal_failed", one.cfg.Journal.Path) })
	require.Contains(t, fmt.Sprint(one.status().Problems), errNoSpace.Error())
	require.NoFileExists(t, one.cfg.Journal.Path)
	close(disk.full)
	await(t, "it is over", func() bool { return len(one.status().Problems) == 0 })
	one.written()
	w.away()
	one.crash()
	one.start()
	one.ready()
	require.Equal(t, 9, one.owned("port/web1"), "each twice of arp and dhcp, classify and l2, three addresses")
}

// TestJournalRemoved: another one is written, of everything.
func TestJournalRemoved(t *testing.T) {
	w, one, _ := blue(t)
	one.written()
	require.NoError(t, os.Remove(one.cfg.Journal.Path))
	w.port("web3", "blue")
	await(t, "there is another", func() bool { _, err := os.Stat(one.cfg.Journal.Path); return err == nil })
	one.written()
	w.away()
	one.crash()
	one.start()
	one.ready()
	require.Equal(t, 3, strings.Count(fmt.Sprint(one.journalPorts()), "web"))
}

// journalPorts are the ports that the agent knows of.
func (h *host) journalPorts() []string {
	h.t.Helper()
	names, err := onScheduler(h.t.Context(), h.a, func() (names []string, _ error) {
		h.a.view.EachPort(func(name string, _ model.Port) { names = append(names, name) })
		return names, nil
	})
	require.NoError(h.t, err)
	return names
}

// TestCrash: without an orderly end, what was written counts.
func TestCrash(t *testing.T) {
	w, one, _ := blue(t)
	one.written()
	before := one.dump()
	w.away()
	one.crash()
	one.start()
	one.ready()
	require.Equal(t, before, one.dump())
	require.Equal(t, status.PortUp, one.portState("web1"), "its claim says that it was announced")
	w.back()
	one.up("web1")
}
