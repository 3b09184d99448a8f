package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
)

var at = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func doc(scope store.Scope, id string, rev int64) store.Doc {
	v, _ := json.Marshal(map[string]any{"id": id, "rev": rev}) // of plain values
	return store.Doc{Key: store.Key{Scope: scope, Kind: "port", ID: id}, Rev: rev, Value: v}
}

// model is what a journal should come to, made in the plainest way.
type model map[store.Scope]map[string]int64

func plain(t *testing.T, st State) model {
	t.Helper()
	out := model{}
	for name, s := range st.Scopes {
		out[name] = map[string]int64{}
		require.True(t, inOrder(s.Docs()), "%v", s.Docs())
		for _, d := range s.Docs() {
			out[name][d.Key.ID] = d.Rev
		}
	}
	return out
}

// step makes a random batch, or a drop, and does the same to m.
func step(r *rand.Rand, m model, c *Change, rev int64) {
	scope := store.NetworkScope(fmt.Sprint("n", r.IntN(3)))
	if r.IntN(8) == 0 {
		c.Drop(scope)
		delete(m, scope)
		return
	}
	ch := store.ScopeChange{Scope: scope, Rev: rev, Full: m[scope] == nil || r.IntN(10) == 0}
	if ch.Full {
		m[scope] = map[string]int64{}
	}
	for range r.IntN(4) {
		id := fmt.Sprint("p", r.IntN(6))
		ch.Docs = append(ch.Docs, doc(scope, id, rev))
		m[scope][id] = rev
	}
	if id := fmt.Sprint("q", r.IntN(3)); !ch.Full && r.IntN(2) == 0 {
		ch.Deleted = append(ch.Deleted, store.Key{Scope: scope, Kind: "port", ID: id})
		delete(m[scope], id)
	} else if !ch.Full {
		ch.Docs = append(ch.Docs, doc(scope, id, rev))
		m[scope][id] = rev
	}
	c.Add(store.Batch{Epoch: "e", RunID: "r", Rev: rev, Changes: []store.ScopeChange{ch}}, at.Add(time.Duration(rev)))
}

// TestWhatIsReadIsWhatWasWritten: however changes were collected, written, lost and written again.
func TestWhatIsReadIsWhatWasWritten(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 5))
		f := &flaky{memory{}, r, 0}
		o := Options{Files: f, Path: "j", Deployment: "d"}
		j, m, pending := Open(o), model{}, &Change{Whole: true}
		for rev := int64(1); rev < 60; rev++ {
			step(r, m, pending, rev)
			if r.IntN(3) == 0 {
				f.percent = 20
				if j.Append(pending) == nil {
					pending = &Change{}
				} else if r.IntN(2) == 0 { // as the agent does: what comes later is added to what failed
					failed, later := pending, &Change{}
					rev++
					step(r, m, later, rev)
					failed.Then(later)
				}
			}
			if r.IntN(5) == 0 {
				_ = j.Sync()
			}
			if r.IntN(10) == 0 && !pending.Empty() {
				f.percent = 0
				require.NoError(t, j.Append(pending))
				pending = &Change{}
				j = Open(o)
				st, err := j.Load()
				require.NoError(t, err, "seed %d", seed)
				require.Equal(t, m, plain(t, st), "seed %d", seed)
			}
		}
	}
}

// memory is files without a disk.
type memory map[string][]byte

