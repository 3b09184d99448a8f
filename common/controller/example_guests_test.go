package controller_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/controller"
	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/ovsdb"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// guests is the module that lets only those ports speak whose interface has an iface-id in the database.
type guests struct {
	m  *controller.Instance
	db *ovsdb.Client
}

func guestPorts(database string) controller.Module {
	return controller.Module{
		Name:   "guests",
		Tables: []controller.Table{{Name: "guests", Before: []string{"hub"}, Miss: controller.MissDrop}},
		Late:   true, // the database tells what is wanted
		Start: func(m *controller.Instance) error {
			g := &guests{m: m}
			g.db = ovsdb.New(m.Scheduler(), netio.NewDialer(m.Scheduler()), ovsdb.Options{
				Address:  database, // unix:/var/run/openvswitch/db.sock
				Tables:   map[string]ovsdb.Table{"Interface": {Columns: []string{"external_ids", "ofport"}}},
				OnUpdate: func(_ string, id ovsdb.UUID, _, after ovsdb.Row) { g.row(id, after, m.Switches()...) },
				OnSynced: func() { g.complete(m.Switches()...) },
			})
			m.Go("ovsdb", g.db.Run)
			m.OnSwitch(g.up, nil)
			return nil
		},
	}
}

// row says what follows from a row; after is nil when it is gone.
func (g *guests) row(id ovsdb.UUID, after ovsdb.Row, switches ...*controller.Switch) {
	var flows []flow.Flow
	if port, ok := after.Int("ofport"); ok && port > 0 && after.Map("external_ids")["iface-id"] != "" {
		flows = append(flows, flow.Flow{Priority: 10, Match: flow.Match{}.InPort(uint32(port)), Goto: flow.Next})
	}
	for _, sw := range switches {
		if err := sw.Want("interface/"+string(id), flows...); err != nil {
			g.m.Log().Error("no flow for an interface", "interface", id, "error", err)
		}
	}
}

// up tells a new switch of the rows that there are.
func (g *guests) up(sw *controller.Switch) error {
	g.db.Each("Interface", func(id ovsdb.UUID, r ovsdb.Row) { g.row(id, r, sw) })
	g.complete(sw)
	return nil
}

func (g *guests) complete(switches ...*controller.Switch) {
	if !g.db.Synced() {
		return // OnSynced will come
	}
	for _, sw := range switches {
		sw.Complete()
	}
}

func TestGuestPorts(t *testing.T) {
	ovs := ovstest.Start(t)
	bridge := ovs.Bridge("br0")
	addPort := func(name, number string, more ...string) {
		ovs.Vsctl(append([]string{"add-port", "br0", name, "--", "set", "interface", name, "type=dummy",
			"ofport_request=" + number}, more...)...)
	}
	addPort("web", "1", "external_ids:iface-id=web")
	addPort("uplink", "2")

	c := controller.New(controller.Options{})
	require.NoError(t, c.Load(guestPorts(ovs.DB), hub()))
	_, err := c.Serve(bridge)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()

	speaks := func(port string) bool {
		return strings.Contains(ovs.Ofctl("dump-flows", bridge), "priority=10,in_port="+port+" actions=goto_table")
	}
	require.Eventually(t, func() bool { return speaks("1") }, 20*time.Second, 20*time.Millisecond)
	require.False(t, speaks("2"))
	ovs.Vsctl("set", "interface", "uplink", "external_ids:iface-id=db")
	require.Eventually(t, func() bool { return speaks("2") }, 20*time.Second, 20*time.Millisecond)
	ovs.Vsctl("del-port", "web")
	require.Eventually(t, func() bool { return !speaks("1") }, 20*time.Second, 20*time.Millisecond)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}
