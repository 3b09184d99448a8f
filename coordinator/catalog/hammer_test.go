package catalog_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/common/store/redistest"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

const (
	hammerEnv     = "VLCP_HAMMER" // ports of each writer; make hammer sets it to 5,000
	hammerDefault = 150
	hammerWriters = 8
	hammerBatch   = 40 // ports in one commit, at most
	cutAfterMin   = 25 // reads
)

// TestHammer has eight coordinators create ports and networks in one deployment at once, over connections that lose
// every so many an answer: nothing is given out twice, nothing is missing, nothing was done twice.
func TestHammer(t *testing.T) {
	t.Parallel()
	ports := hammerDefault
	if text := os.Getenv(hammerEnv); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(t, err)
		ports = n
	}
	srv := redistest.Start(t)
	c := writer(t, srv.URL, nil)
	f, err := catalog.ParseFile("f", []byte(`
physnets: [{name: tenants, type: vxlan, vni: 1000-100000}]
networks: [{name: blue, physnet: tenants}]
subnets: [{name: blue-v4, network: blue, cidr: 10.0.0.0/15, gateway: 10.0.0.1}]
`))
	require.NoError(t, err)
	_, err = c.Commit(t.Context(), f.Changes())
	require.NoError(t, err)
	errs := make(chan error, hammerWriters)
	var breaks atomic.Int64
	for i := range hammerWriters {
		w := writer(t, srv.URL, cut(&breaks))
		go func() { errs <- hammer(t.Context(), w, i, ports) }()
	}
	for range hammerWriters {
		require.NoError(t, <-errs)
	}
	require.Greater(t, breaks.Load(), int64(hammerWriters), "connections that broke")
	file, err := c.Export(t.Context())
	require.NoError(t, err)
	require.Len(t, file.Ports, hammerWriters*ports)
	ips, macs, vnis, tags := map[netip.Addr]bool{}, map[model.MAC]bool{}, map[uint32]bool{}, map[uint32]bool{}
	for _, p := range file.Ports {
		require.False(t, ips[p.IP], p.IP)
		require.False(t, macs[p.MAC], p.MAC)
		ips[p.IP], macs[p.MAC] = true, true
	}
	for _, n := range file.Networks {
		require.False(t, vnis[n.VNI], n.VNI)
		require.False(t, tags[n.Tag], n.Tag)
		vnis[n.VNI], tags[n.Tag] = true, true
	}
	r, err := c.Check(t.Context())
	require.NoError(t, err)
	require.Empty(t, r.Flaws)
}

// hammer creates ports in batches of any size, and with each a network.
func hammer(ctx context.Context, c *catalog.Catalog, writer, ports int) error {
	for done := 0; done < ports; {
		var ch catalog.Changes
		for n := min(1+rand.IntN(hammerBatch), ports-done); n > 0; n-- {
			ch.Create(&model.Port{Name: fmt.Sprintf("p%d-%d", writer, done), Network: "blue"})
			done++
		}
		ch.Create(&model.Network{Name: fmt.Sprintf("n%d-%d", writer, done), PhysNet: "tenants"})
		if _, err := c.Commit(ctx, &ch); err != nil {
			return err
		}
	}
	return nil
}

type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// writer is a coordinator of its own.
func writer(t *testing.T, url string, dial dialer) *catalog.Catalog {
	s, err := redisstore.Open(redisstore.Options{URL: url, Dial: dial})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	_, err = s.Init(t.Context())
	require.NoError(t, err)
	return catalog.New(s, catalog.Options{})
}

// cut returns a dialer of connections that now and then break instead of giving an answer. Between two breaks is more
// than the calls of all attempts of one command take: the store promises to get over one break, not over any number.
func cut(breaks *atomic.Int64) dialer {
	left := new(atomic.Int64)
	left.Store(cutAfterMin)
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		return &cutting{c, left, breaks}, err
	}
}

type cutting struct {
	net.Conn
	left   *atomic.Int64 // reads of the writer's connections until the next break
	breaks *atomic.Int64
}

// Read implements net.Conn.
func (c *cutting) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err == nil && c.left.Add(-1) == 0 {
		c.left.Store(cutAfterMin + rand.Int64N(cutAfterMin))
		c.breaks.Add(1)
		_ = c.Close()
		return 0, net.ErrClosed
	}
	return n, err
}
