package catalog

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/memstore"
)

// backup is the file of what a store has.
func (f *fixture) backup() string {
	f.t.Helper()
	im, err := f.Backup(f.t.Context())
	require.NoError(f.t, err)
	var b bytes.Buffer
	require.NoError(f.t, WriteBackup(&b, im, "test 1"))
	return b.String()
}

func (f *fixture) restore(file string, o RestoreOptions) (*Restored, error) {
	f.t.Helper()
	im, err := ReadBackup("b", strings.NewReader(file))
	require.NoError(f.t, err)
	return f.Restore(f.t.Context(), im, o)
}

// sound checks that there is nothing wrong.
func (f *fixture) sound() {
	f.t.Helper()
	r, err := f.Check(f.t.Context())
	require.NoError(f.t, err)
	require.Empty(f.t, r.Flaws)
}

// place puts a port on a host, as an agent does.
func (f *fixture) place(port, network, host string) {
	f.t.Helper()
	b, err := json.Marshal(model.Binding{Port: port, Host: host})
	require.NoError(f.t, err)
	h, err := json.Marshal(model.Host{ID: host, Name: host})
	require.NoError(f.t, err)
	_, err = f.s.Commit(f.t.Context(), store.Txn{
		Puts:   []store.Doc{{Key: bindingKey(network, port), Value: b}, {Key: hostKey(host), Value: h}},
		Claims: []store.Claim{{Index: indexBound(host), Key: port, Owner: network, Bit: store.NoBit}}})
	require.NoError(f.t, err)
}

func TestBackupIsRestored(t *testing.T) {
	f := setup(t)
	f.must(base)
	f.place("web1", "blue", "hv1")
	require.NoError(t, f.create(&model.Port{Name: "web2", Network: "blue"}))
	require.NoError(t, f.delete(model.KindPort, "web2"))
	f.sound()
	file := f.backup()
	require.Equal(t, file, f.backup(), "the same state is the same file")
	before, err := f.Export(t.Context())
	require.NoError(t, err)
	old, err := f.s.Info(t.Context())
	require.NoError(t, err)

	g := &fixture{Catalog: New(memstore.New(memstore.Options{}), Options{}), t: t}
	g.s = g.Catalog.s.(*memstore.Store)
	done, err := g.restore(file, RestoreOptions{})
	require.NoError(t, err, "onto an empty server")
	require.Len(t, done.Changes, 4)
	after, err := g.Export(t.Context())
	require.NoError(t, err)
	require.Equal(t, before, after)
	g.sound()
	info, err := g.s.Info(t.Context())
	require.NoError(t, err)
	require.NotEqual(t, old.Epoch, info.Epoch)
	require.Equal(t, done.Epoch, info.Epoch)
	require.Equal(t, old.Rev, info.Rev)
	require.NoError(t, g.create(&model.Port{Name: "web3", Network: "blue"}))
	p, err := g.Port(t.Context(), "web3")
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(p.MAC.String(), ":03"), "no number is given out twice: %s", p.MAC)
	require.Equal(t, "10.0.0.3", p.IP.String())
	require.NoError(t, g.delete(model.KindPort, "web1"))
	g.sound()
}

func TestRestoreOntoDefinitions(t *testing.T) {
	f := setup(t)
	f.must(base)
	file := f.backup()
	require.NoError(t, f.delete(model.KindPort, "web1"))
	require.NoError(t, f.create(&model.Port{Name: "web2", Network: "blue"}))
	var c Changes
	c.Update(model.KindSubnet, "blue-v4", func(o Object) error { o.(*model.Subnet).Domain = "x.org"; return nil })
	_, err := f.Commit(t.Context(), &c)
	require.NoError(t, err)
	before := f.backup()

	_, err = f.restore(file, RestoreOptions{})
	var ne *NotEmpty
	require.ErrorAs(t, err, &ne)
	want := []Difference{{"port/web1", Created}, {"port/web2", Deleted}, {"subnet/blue-v4", Updated}}
	require.Equal(t, want, ne.Changes)
	require.ErrorContains(t, err, "port web2 deleted")
	done, err := f.restore(file, RestoreOptions{Replace: true, DryRun: true})
	require.NoError(t, err)
	require.Equal(t, want, done.Changes)
	require.Equal(t, before, f.backup(), "until now nothing was changed")

	_, err = f.restore(file, RestoreOptions{Replace: true})
	require.NoError(t, err)
	f.sound()
	p, err := f.Port(t.Context(), "web1")
	require.NoError(t, err)
	require.Equal(t, "10.0.0.2", p.IP.String())
	require.NoError(t, f.create(&model.Port{Name: "web9", Network: "blue"}), "the store is not held any more")
	p, err = f.Port(t.Context(), "web9")
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(p.MAC.String(), ":03"), "not that of web2, which may still be somewhere: %s", p.MAC)
}

