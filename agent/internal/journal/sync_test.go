package journal

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
)

// change is one document in the log of net/a.
func change(id string, rev int64, whole bool) *Change {
	c := Change{Whole: whole}
	c.Add(store.Batch{Epoch: "e", Rev: rev, Changes: []store.ScopeChange{{Scope: "net/a", Rev: rev, Full: whole,
		Docs: []store.Doc{doc("net/a", id, rev)}}}}, at)
	return &c
}

// ids are the documents that a journal has.
func ids(t *testing.T, o Options) (out []string) {
	t.Helper()
	st, err := Open(o).Load()
	require.NoError(t, err)
	for _, d := range st.Scopes["net/a"].Docs() {
		out = append(out, d.Key.ID)
	}
	return out
}

// TestWhatCouldNotBeSyncedIsWrittenAnew: nobody can say what of it is on the disk.
func TestWhatCouldNotBeSyncedIsWrittenAnew(t *testing.T) {
	f := &flaky{memory{}, rand.New(rand.NewPCG(1, 1)), 0}
	o, _ := writtenOn(t, f.memory)
	o.Files = f
	j := Open(o)
	_, err := j.Load()
	require.NoError(t, err)
	grown := j.Size()
	f.percent = 100
	require.ErrorIs(t, j.Sync(), errDisk)
	f.percent = 0
	require.NoError(t, j.Sync())
	require.Less(t, j.Size(), grown, "three records have become one")
	st, err := Open(o).Load()
	require.NoError(t, err)
	require.Len(t, st.Scopes["net/a"].Docs(), 3)
}

// TestALossOfPowerCostsWhatWasNotSynced, and nothing else, whatever of that has come to the disk: some pages of it and
// others not.
func TestALossOfPowerCostsWhatWasNotSynced(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 9))
		files := memory{}
		o := Options{Files: files, Path: "j", Deployment: "d"}
		j := Open(o)
		require.NoError(t, j.Append(change("p00", 1, true)))
		safe, size := 1, j.Size()
		for n := 1; n < 12; n++ {
			require.NoError(t, j.Append(change(fmt.Sprintf("p%02d", n), int64(n+1), false)))
			if r.IntN(4) == 0 {
				require.NoError(t, j.Sync())
				safe, size = n+1, j.Size()
			}
		}
		const page = 100
		for at := int(size); at < len(files["j"]); at += page {
			lost := files["j"][at:min(at+page, len(files["j"]))]
			switch r.IntN(3) {
			case 0:
				clear(lost)
			case 1:
				lost[r.IntN(len(lost))] ^= 0x10
			}
		}
		have := ids(t, o)
		require.GreaterOrEqual(t, len(have), safe, "seed %d", seed)
		for n, id := range have {
			require.Equal(t, fmt.Sprintf("p%02d", n), id, "seed %d", seed)
		}
	}
}

// forgetful loses the end of a file when it cannot be synced, and says so once, as Linux does.
type forgetful struct {
	memory
	fails int // bytes that the next Sync loses
}

func (f *forgetful) Sync(name string) error {
	if f.fails == 0 {
		return nil
	}
	b := bytes.Clone(f.memory[name])
	clear(b[len(b)-f.fails:])
	f.memory[name], f.fails = b, 0
	return errDisk
}

// TestAFileThatHasLostSomething is gone: what comes later must not stand behind a gap.
func TestAFileThatHasLostSomething(t *testing.T) {
	f := &forgetful{memory: memory{}}
	o := Options{Files: f, Path: "j", Deployment: "d"}
	j := Open(o)
	require.NoError(t, j.Append(change("p0", 1, true)))
	before := j.Size()
	require.NoError(t, j.Append(change("p1", 2, false)))
	f.fails = int(j.Size() - before)
	require.ErrorIs(t, j.Sync(), errDisk)
	require.ErrorIs(t, j.Sync(), ErrGone)
	require.ErrorIs(t, j.Append(change("p2", 3, false)), ErrGone)
	require.NoError(t, j.Append(change("all", 3, true)))
	require.NoError(t, j.Sync())
	require.Equal(t, []string{"all"}, ids(t, o))
}

// gated lets the file that is written anew wait.
type gated struct {
	Disk
	reached, open chan struct{}
}

func (g gated) Replace(name string, data []byte) error {
	if filepath.Ext(name) == besideName {
		close(g.reached)
		<-g.open
	}
	return g.Disk.Replace(name, data)
}

// TestAppendWhileItIsWrittenAnew does not wait, and is in the new file.
func TestAppendWhileItIsWrittenAnew(t *testing.T) {
	g := gated{reached: make(chan struct{}), open: make(chan struct{})}
	o := Options{Files: g, Path: filepath.Join(t.TempDir(), "j"), Deployment: "d"}
	j := Open(o)
	require.NoError(t, j.Append(change("p0", 1, true)))
	require.NoError(t, j.Append(change("p1", 2, false)))
	j.doubt = true
	synced := make(chan error)
	go func() { synced <- j.Sync() }()
	<-g.reached
	require.NoError(t, j.Append(change("p2", 3, false)))
	require.Positive(t, j.Size(), "nobody waits for that either")
	close(g.open)
	require.NoError(t, <-synced)
	require.False(t, j.doubt)
	require.NoError(t, j.Append(change("p3", 4, false)))
	require.Equal(t, []string{"p0", "p1", "p2", "p3"}, ids(t, o))
	b, err := g.ReadFile(o.Path)
	require.NoError(t, err)
	require.EqualValues(t, len(b), j.Size())
}

