package catalog

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/memstore"
)

// fixture is a catalog on a store in memory whose clock stands still.
type fixture struct {
	*Catalog
	t   *testing.T
	s   *memstore.Store
	now time.Time
}

func setup(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, now: time.Unix(1_000_000, 0)}
	f.s = memstore.New(memstore.Options{Now: func() time.Time { return f.now }})
	_, err := f.s.Init(t.Context())
	require.NoError(t, err)
	f.Catalog = New(f.s, Options{Author: "test"})
	return f
}

// attempt is a definition, and why it is refused; "" for one that is not.
type attempt struct{ object, why string }

// applyEach applies each attempt by itself, in the list of files that it belongs to, after what is there before.
func applyEach(t *testing.T, before, list string, attempts []attempt) {
	t.Helper()
	for _, a := range attempts {
		f := setup(t)
		f.must(before)
		if _, err := f.apply(list + ":\n- " + a.object); a.why == "" {
			require.NoError(t, err, a.object)
		} else {
			require.ErrorContains(t, err, a.why, a.object)
		}
		f.sound()
	}
}

const base = `
physnets:
- {name: tenants, type: vxlan, vni: 100-103}
networks:
- {name: blue, physnet: tenants}
subnets:
- {name: blue-v4, network: blue, cidr: 10.0.0.0/24, gateway: 10.0.0.1}
ports:
- {name: web1, network: blue}
`

// apply makes what a file says.
func (f *fixture) apply(text string) ([]Done, error) {
	f.t.Helper()
	file, err := ParseFile("f.yaml", []byte(text))
	require.NoError(f.t, err)
	return f.Commit(f.t.Context(), file.Changes())
}

func (f *fixture) must(text string) []Done {
	f.t.Helper()
	d, err := f.apply(text)
	require.NoError(f.t, err)
	return d
}

func (f *fixture) create(objects ...Object) error {
	var c Changes
	for _, o := range objects {
		c.Create(o)
	}
	_, err := f.Commit(f.t.Context(), &c)
	return err
}

func (f *fixture) delete(kind model.Kind, names ...string) error {
	var c Changes
	for _, n := range names {
		c.Delete(kind, n)
	}
	_, err := f.Commit(f.t.Context(), &c)
	return err
}

func update[T Object](f *fixture, kind model.Kind, name string, edit func(T)) error {
	var c Changes
	c.Update(kind, name, func(o Object) error {
		edit(o.(T))
		return nil
	})
	_, err := f.Commit(f.t.Context(), &c)
	return err
}

func get[T Object](f *fixture, kind model.Kind, name string) T {
	f.t.Helper()
	o, err := f.Get(f.t.Context(), kind, name)
	require.NoError(f.t, err)
	return o.(T)
}

func (f *fixture) port(name string) *model.Port { return get[*model.Port](f, model.KindPort, name) }

// rev is the store's revision, which moves with every commit.
func (f *fixture) rev() int64 {
	i, err := f.s.Info(f.t.Context())
	require.NoError(f.t, err)
	return i.Rev
}

func ip(s string) netip.Addr     { return netip.MustParseAddr(s) }
func cidr(s string) netip.Prefix { return netip.MustParsePrefix(s) }

func TestOneFileMakesEverythingInOneCommit(t *testing.T) {
	f := setup(t)
	before := f.rev()
	done := f.must(base)
	require.Equal(t, before+1, f.rev())
	require.Len(t, done, 4)
	for _, d := range done {
		require.Equal(t, Created, d.Action)
	}
	n := get[*model.Network](f, model.KindNetwork, "blue")
	require.Equal(t, model.Network{Name: "blue", PhysNet: "tenants", VNI: 100, MTU: 1450, Tag: 1}, *n)
	s := get[*model.Subnet](f, model.KindSubnet, "blue-v4")
	require.Equal(t, ip("10.0.0.254"), s.DHCPServer)
	require.Equal(t, model.DefaultLease, s.Lease)
	p := f.port("web1")
	require.Equal(t, ip("10.0.0.2"), p.IP, "the gateway is not given out")
	require.Equal(t, "blue-v4", p.Subnet)
	require.Equal(t, byte(0x0a), p.MAC[0])
	require.Equal(t, []byte{0, 0, 1}, p.MAC[3:])
}

func TestLayoutIsWhatAgentsExpect(t *testing.T) {
	f := setup(t)
	f.must(base)
	for index, want := range map[string]map[string]string{
		"physnet":            {"tenants": "physnet/tenants"},
		"network":            {"blue": "network/blue"},
		"subnet":             {"blue-v4": "blue"},
		"port":               {"web1": "blue"},
		"vni":                {"100": "network/blue"},
		"tag":                {"1": "network/blue"},
		"ip:blue-v4":         {"10.0.0.1": "gateway", "10.0.0.254": "dhcp server", "10.0.0.2": "port/web1"},
		"mac:blue":           {f.port("web1").MAC.String(): "port/web1"},
		"in:physnet/tenants": {"blue": "network/blue"},
		"in:network/blue":    {"subnet/blue-v4": "subnet/blue-v4", "port/web1": "port/web1"},
		"in:subnet/blue-v4":  {"web1": "port/web1"},
	} {
		got, err := f.s.List(t.Context(), index)
		require.NoError(t, err)
		require.Equal(t, want, got, index)
	}
	docs, err := f.s.Read(t.Context(), "net/blue")
	require.NoError(t, err)
	var keys []string
	for _, d := range docs {
		keys = append(keys, d.Key.Kind+"/"+d.Key.ID)
	}
	require.Equal(t, []string{"network/blue", "port/web1", "subnet/blue-v4"}, keys)
}