// TestBadBackups: whatever is wrong with a file, it is said, and nothing is restored from it.
func TestBadBackups(t *testing.T) {
	f := setup(t)
	f.must(base)
	file := f.backup()
	lines := strings.SplitAfter(file, "\n")
	for name, bad := range map[string]string{
		"empty":               "",
		"not a backup":        "physnets: []\n",
		"cut at a line":       strings.Join(lines[:len(lines)-2], ""),
		"cut within a line":   file[:len(file)/2],
		"a line is missing":   strings.Join(append(append([]string{}, lines[:2]...), lines[3:]...), ""),
		"a byte is different": strings.Replace(file, "10.0.0.1", "10.0.0.2", 1),
		"twice":               file + file,
		"a later version":     strings.Replace(file, `"version":1`, `"version":2`, 1),
		"a line too much":     file + "\n",
	} {
		_, err := ReadBackup("b", strings.NewReader(bad))
		var bf *BadFile
		require.ErrorAs(t, err, &bf, name)
		require.Regexp(t, `^b:\d+: `, err.Error(), name)
	}
	for i := range len(file) { // every bit counts
		b := []byte(file)
		b[i] ^= 4
		_, err := ReadBackup("b", bytes.NewReader(b))
		require.Error(t, err, "byte %d, %q", i, file[max(0, i-20):min(len(file), i+20)])
	}
}

// FuzzReadBackup: hostile lines under a right checksum are refused, or written again as they were read.
func FuzzReadBackup(f *testing.F) {
	var b bytes.Buffer
	require.NoError(f, WriteBackup(&b, &store.Image{Epoch: "e", Rev: 3, Sequences: map[string]int64{"mac": 7},
		Docs: []store.Doc{
			{Key: store.Key{Scope: "net/blue", Kind: "port", ID: "a"}, Rev: 2, Value: []byte(`{"a":1}`)},
			{Key: store.Key{Scope: "net/blue", Kind: "port", ID: "b"}, Rev: 3, Value: []byte("\xff")}}}, "x"))
	f.Add(b.Bytes()[:bytes.LastIndexByte(b.Bytes()[:b.Len()-1], '\n')+1])
	f.Fuzz(func(t *testing.T, data []byte) {
		im, err := ReadBackup("b", strings.NewReader(fmt.Sprintf("%s{\"sha256\":\"%x\"}\n", data, sha256.Sum256(data))))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		require.NoError(t, WriteBackup(&first, im, ""))
		back, err := ReadBackup("c", bytes.NewReader(first.Bytes()))
		require.NoError(t, err)
		require.NoError(t, WriteBackup(&second, back, ""))
		require.Equal(t, first.String(), second.String())
	})
}

// TestWrongBackups are whole files of definitions that contradict themselves.
func TestWrongBackups(t *testing.T) {
	for name, damage := range map[string]func(d *store.Doc){
		"10.0.0.2 is also that of port web1": func(d *store.Doc) { swap(d, `"10.0.0.3"`, `"10.0.0.2"`) },
		"there is no subnet blue-v6":         func(d *store.Doc) { swap(d, `"blue-v4","mac`, `"blue-v6","mac`) },
		"version_later":                      func(d *store.Doc) { swap(d, `{"name":"web2"`, `{"colour":1,"name":"web2"`) },
		"document_misplaced":                 func(d *store.Doc) { swap(d, `{"name":"web2"`, `{"name":"web1"`) },
		"document_unreadable":                func(d *store.Doc) { swap(d, `{"name":"web2"`, `[{"name":"web2"`) },
	} {
		f := setup(t)
		f.must(base)
		require.NoError(t, f.create(&model.Port{Name: "web2", Network: "blue"}))
		im, err := f.Backup(t.Context())
		require.NoError(t, err)
		for i := range im.Docs {
			damage(&im.Docs[i])
		}
		before := f.backup()
		_, err = f.Restore(t.Context(), im, RestoreOptions{Replace: true})
		var un *Unmendable
		require.ErrorAs(t, err, &un, name)
		require.ErrorContains(t, err, name)
		require.Equal(t, before, f.backup())
	}
}