func (m memory) ReadFile(name string) ([]byte, error) {
	b, ok := m[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return bytes.Clone(b), nil
}

func (m memory) WriteAt(name string, offset int64, data []byte) error {
	if m[name] == nil {
		return fs.ErrNotExist
	}
	m[name] = append(m[name][:offset:offset], data...)
	return nil
}

func (m memory) Sync(string) error { return nil }

func (m memory) Replace(name string, data []byte) error { m[name] = bytes.Clone(data); return nil }

func (m memory) Rename(from, to string) error {
	m[to] = m[from]
	delete(m, from)
	return nil
}

// flaky fails now and then, after it has done a part.
type flaky struct {
	memory
	r       *rand.Rand
	percent int
}

var errDisk = errors.New("no space left on device")

func (f *flaky) WriteAt(name string, offset int64, data []byte) error {
	if f.r.IntN(100) < f.percent {
		_ = f.memory.WriteAt(name, offset, data[:f.r.IntN(len(data)+1)])
		return errDisk
	}
	return f.memory.WriteAt(name, offset, data)
}

func (f *flaky) Sync(string) error {
	if f.r.IntN(100) < f.percent {
		return errDisk
	}
	return nil
}

func (f *flaky) Replace(name string, data []byte) error {
	if f.r.IntN(100) < f.percent {
		return errDisk
	}
	return f.memory.Replace(name, data)
}

// written is a journal with three records.
func written(t *testing.T) (Options, []byte) { return writtenOn(t, Disk{}) }

func writtenOn(t *testing.T, files Files) (Options, []byte) {
	t.Helper()
	o := Options{Files: files, Path: filepath.Join(t.TempDir(), "sub", "agent.journal"), Deployment: "d", Program: "v1"}
	j := Open(o)
	st, err := j.Load()
	require.NoError(t, err)
	require.Zero(t, st.At, "there is none")
	for rev := range int64(3) {
		c := Change{Whole: rev == 0}
		c.Add(store.Batch{Epoch: "e", Rev: rev + 1, Changes: []store.ScopeChange{{Scope: "net/a", Rev: rev + 1,
			Full: rev == 0, Docs: []store.Doc{doc("net/a", fmt.Sprint("p", rev), rev+1)}}}}, at)
		require.NoError(t, j.Append(&c))
		if rev == 1 {
			require.NoError(t, j.Sync()) // so says the third record
		}
	}
	b, err := files.ReadFile(o.Path)
	require.NoError(t, err)
	require.EqualValues(t, len(b), j.Size())
	return o, b
}

// TestACrashCostsTheLastRecord: cut anywhere, a journal is as it was a record before, and can be gone on with.
func TestACrashCostsTheLastRecord(t *testing.T) {
	files := memory{}
	o, b := writtenOn(t, files)
	prelude, err := appendPrelude(nil, header{Deployment: "d", Program: "v1"})
	require.NoError(t, err)
	for cut := len(prelude); cut < len(b); cut++ {
		for _, tail := range [][]byte{nil, make([]byte, 100)} { // nothing, or zeros
			files[o.Path] = append(bytes.Clone(b[:cut]), tail...)
			j := Open(o)
			st, err := j.Load()
			if err != nil { // zeros behind a part of a record are not told from damage
				require.NotNil(t, tail)
				require.ErrorIs(t, err, ErrDamaged)
				continue
			}
			var c Change
			c.Add(store.Batch{Epoch: "e", Rev: 9, Changes: []store.ScopeChange{{Scope: "net/a", Rev: 9,
				Docs: []store.Doc{doc("net/a", "late", 9)}}}}, at)
			n := 0
			if st.Scopes["net/a"] != nil {
				n = len(st.Scopes["net/a"].Docs())
			}
			require.Less(t, n, 3)
			require.NoError(t, j.Append(&c))
			again, err := Open(o).Load()
			require.NoError(t, err)
			require.Len(t, again.Scopes["net/a"].Docs(), n+1)
		}
	}
}

// TestUnusableJournalsArePutAside: one that cannot be read as it is, is not read at all.
func TestUnusableJournalsArePutAside(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(b []byte) []byte
		want   error
	}{
		"a bit":        {func(b []byte) []byte { b[len(b)/2] ^= 4; return b }, ErrDamaged},
		"the header":   {func(b []byte) []byte { b[20] ^= 4; return b }, ErrDamaged},
		"the magic":    {func(b []byte) []byte { b[0] = 'X'; return b }, ErrDamaged},
		"empty":        {func([]byte) []byte { return nil }, ErrDamaged},
		"text":         {func([]byte) []byte { return []byte("not a journal at all\n") }, ErrDamaged},
		"no header":    {func(b []byte) []byte { return b[:preludeSize] }, ErrDamaged},
		"later format": {func(b []byte) []byte { b[len(magic)]++; return b }, ErrVersion},
	} {
		t.Run(name, func(t *testing.T) {
			o, b := written(t)
			require.NoError(t, os.WriteFile(o.Path, c.damage(b), 0o600))
			j := Open(o)
			st, err := j.Load()
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, o.Path+".bad")
			require.Zero(t, st.At)
			require.NoFileExists(t, o.Path)
			require.FileExists(t, o.Path+".bad")
			ch := Change{Whole: true}
			ch.Add(store.Batch{Epoch: "f", Rev: 1}, at)
			require.NoError(t, j.Append(&ch))
			st, err = Open(o).Load()
			require.NoError(t, err)
			require.Equal(t, "f", st.Epoch)
		})
	}
	t.Run("another deployment", func(t *testing.T) {
		o, _ := written(t)
		o.Deployment = "other"
		_, err := Open(o).Load()
		require.ErrorIs(t, err, ErrForeign)
		require.ErrorContains(t, err, `"d", and this agent's is "other"`)
	})
}

