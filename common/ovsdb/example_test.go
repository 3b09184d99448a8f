package ovsdb_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/ovsdb"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// database is the address of the Open vSwitch that Example talks to, usually unix:/var/run/openvswitch/db.sock.
var database string

// TestExample runs the example against an Open vSwitch of its own.
func TestExample(t *testing.T) {
	sw := ovstest.Start(t)
	sw.Bridge("br0")
	database = sw.DB
	stdout := os.Stdout
	defer func() { os.Stdout = stdout }()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	os.Stdout = w
	Example()
	require.NoError(t, w.Close())
	printed, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "the copy is complete\nweb1 of guest guest-1 has an OpenFlow port: true\n", string(printed))
}

// Example watches Interface rows, and adds a port to a bridge in one transaction: the interface, the port that has it
// and the bridge that has the port refer to each other by names until the rows have ids.
func Example() {
	s := coroutine.New(coroutine.Options{})
	found := coroutine.NewSignal(s)
	db := ovsdb.New(s, netio.NewDialer(s), ovsdb.Options{
		Address: database,
		Tables: map[string]ovsdb.Table{
			"Bridge":    {Columns: []string{"name", "ports"}},
			"Interface": {Columns: []string{"name", "external_ids", "ofport"}},
		},
		OnUpdate: func(table string, _ ovsdb.UUID, _, after ovsdb.Row) {
			if n, ok := after.Int("ofport"); ok && after.String("name") == "web1" {
				fmt.Println("web1 of guest", after.Map("external_ids")["iface-id"], "has an OpenFlow port:", n > 0)
				found.Notify()
			}
		},
		OnSynced: func() { fmt.Println("the copy is complete") },
	})
	s.Go("ovsdb", db.Run, coroutine.Daemon())
	s.Go("main", func(co *coroutine.Co) error {
		for !db.Synced() {
			if err := co.Sleep(10 * time.Millisecond); err != nil {
				return err
			}
		}
		_, err := db.Transact(co,
			ovsdb.Insert("Interface", "the_interface", ovsdb.Row{"name": "web1", "type": "dummy",
				"external_ids": ovsdb.Map{"iface-id": "guest-1"}}),
			ovsdb.Insert("Port", "the_port", ovsdb.Row{"name": "web1", "interfaces": ovsdb.Named("the_interface")}),
			ovsdb.Mutate("Bridge", []ovsdb.Condition{{"name", "==", "br0"}},
				ovsdb.Mutation{"ports", "insert", ovsdb.Named("the_port")}),
			ovsdb.Mutate("Open_vSwitch", nil, ovsdb.Mutation{"next_cfg", "+=", 1})) // tell ovs-vswitchd
		if err != nil {
			fmt.Println(err)
			return err
		}
		return found.Wait(co)
	})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.Run(ctx); err != nil {
		fmt.Println(err)
	}
}
