package catalog

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// trunks is a file with a port that has sub-ports.
const trunks = `
physnets: [{name: tenants, type: vxlan, vni: 100-199}]
networks: [{name: blue, physnet: tenants}, {name: green, physnet: tenants}, {name: red, physnet: tenants}]
subnets:
- {name: blue-v4, network: blue, cidr: 10.0.0.0/24}
- {name: green-v4, network: green, cidr: 10.0.0.0/24}
ports:
- {name: a-sub, network: green, parent: web1, vlan: 20}
- {name: web1, network: blue}
- {name: web2, network: blue}
`

func TestSubPortsAreChecked(t *testing.T) {
	applyEach(t, trunks, "ports", []attempt{
		{`{name: x, network: red, parent: web1, vlan: 30}`, ""},
		{`{name: x, network: green, parent: web2, vlan: 20}`, ""},
		{`{name: x, network: red, parent: web1}`, "port x: vlan: 0 is not between 1 and 4094"},
		{`{name: x, network: red, parent: web1, vlan: 4095}`, "port x: vlan: 4095 is not between 1 and 4094"},
		{`{name: x, network: red, vlan: 20}`, "port x: vlan: 20 is given without a parent: name the port that has it"},
		{`{name: x, network: red, parent: web1, vlan: 20}`, "port x: vlan: 20 is already used by port a-sub: choose the tag"},
		{`{name: x, network: green, parent: web1, vlan: 21}`, "port x: network: green is already used by port a-sub: a"},
		{`{name: x, network: blue, parent: web1, vlan: 21}`, "port x: network: blue is that of the parent web1"},
		{`{name: x, network: red, parent: x, vlan: 21}`, "port x: parent: a port cannot be its own parent"},
		{`{name: x, network: red, parent: none, vlan: 21}`, "port x: parent: there is no port none: create it first"},
		{`{name: x, network: red, parent: a-sub, vlan: 21}`,
			"port x: parent: a-sub is a sub-port itself, and tags are not nested: name web1"},
		{`{name: web1, network: blue, parent: web2, vlan: 21}`, "port web1: parent: cannot be changed from none to web2"},
		{`{name: a-sub, network: green, parent: web2, vlan: 20}`, "port a-sub: parent: cannot be changed from web1 to web2"},
		{`{name: a-sub, network: green, parent: web1, vlan: 21}`, ""},
		{`{name: y, network: red, parent: x, vlan: 1}` + "\n- " + `{name: x, network: green, parent: y, vlan: 1}`,
			"port y: parent: there is no port x"},
	})
}

// The network of the parent knows its sub-ports, for as long as they are there, and the parent stays as long.
func TestSubPortsAreKnownBesideTheirParent(t *testing.T) {
	f := setup(t)
	f.must(trunks)
	beside := func() (out []string) {
		docs, err := f.s.Read(t.Context(), store.NetworkScope("blue"))
		require.NoError(t, err)
		for _, d := range docs {
			if d.Key.Kind == string(model.KindSubPort) {
				var s model.SubPort
				require.NoError(t, json.Unmarshal(d.Value, &s))
				in := map[string]string{"a-sub": "green", "b-sub": "red"}[s.Port]
				require.Equal(t, model.SubPort{Port: d.Key.ID, Network: in, Parent: "web1"}, s)
				out = append(out, d.Key.ID)
			}
		}
		return out
	}
	require.Equal(t, []string{"a-sub"}, beside())
	require.ErrorContains(t, f.delete(model.KindPort, "web1"),
		"port web1: name: in use by port a-sub: delete what uses it first")
	require.NoError(t, update(f, model.KindPort, "a-sub", func(p *model.Port) { p.VLAN = 30 }))
	require.Equal(t, []string{"a-sub"}, beside())
	f.must("ports:\n- {name: b-sub, network: red, parent: web1, vlan: 20}") // which is free again
	require.Equal(t, []string{"a-sub", "b-sub"}, beside())
	require.NoError(t, f.delete(model.KindPort, "a-sub"))
	require.Equal(t, []string{"b-sub"}, beside())
	f.sound()
	require.NoError(t, f.delete(model.KindPort, "web1", "b-sub"), "both at once")
	require.Empty(t, beside())
	f.sound()
}

// What was exported is applied to an empty store, and a backup restored, though parents come after sub-ports by name.
func TestSubPortsAreExported(t *testing.T) {
	f := setup(t)
	f.must(trunks)
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
	third := setup(t)
	_, err = third.restore(f.backup(), RestoreOptions{})
	require.NoError(t, err)
	third.sound()
}

func TestSubPortsAreRepaired(t *testing.T) {
	f := setup(t)
	f.must(trunks)
	key := store.Key{Scope: store.NetworkScope("blue"), Kind: string(model.KindSubPort), ID: "a-sub"}
	wrong := store.Key{Scope: store.NetworkScope("red"), Kind: string(model.KindSubPort), ID: "web2"}
	_, err := f.s.Commit(t.Context(), store.Txn{Deletes: []store.Key{key},
		Puts: []store.Doc{{Key: wrong, Value: []byte("{}")}}})
	require.NoError(t, err)
	r, err := f.Check(t.Context())
	require.NoError(t, err)
	var codes []string
	for _, x := range r.Flaws {
		codes = append(codes, x.Code)
	}
	require.ElementsMatch(t, []string{"subport_orphan", "subport_missing"}, codes)
	_, err = f.Repair(t.Context(), nil)
	require.NoError(t, err)
	f.sound()
	docs, err := f.s.Get(t.Context(), key, wrong)
	require.NoError(t, err)
	require.NotNil(t, docs[0])
	require.Nil(t, docs[1])
}

func TestSubPortsDoNotMigrateAlone(t *testing.T) {
	f := setup(t)
	f.must(trunks)
	_, err := f.Migrate(t.Context(), "a-sub", "hv1")
	require.ErrorContains(t, err, "port a-sub: host: is a sub-port, which is where its parent is: migrate web1")
}