// stuck lets what is written wait.
type stuck struct{ gated }

func (s stuck) WriteAt(name string, offset int64, data []byte) error {
	close(s.reached)
	<-s.open
	return s.Disk.WriteAt(name, offset, data)
}

// TestADiskThatHangs holds up who writes, and not who asks how large it is.
func TestADiskThatHangs(t *testing.T) {
	s := stuck{gated{reached: make(chan struct{}), open: make(chan struct{})}}
	o := Options{Files: s, Path: filepath.Join(t.TempDir(), "j"), Deployment: "d"}
	j := Open(o)
	require.NoError(t, j.Append(change("p0", 1, true)))
	written := make(chan error)
	go func() { written <- j.Append(change("p1", 2, false)) }()
	<-s.reached
	require.Positive(t, j.Size())
	close(s.open)
	require.NoError(t, <-written)
	require.Equal(t, []string{"p0", "p1"}, ids(t, o))
}

// renamed fails when the new file has its name already.
type renamed struct{ memory }

func (r renamed) Replace(name string, data []byte) error {
	r.memory[name] = bytes.Clone(data)
	return errDisk
}

// TestAFileOfWhichNobodyKnows: what was begun, and whose beginning failed at the end, is not gone on with.
func TestAFileOfWhichNobodyKnows(t *testing.T) {
	o := Options{Files: renamed{memory{}}, Path: "j", Deployment: "d"}
	j := Open(o)
	require.ErrorIs(t, j.Append(change("p0", 1, true)), errDisk)
	require.ErrorIs(t, j.Append(change("p1", 2, false)), ErrGone)
}

// TestAnOwnCommitIsKnown until the store has told of it.
func TestAnOwnCommitIsKnown(t *testing.T) {
	o := Options{Files: memory{}, Path: "j", Deployment: "d"}
	load := func() State {
		st, err := Open(o).Load()
		require.NoError(t, err)
		return st
	}
	again := func(c *Change) {
		j := Open(o)
		_, err := j.Load()
		require.NoError(t, err)
		require.NoError(t, j.Append(c))
	}
	require.NoError(t, Open(o).Append(change("p0", 7, true)))
	own := func(rev int64, term string) *Change {
		c := Change{Acked: Acked{term: rev}}
		c.Put(doc("net/a", "mine", rev))
		return &c
	}
	again(own(9, "one"))
	st := load()
	require.EqualValues(t, 7, st.Rev)
	require.EqualValues(t, 7, st.Scopes["net/a"].Rev, "the log is read from there")
	require.Len(t, st.Scopes["net/a"].Docs(), 2)
	require.Equal(t, Acked{"one": 9}, st.Acked)
	again(own(3, "two"))
	require.Equal(t, Acked{"one": 9, "two": 3}, load().Acked)
	late := change("p1", 8, false)
	late.Acked = Acked{"two": 3}
	late.Then(own(4, "two"))
	again(late)
	require.Equal(t, Acked{"two": 4}, load().Acked)
	again(change("p1", 9, false))
	require.Empty(t, load().Acked)
}

// TestALossOfPowerAfterItWasWrittenAnew, and before that was synced: what was appended meanwhile may be lost in part.
func TestALossOfPowerAfterItWasWrittenAnew(t *testing.T) {
	g := gated{reached: make(chan struct{}), open: make(chan struct{})}
	o := Options{Files: g, Path: filepath.Join(t.TempDir(), "j"), Deployment: "d"}
	j := Open(o)
	require.NoError(t, j.Append(change("p0", 1, true)))
	for n := range int64(20) { // so that it is much larger than what it comes to
		require.NoError(t, j.Append(change("p0", n+2, false)))
	}
	require.NoError(t, j.Sync())
	j.doubt = true
	synced := make(chan error)
	go func() { synced <- j.Sync() }()
	<-g.reached
	for n := range int64(3) {
		require.NoError(t, j.Append(change(fmt.Sprint("p", n+1), n+30, false)))
	}
	close(g.open)
	require.NoError(t, <-synced)
	b, err := g.ReadFile(o.Path)
	require.NoError(t, err)
	b[j.base+40] ^= 0x10
	require.NoError(t, g.WriteAt(o.Path, 0, b))
	require.Equal(t, []string{"p0"}, ids(t, o))
}

// TestTheEndWhileItIsWrittenAnew: what is left is in the new file, and nothing after that.
func TestTheEndWhileItIsWrittenAnew(t *testing.T) {
	g := gated{reached: make(chan struct{}), open: make(chan struct{})}
	o := Options{Files: g, Path: filepath.Join(t.TempDir(), "j"), Deployment: "d"}
	j := Open(o)
	require.NoError(t, j.Append(change("p0", 1, true)))
	j.doubt = true
	synced, closed := make(chan error), make(chan error)
	go func() { synced <- j.Sync() }()
	<-g.reached
	require.NoError(t, j.Append(change("p1", 2, false)))
	go func() { closed <- j.Close(change("p2", 3, false), nil, change("p3", 4, false)) }()
	for j.Append(change("p1", 2, false)) == nil {
	}
	close(g.open)
	require.NoError(t, <-synced)
	require.NoError(t, <-closed)
	require.ErrorIs(t, j.Append(change("p1", 2, false)), errClosed)
	require.Equal(t, []string{"p0", "p1", "p2", "p3"}, ids(t, o))
}
