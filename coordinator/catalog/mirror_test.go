package catalog

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

const mirrored = `
physnets: [{name: tenants, type: vxlan, vni: 100-199}]
networks: [{name: blue, physnet: tenants}, {name: ops, physnet: tenants}]
ports:
- {name: web1, network: blue}
- {name: web1-v20, network: ops, parent: web1, vlan: 20}
- {name: web2, network: blue}
- {name: probe, network: ops}
mirrors: [{name: m1, from: web1, to: probe}]
`

func TestMirrorsAreChecked(t *testing.T) {
	applyEach(t, mirrored, "mirrors", []attempt{
		{`{name: x, from: web2, to: probe, direction: in}`, ""},
		{`{name: x, from: web1, to: web2}`, ""},
		{`{name: x, from: web1, remote: 192.0.2.9, direction: out}`, ""},
		{`{name: x, from: web1-v20, to: probe}`, ""},
		{`{name: m1, from: web1, to: probe, direction: in}`, ""},
		{`{name: x, from: web2}`, "mirror x: to: is missing: name the port"},
		{`{name: x, to: web2}`, "mirror x: from: is missing"},
		{`{name: x, from: web2, to: web2}`, "mirror x: to: a port cannot get copies of its own frames: name another one"},
		{`{name: x, from: web2, to: probe, remote: 192.0.2.9}`, "mirror x: to: probe is given, and remote 192.0.2.9, too"},
		{`{name: x, from: web2, remote: 127.0.0.1}`, "mirror x: remote: 127.0.0.1 is not the address of a machine"},
		{`{name: x, from: web2, to: probe, direction: up}`, `mirror x: direction: "up" is not in, out or both`},
		{`{name: x, from: web2, to: probe, vni: 16777216}`, "mirror x: vni: 16777216 is not between 1 and 16777215"},
		{`{name: x, from: web2, to: probe, vni: 100}`, "mirror x: vni: 100 is already used by network blue"},
		{`{name: x, from: web2, to: probe, network: ops}`, "mirror x: network: port web2 is in network blue, not in ops"},
		{`{name: x, from: none, to: probe}`, "mirror x: from: there is no port none: create it first"},
		{`{name: x, from: web2, to: none}`, "mirror x: to: there is no port none: create it first"},
		{`{name: x, from: web1, to: probe}`, "mirror x: to: probe is already used by mirror m1: it copies the same to there"},
		{`{name: x, from: probe, to: web2}`, "mirror x: from: probe gets the copies of mirror m1, and copies are not"},
		{`{name: x, from: web2, to: web1}`, "mirror x: to: web1 is copied from by mirror m1, and copies are not copied"},
		{`{name: x, from: web1, to: web1-v20}`, "mirror x: to: web1 and web1-v20 are on the same interface, that of web1"},
		{`{name: m1, from: web2, to: probe}`, "mirror m1: from: cannot be changed from web1 to web2: delete the mirror"},
		{`{name: m1, from: web1, to: web2}`, "mirror m1: to: cannot be changed from probe to web2: delete the mirror"},
		{`{name: x, from: web2, remote: 192.0.2.9}` + "\n- " + `{name: y, from: web2, remote: 192.0.2.9}`,
			"mirror y: remote: 192.0.2.9 is already used by mirror x"},
		{`{name: x, from: web2, to: web1-v20}` + "\n- " + `{name: y, from: web1-v20, to: probe}`,
			"mirror y: from: web1-v20 gets the copies of mirror x"},
	})
}