func TestDeletingEverythingLeavesNoClaim(t *testing.T) {
	f := setup(t)
	f.must(base)
	var c Changes
	c.Delete(model.KindPhysNet, "tenants")
	c.Delete(model.KindNetwork, "blue")
	c.Delete(model.KindSubnet, "blue-v4")
	c.Delete(model.KindPort, "web1")
	done, err := f.Commit(t.Context(), &c)
	require.NoError(t, err)
	require.Equal(t, Deleted, done[0].Action)
	for _, index := range []string{"physnet", "network", "subnet", "port", "vni", "tag", "ip:blue-v4", "mac:blue",
		"in:physnet/tenants", "in:network/blue", "in:subnet/blue-v4", "subnets:blue"} {
		got, err := f.s.List(t.Context(), index)
		require.NoError(t, err)
		require.Empty(t, got, index)
	}
	for _, scope := range []store.Scope{"physnets", "net/blue", guardScope} {
		docs, err := f.s.Read(t.Context(), scope)
		require.NoError(t, err)
		docs = slices.DeleteFunc(docs, func(d store.Doc) bool { return d.Key == restingKey(number{indexVNI, 100}) })
		require.Empty(t, docs, scope)
	}
	f.must(base)
	n := get[*model.Network](f, model.KindNetwork, "blue")
	require.Equal(t, uint32(2), n.Tag, "not what a host may still know as that of the one before")
}

func TestDeletionInUseSaysByWhat(t *testing.T) {
	f := setup(t)
	f.must(base)
	for kind, want := range map[model.Kind][2]string{
		model.KindPhysNet: {"tenants", "physnet tenants: name: in use by network blue: delete what uses it first"},
		model.KindNetwork: {"blue", "network blue: name: in use by port web1, subnet blue-v4"},
		model.KindSubnet:  {"blue-v4", "subnet blue-v4: name: in use by port web1"},
	} {
		err := f.delete(kind, want[0])
		var r *Refused
		require.ErrorAs(t, err, &r)
		require.ErrorContains(t, err, want[1])
	}
	var more strings.Builder
	more.WriteString("ports:\n")
	for i := range 20 {
		fmt.Fprintf(&more, "- {name: p%d, network: blue}\n", i)
	}
	f.must(more.String())
	require.ErrorContains(t, f.delete(model.KindSubnet, "blue-v4"), "and 11 more")
}

func TestDeletingAPortTakesItsBindingAlong(t *testing.T) {
	f := setup(t)
	f.must(base)
	f.bind("blue", "web1", "h1")
	require.NoError(t, f.delete(model.KindPort, "web1"))
	docs, err := f.s.Get(t.Context(), bindingKey("blue", "web1"))
	require.NoError(t, err)
	require.Nil(t, docs[0])
	bound, err := f.s.List(t.Context(), "bound:h1")
	require.NoError(t, err)
	require.Empty(t, bound)
}

// bind does what an agent does when a port is up.
func (f *fixture) bind(network, port, host string) {
	f.t.Helper()
	_, err := f.s.Commit(f.t.Context(), store.Txn{
		Claims: []store.Claim{{Index: "bound:" + host, Key: port, Owner: network, Bit: store.NoBit}},
		Puts: []store.Doc{{Key: bindingKey(network, port),
			Value: fmt.Appendf(nil, `{"port":%q,"host":%q,"token":"t","at":"2026-01-01T00:00:00Z"}`, port, host)}}})
	require.NoError(f.t, err)
}

func (f *fixture) beat(host string, applied int64) {
	f.t.Helper()
	require.NoError(f.t, f.s.Beat(f.t.Context(), host,
		fmt.Appendf(nil, `{"host":%q,"applied":%d,"ports":1,"interval_ms":5000}`, host, applied)))
}

func (f *fixture) host(id, name string) {
	f.t.Helper()
	_, err := f.s.Commit(f.t.Context(), store.Txn{Puts: []store.Doc{{Key: hostKey(id),
		Value: fmt.Appendf(nil, `{"id":%q,"name":%q}`, id, name)}}})
	require.NoError(f.t, err)
}

func TestStoreErrorsComeThrough(t *testing.T) {
	s := memstore.New(memstore.Options{})
	c := New(s, Options{})
	_, err := c.Networks(t.Context(), "")
	require.ErrorIs(t, err, store.ErrNotInitialised)
	f := setup(t)
	f.must(base)
	for _, want := range []error{store.ErrUnavailable, store.ErrUnknown} {
		f.s.Fault(func(op string) error {
			if op == "commit" {
				return want
			}
			return nil
		})
		require.ErrorIs(t, f.create(&model.Port{Name: "x", Network: "blue"}), want)
	}
	f.s.Fault(func(string) error { return store.ErrUnavailable })
	require.ErrorIs(t, f.create(&model.Port{Name: "x", Network: "blue"}), store.ErrUnavailable)
}