// TestRemovedByHand: what was in it is not known any more, so the next change has to be everything.
func TestRemovedByHand(t *testing.T) {
	for name, use := range map[string]func(*Journal) error{
		"append": func(j *Journal) error { return j.Append(&Change{At: at}) },
		"sync":   (*Journal).Sync,
	} {
		o, _ := written(t)
		j := Open(o)
		_, err := j.Load()
		require.NoError(t, err)
		require.NoError(t, os.Remove(o.Path))
		require.ErrorIs(t, use(j), ErrGone, name)
		require.NoFileExists(t, o.Path)
		require.ErrorIs(t, j.Append(&Change{At: at}), ErrGone, "a part is not a journal")
		require.NoError(t, j.Append(&Change{At: at, Whole: true}))
		require.FileExists(t, o.Path)
	}
}

// TestAJournalDoesNotGrow: it is written anew before it is much larger than what it comes to.
func TestAJournalDoesNotGrow(t *testing.T) {
	o := Options{Files: Disk{}, Path: filepath.Join(t.TempDir(), "j")}
	j := Open(o)
	big := store.ScopeChange{Scope: "net/a", Full: true}
	for i := range 3000 {
		big.Docs = append(big.Docs, doc("net/a", fmt.Sprint("port-with-a-long-name-", i), 1))
	}
	for rev := range int64(40) {
		c := Change{Whole: rev == 0}
		big.Rev = rev
		c.Add(store.Batch{Epoch: "e", Rev: rev, Changes: []store.ScopeChange{big}}, at)
		require.NoError(t, j.Append(&c))
		require.NoError(t, j.Sync())
		require.LessOrEqual(t, j.Size(), int64(compactMin))
		big.Full = false
	}
	st, err := Open(o).Load()
	require.NoError(t, err)
	require.Len(t, st.Scopes["net/a"].Docs(), 3000)
	require.EqualValues(t, 39, st.Rev)
	i, err := os.Stat(o.Path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), i.Mode().Perm(), "tenants' definitions")
}

func FuzzDecode(f *testing.F) {
	b, _ := appendPrelude(nil, header{Deployment: "d"})
	f.Add(b)
	var c Change
	c.Add(store.Batch{Epoch: "e", Rev: 1, Changes: []store.ScopeChange{{Scope: "net/a", Rev: 1, Full: true,
		Docs: []store.Doc{doc("net/a", "p", 1)}}}}, at)
	b, _ = appendFrame(b, c.record())
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		st, size, err := Decode(b, "d")
		if err != nil {
			require.Zero(t, st.At)
			return
		}
		require.LessOrEqual(t, size, int64(len(b)))
		again, n, err := Decode(b[:size], "d")
		require.NoError(t, err)
		require.Equal(t, size, n)
		require.Equal(t, st, again)
	})
}

// BenchmarkAppendOneChange: what flows wait for.
func BenchmarkAppendOneChange(b *testing.B) {
	j := Open(Options{Files: Disk{}, Path: filepath.Join(b.TempDir(), "j")})
	c := Change{Whole: true}
	c.Add(store.Batch{Epoch: "e", Rev: 1, Changes: []store.ScopeChange{{Scope: "net/a", Rev: 1,
		Docs: []store.Doc{doc("net/a", "p", 1)}}}}, at)
	for b.Loop() {
		require.NoError(b, j.Append(&c))
	}
}
