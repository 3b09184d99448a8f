package catalog

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

func TestPortAndHostStates(t *testing.T) {
	f := setup(t)
	f.must(base)
	state := func() (string, string) {
		p, err := f.Port(t.Context(), "web1")
		require.NoError(t, err)
		list, err := f.Ports(t.Context(), "")
		require.NoError(t, err)
		require.Equal(t, []Port{p}, list)
		return p.State, p.Host
	}
	s, h := state()
	require.Equal(t, PortDown+" ", s+" "+h)
	f.bind("blue", "web1", "h1")
	s, h = state()
	require.Equal(t, PortUnknown+" h1", s+" "+h)
	f.host("h1", "node1")
	f.beat("h1", 7)
	s, h = state()
	require.Equal(t, PortUp+" node1", s+" "+h)
	host, err := f.Host(t.Context(), "node1")
	require.NoError(t, err)
	require.Equal(t, Host{Host: model.Host{ID: "h1", Name: "node1"}, State: HostLive, Ports: 1, Applied: 7}, host)
	_, err = f.DeleteHost(t.Context(), "h1")
	require.ErrorContains(t, err, "host h1: state: is live, its last heartbeat was 0s ago: stop its agent first")

	f.now = f.now.Add(15 * time.Second)
	s, _ = state()
	require.Equal(t, PortUnknown, s)
	_, err = f.DeleteHost(t.Context(), "node1")
	require.NoError(t, err)
	hosts, err := f.Hosts(t.Context())
	require.NoError(t, err)
	require.Empty(t, hosts)
	_, err = f.Host(t.Context(), "h1")
	require.Equal(t, "not found", kindOf(err))
}

func TestHostsWithOneName(t *testing.T) {
	f := setup(t)
	f.host("h1", "node")
	f.host("h2", "node")
	f.beat("h3", 1)
	_, err := f.Host(t.Context(), "node")
	require.ErrorContains(t, err, "2 hosts have this name: give the id")
	names, err := f.Names(t.Context(), model.KindHost)
	require.NoError(t, err)
	require.Equal(t, []string{"h1", "h2"}, names)
	h, err := f.Host(t.Context(), "h3")
	require.NoError(t, err)
	require.Equal(t, HostLive, h.State, "a heartbeat is enough to be seen")
}

// People look for a host by its name; ids are in no order that means anything to them.
func TestHostsAreInTheOrderOfTheirNames(t *testing.T) {
	f := setup(t)
	f.host("9", "hv1")
	f.host("1", "hv3")
	f.host("5", "hv2")
	hosts, err := f.Hosts(t.Context())
	require.NoError(t, err)
	require.Equal(t, "hv1 hv2 hv3", hosts[0].Name+" "+hosts[1].Name+" "+hosts[2].Name)
}

func TestLists(t *testing.T) {
	f := setup(t)
	f.must(base)
	f.must("physnets: [{name: p2, type: vxlan, vni: 1-9}]\nnetworks: [{name: a, physnet: p2}]")
	p, err := f.PhysNets(t.Context())
	require.NoError(t, err)
	require.Len(t, p, 2)
	n, err := f.Networks(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, "a", n[0].Name)
	n, err = f.Networks(t.Context(), "tenants")
	require.NoError(t, err)
	require.Len(t, n, 1)
	s, err := f.Subnets(t.Context(), "a")
	require.NoError(t, err)
	require.Empty(t, s)
	s, err = f.Subnets(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, s, 1)
	_, err = f.Subnets(t.Context(), "nix")
	require.Equal(t, "not found", kindOf(err))
	_, err = f.Ports(t.Context(), "nix")
	require.Equal(t, "not found", kindOf(err))
	names, err := f.Names(t.Context(), model.KindNetwork)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "blue"}, names)
}

// steps makes a catalog that does one step at each pause of Wait, and times out after the last.
func (f *fixture) steps(do ...func()) (*Catalog, context.Context) {
	ctx, cancel := context.WithCancel(f.t.Context())
	f.t.Cleanup(cancel)
	return New(f.s, Options{Sleep: func(context.Context, time.Duration) error {
		if len(do) == 0 {
			cancel()
			return ctx.Err()
		}
		do[0]()
		do = do[1:]
		return nil
	}}), ctx
}

func TestWaitForEverything(t *testing.T) {
	f := setup(t)
	f.must(base)
	c, ctx := f.steps()
	require.NoError(t, c.Wait(ctx, ""), "nobody has a port")

	f.bind("blue", "web1", "h1")
	f.beat("h1", f.rev()-1)
	c, ctx = f.steps()
	err := c.Wait(ctx, "")
	var out *TimedOut
	require.ErrorAs(t, err, &out)
	require.EqualError(t, err, "time-out: host h1 has applied revision 1, 2 is needed")

	c, ctx = f.steps(func() { f.must("ports: [{name: web2, network: blue}]") }, func() { f.beat("h1", 2) })
	require.NoError(t, c.Wait(ctx, ""), "what is defined after the start is not waited for")

	f.now = f.now.Add(time.Minute)
	c, ctx = f.steps()
	require.NoError(t, c.Wait(ctx, ""), "a silent host is not waited for")
}

func TestWaitForAPort(t *testing.T) {
	f := setup(t)
	f.must(base)
	c, ctx := f.steps()
	require.ErrorContains(t, c.Wait(ctx, "web1"), "port web1 is not attached anywhere: start its guest")
	c, ctx = f.steps()
	require.Equal(t, "not found", kindOf(c.Wait(ctx, "nix")))

	f.beat("h1", 1)
	c, ctx = f.steps(func() { f.bind("blue", "web1", "h1") })
	require.ErrorContains(t, c.Wait(ctx, "web1"), "host h1 has applied revision 1, 2 is needed")
	c, ctx = f.steps(func() { f.beat("h1", 2) })
	require.NoError(t, c.Wait(ctx, "web1"))

	f.must("ports: [{name: web2, network: blue}]")
	c, ctx = f.steps(func() { require.NoError(t, f.delete(model.KindPort, "web2")) })
	require.Equal(t, "not found", kindOf(c.Wait(ctx, "web2")))
}

func TestWaitReportsAStoreThatIsGone(t *testing.T) {
	f := setup(t)
	f.s.Fault(func(string) error { return store.ErrUnavailable })
	c, ctx := f.steps()
	require.ErrorIs(t, c.Wait(ctx, ""), store.ErrUnavailable)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.EqualError(t, c.Wait(ended, ""), "time-out: the store did not answer in time")
}

func TestWaitSleepsForReal(t *testing.T) {
	f := setup(t)
	f.must(base)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, f.Wait(ctx, "web1"), "not attached")
}
