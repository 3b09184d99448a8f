package dc

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/ovsdb"
)

// Who comes back is told what became of each row meanwhile, or everything when that is forgotten.
func TestTheDatabaseGoesOnWhereItWas(t *testing.T) {
	w, err := New(Options{Seed: 1, Hosts: 1})
	require.NoError(t, err)
	t.Cleanup(w.Close)
	d := newDatabase(w)
	m := &monitor{tables: map[string][]string{"Interface": {"name", "external_ids"}, "Port": {"interfaces"}}}
	iface := func(name string, ids ovsdb.Map) ovsdb.Row { return ovsdb.Row{"name": name, "external_ids": ids} }
	d.commit(change{table: "Interface", uuid: "a", after: iface("a", ovsdb.Map{"x": "1", "y": "2"})},
		change{table: "Interface", uuid: "b", after: iface("b", nil)},
		change{table: "Port", uuid: "p", after: ovsdb.Row{"interfaces": ovsdb.Set{"a", "b"}}})
	since := d.last
	for _, n := range []string{"7", "1"} { // there and back again
		d.commit(change{table: "Interface", uuid: "a", after: iface("a", ovsdb.Map{"x": n, "z": "3"})})
	}
	d.commit(change{table: "Interface", uuid: "b"}, change{table: "Interface", uuid: "c", after: iface("c", nil)},
		change{table: "Port", uuid: "p", after: ovsdb.Row{"interfaces": ovsdb.Set{"a", "c"}}})
	d.commit(change{table: "Interface", uuid: "d", after: iface("d", nil)})
	d.commit(change{table: "Interface", uuid: "d"})
	text := func(since string) string {
		b, err := json.Marshal(d.watchSince(m, since))
		require.NoError(t, err)
		return string(b)
	}
	require.JSONEq(t, `[true, "`+d.last+`", {"Interface": {
		"a": {"modify": {"external_ids": ["map", [["y", "2"], ["z", "3"]]]}}, "b": {"delete": null},
		"c": {"insert": {"name": "c", "external_ids": ["map", []]}}},
		"Port": {"p": {"modify": {"interfaces": ["set", ["b", "c"]]}}}}]`, text(since))
	require.JSONEq(t, `[true, "`+d.last+`", {}]`, text(d.last))
	d.forget()
	require.JSONEq(t, `[true, "`+d.last+`", {}]`, text(d.last), "there is nothing to remember")
	whole := `[false, "` + d.last + `", {"Interface": {
		"a": {"initial": {"name": "a", "external_ids": ["map", [["x", "1"], ["z", "3"]]]}},
		"c": {"initial": {"name": "c", "external_ids": ["map", []]}}},
		"Port": {"p": {"initial": {"interfaces": ["set", ["a", "c"]]}}}}]`
	require.JSONEq(t, whole, text(since))
	require.JSONEq(t, whole, text(zeroTxn))
}