// What a mirror copies from stays as long as the mirror, and so does what it copies to, the network of which knows it.
func TestMirrorsAreKnownAtBothEnds(t *testing.T) {
	f := setup(t)
	f.must(mirrored)
	end := func() *model.Mirror {
		docs, err := f.s.Get(t.Context(), store.Key{Scope: store.NetworkScope("ops"), Kind: string(model.KindMirrorEnd),
			ID: "m1"})
		require.NoError(t, err)
		if docs[0] == nil {
			return nil
		}
		m := new(model.Mirror)
		require.NoError(t, json.Unmarshal(docs[0].Value, m))
		return m
	}
	want := &model.Mirror{Name: "m1", From: "web1", To: "probe", Direction: model.MirrorBoth, VNI: model.MirrorVNIMin,
		Network: "blue", ToNetwork: "ops"}
	require.Equal(t, want, end())
	require.ErrorContains(t, f.delete(model.KindPort, "web1", "web1-v20"), "in use by mirror m1: delete what uses it")
	require.ErrorContains(t, f.delete(model.KindPort, "probe"), "in use by mirror m1: delete what uses it first")
	require.NoError(t, update(f, model.KindMirror, "m1", func(m *model.Mirror) { m.Direction = model.MirrorIn }))
	want.Direction = model.MirrorIn
	require.Equal(t, want, end())
	require.NoError(t, f.delete(model.KindMirror, "m1"))
	require.Nil(t, end())
	f.must("mirrors: [{name: m2, from: probe, to: web1}]") // who was copied to may be copied from now
	m2, err := f.Get(t.Context(), model.KindMirror, "m2")
	require.NoError(t, err)
	require.EqualValues(t, model.MirrorVNIMin+1, m2.(*model.Mirror).VNI, "what was given up rests")
	f.sound()
}

// A port is copied from by so many mirrors.
func TestMirrorsOfAPortAreBounded(t *testing.T) {
	f := setup(t)
	f.must(mirrored)
	for i := range model.MirrorsMax {
		m := &model.Mirror{Name: fmt.Sprint("r", i), From: "web2", Remote: netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)})}
		var ch Changes
		ch.Create(m)
		_, err := f.Commit(t.Context(), &ch)
		require.NoError(t, err)
	}
	_, err := f.apply("mirrors: [{name: x, from: web2, to: probe}]")
	require.ErrorContains(t, err, "mirror x: from: web2 is copied from by 8 mirrors, more are not allowed")
}

// Of two changes at once that make a port one that is copied to and one that is copied from, one fails.
func TestMirrorsOfTwoAtOnce(t *testing.T) {
	f := setup(t)
	f.must(mirrored)
	var first, second Changes
	first.Create(&model.Mirror{Name: "x", From: "web2", Remote: netip.MustParseAddr("192.0.2.1")})
	second.Create(&model.Mirror{Name: "y", From: "web1-v20", To: "web2"})
	w, err := f.plan(t.Context(), &second, newRun(), 0)
	require.NoError(t, err)
	_, err = f.Commit(t.Context(), &first)
	require.NoError(t, err)
	require.Error(t, f.commit(t.Context(), w.txn), "it was planned before")
	_, err = f.Commit(t.Context(), &second)
	require.ErrorContains(t, err, "mirror y: to: web2 is copied from by mirror x")
}

func TestMirrorsAreExportedAndRepaired(t *testing.T) {
	f := setup(t)
	f.must(mirrored)
	file, err := f.Export(t.Context())
	require.NoError(t, err)
	text, err := file.Encode()
	require.NoError(t, err)
	other := setup(t)
	other.must(string(text))
	other.sound()
	again, err := other.Export(t.Context())
	require.NoError(t, err)
	require.Equal(t, file, again)
	require.Len(t, again.Mirrors, 1)
	key := store.Key{Scope: store.NetworkScope("ops"), Kind: string(model.KindMirrorEnd), ID: "m1"}
	_, err = f.s.Commit(t.Context(), store.Txn{Deletes: []store.Key{key}})
	require.NoError(t, err)
	r, err := f.Check(t.Context())
	require.NoError(t, err)
	require.Len(t, r.Flaws, 1)
	require.Equal(t, "mirrorend_missing", r.Flaws[0].Code)
	_, err = f.Repair(t.Context(), nil)
	require.NoError(t, err)
	f.sound()
	third := setup(t)
	_, err = third.restore(f.backup(), RestoreOptions{})
	require.NoError(t, err)
	third.sound()
}