func swap(d *store.Doc, old, now string) {
	d.Value = bytes.Replace(d.Value, []byte(old), []byte(now), 1)
}

// TestRepair finds what is wrong between documents and indexes, and mends it. Below them, only a real server can be
// damaged: see the tests of the command line.
func TestRepair(t *testing.T) {
	f := setup(t)
	f.must(base)
	f.place("web1", "blue", "hv1")
	f.place("gone", "blue", "hv1")
	f.place("web1", "blue", "hv2")
	_, err := f.s.Commit(t.Context(), store.Txn{
		Releases: []store.Claim{{Index: "port", Key: "web1"}, {Index: "vni", Key: "100"}},
		Claims:   []store.Claim{numbered("vni", 103, ref{model.KindNetwork, "red"}, "").Claim},
		Puts:     []store.Doc{{Key: guardKey("none"), Value: []byte("{}")}}})
	require.NoError(t, err)
	found, err := f.Check(t.Context())
	require.NoError(t, err)
	var codes []string
	for _, x := range found.Flaws {
		codes = append(codes, x.Code+" "+x.Object)
		require.NotEmpty(t, x.Mend)
	}
	require.ElementsMatch(t, []string{"binding_orphan binding gone in net/blue", "guard_orphan guard none in coordinator",
		"index_missing index port web1", "index_missing index vni 100", "index_orphan index vni 103",
		"index_orphan index bound:hv1 gone", "index_orphan index bound:hv1 web1"}, codes)
	before, err := f.Export(t.Context())
	require.NoError(t, err)
	cur := store.Cursor{Scopes: map[store.Scope]int64{"net/blue": 0, store.ScopePhysNets: 0}}
	b, err := f.s.Poll(t.Context(), cur)
	require.NoError(t, err)
	cur.Epoch, cur.Rev, cur.Term = b.Epoch, b.Rev, b.Term
	for _, c := range b.Changes {
		cur.Scopes[c.Scope] = c.Rev
	}

	done, err := f.Repair(t.Context(), nil)
	require.NoError(t, err)
	require.True(t, done.Mended)
	require.Len(t, done.Flaws, len(codes))
	f.sound()
	after, err := f.Export(t.Context())
	require.NoError(t, err)
	require.Equal(t, before, after)
	b, err = f.s.Poll(t.Context(), cur)
	require.NoError(t, err)
	require.False(t, b.Lost)
	require.Len(t, b.Changes, 1, "only readers of what changed read it again")
	require.Equal(t, store.Scope("net/blue"), b.Changes[0].Scope)

	done, err = f.Repair(t.Context(), nil)
	require.NoError(t, err)
	require.False(t, done.Mended, "there is nothing to do")
	require.NoError(t, f.create(&model.Port{Name: "web2", Network: "blue"}))
}

// TestRepairKnowsItsLimits: it does not decide what an operator has to, and does not touch what it does not understand.
func TestRepairKnowsItsLimits(t *testing.T) {
	f := setup(t)
	f.must(base)
	k := store.Key{Scope: "net/blue", Kind: "router", ID: "r"}
	_, err := f.s.Commit(t.Context(), store.Txn{Puts: []store.Doc{{Key: k, Value: []byte(`{}`)}},
		Releases: []store.Claim{{Index: "port", Key: "web1"}}})
	require.NoError(t, err)
	before := f.backup()
	_, err = f.Repair(t.Context(), nil)
	var un *Unmendable
	require.ErrorAs(t, err, &un)
	require.ErrorContains(t, err, "use that version")
	require.Equal(t, before, f.backup())

	f = setup(t)
	f.must(base)
	port := store.Key{Scope: "net/blue", Kind: "port", ID: "web1"}
	_, err = f.s.Commit(t.Context(), store.Txn{Puts: []store.Doc{{Key: port, Value: []byte(`nonsense`)}},
		Releases: []store.Claim{{Index: "vni", Key: "100"}}})
	require.NoError(t, err)
	done, err := f.Repair(t.Context(), nil)
	require.NoError(t, err)
	require.True(t, done.Mended)
	r, err := f.Check(t.Context())
	require.NoError(t, err)
	require.Len(t, r.Flaws, 1, fmt.Sprint(r.Flaws))
	require.Equal(t, "document_unreadable", r.Flaws[0].Code)
}
