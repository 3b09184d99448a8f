package catalog

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

func TestManyPortsInOneChange(t *testing.T) {
	f := setup(t)
	f.must(strings.Replace(base, "10.0.0.0/24", "10.0.0.0/16", 1))
	var c Changes
	const n = 5000
	for i := range n {
		c.Create(&model.Port{Name: fmt.Sprintf("p%d", i), Network: "blue"})
	}
	start := time.Now()
	_, err := f.Commit(t.Context(), &c)
	require.NoError(t, err)
	require.Less(t, time.Since(start), 5*time.Second, "a generous bound, for slow machines")
	ports, err := f.Ports(t.Context(), "blue")
	require.NoError(t, err)
	seen := map[netip.Addr]bool{}
	for _, p := range ports {
		require.False(t, seen[p.IP])
		seen[p.IP] = true
	}
	require.Len(t, seen, n+1)
}

func TestCompetingChangesShareNothing(t *testing.T) {
	f := setup(t)
	f.must(base)
	const workers, each = 12, 15
	errs := make(chan error, workers)
	for w := range workers {
		go func() {
			var err error
			for i := range each {
				err = errors.Join(err, f.create(&model.Port{Name: fmt.Sprintf("w%d-%d", w, i), Network: "blue"}))
			}
			errs <- err
		}()
	}
	for range workers {
		require.NoError(t, <-errs)
	}
	ports, err := f.Ports(t.Context(), "blue")
	require.NoError(t, err)
	require.Len(t, ports, workers*each+1)
	ips, macs := map[netip.Addr]string{}, map[model.MAC]string{}
	for _, p := range ports {
		require.Empty(t, ips[p.IP])
		require.Empty(t, macs[p.MAC])
		ips[p.IP], macs[p.MAC] = p.Name, p.Name
	}
}

func TestCompetingSubnetsDoNotOverlap(t *testing.T) {
	f := setup(t)
	f.must("physnets: [{name: tenants, type: vxlan, vni: 100-103}]\nnetworks: [{name: blue, physnet: tenants}]")
	errs := make(chan error, 8)
	for i := range 8 {
		go func() {
			errs <- f.create(&model.Subnet{Name: fmt.Sprintf("s%d", i), Network: "blue", CIDR: cidr("10.0.0.0/24")})
		}()
	}
	made := 0
	for range 8 {
		if err := <-errs; err == nil {
			made++
		} else {
			require.ErrorContains(t, err, "cidr: 10.0.0.0/24 overlaps 10.0.0.0/24 of subnet s")
		}
	}
	require.Equal(t, 1, made)
}

// racing lets somebody else commit just before the first commits of a change.
type racing struct {
	store.Store
	before []func()
}

func (r *racing) Commit(ctx context.Context, t store.Txn) (store.Result, error) {
	if len(r.before) > 0 {
		do := r.before[0]
		r.before = r.before[1:]
		do()
	}
	return r.Store.Commit(ctx, t)
}

func TestAChangeIsPlannedAgainWhenOthersAreQuicker(t *testing.T) {
	f := setup(t)
	f.must(base)
	r := &racing{Store: f.s}
	c := New(r, Options{})
	commit := func(o Object, before ...func()) error {
		var ch Changes
		ch.Create(o)
		r.before = before
		_, err := c.Commit(t.Context(), &ch)
		return err
	}
	var rivals []func()
	for i := range 6 { // more than the patience with lowest numbers
		rivals = append(rivals, func() {
			p := model.Port{Name: fmt.Sprintf("rival%d", i), Network: "blue"}
			free, err := f.s.Free(t.Context(), "ip:blue-v4", 2, 253, 1)
			require.NoError(t, err)
			p.IP = get[*model.Subnet](f, model.KindSubnet, "blue-v4").At(free[0])
			require.NoError(t, f.create(&p))
		})
	}
	require.NoError(t, commit(&model.Port{Name: "web2", Network: "blue"}, rivals...))
	require.True(t, f.port("web2").IP.IsValid())

	require.ErrorContains(t, commit(&model.Port{Name: "web3", Network: "blue"}, func() {
		require.NoError(t, f.create(&model.Port{Name: "web3", Network: "blue"}))
	}), "port web3: name: exists already in network blue")

	require.ErrorContains(t, commit(&model.Network{Name: "red", PhysNet: "tenants", VNI: 103}, func() {
		require.NoError(t, update(f, model.KindPhysNet, "tenants", func(p *model.PhysNet) { p.VNI.Hi = 102 }))
	}), "network red: vni: 103 is not in the range 100-102")

	// The other way round: a network comes in while the range shrinks.
	r.before = []func(){func() {
		require.NoError(t, f.create(&model.Network{Name: "green", PhysNet: "tenants", VNI: 102}))
	}}
	var ch Changes
	ch.Update(model.KindPhysNet, "tenants", func(o Object) error {
		o.(*model.PhysNet).VNI.Hi = 101
		return nil
	})
	_, err := c.Commit(t.Context(), &ch)
	require.ErrorContains(t, err, "physnet tenants: vni: range 100-101 leaves out 102, which network green uses")

	// A binding that appears while its port is deleted is not left behind.
	r.before = []func(){func() { f.bind("blue", "web2", "h1") }}
	ch = Changes{}
	ch.Delete(model.KindPort, "web2")
	_, err = c.Commit(t.Context(), &ch)
	require.NoError(t, err)
	bound, err := f.s.List(t.Context(), "bound:h1")
	require.NoError(t, err)
	require.Empty(t, bound)
}

func TestAChangeGivesUpInTheEnd(t *testing.T) {
	f := setup(t)
	f.must(base)
	f.s.Fault(func(op string) error {
		if op == "commit" {
			return &store.Conflict{Reason: store.ReasonChanged}
		}
		return nil
	})
	require.ErrorContains(t, f.create(&model.Port{Name: "x", Network: "blue"}), "others change the same objects")
}

func TestAMACThatSomebodyChoseIsNotAllocated(t *testing.T) {
	f := setup(t)
	f.must(base)
	next := f.port("web1").MAC
	next[5]++
	require.NoError(t, f.create(&model.Port{Name: "web2", Network: "blue", MAC: next}))
	require.NoError(t, f.create(&model.Port{Name: "web3", Network: "blue"}))
	next[5]++
	require.Equal(t, next, f.port("web3").MAC)
}
