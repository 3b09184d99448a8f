package ovsdb

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

func TestCopyOfOpenVSwitchFollowsAndSurvivesARestart(t *testing.T) {
	sw := ovstest.Start(t)
	sw.Bridge("br0")
	o := Options{Address: sw.DB, Tables: map[string]Table{"Bridge": {Columns: []string{"name", "ports"}},
		"Port": {Columns: []string{"name", "interfaces"}}, "Open_vSwitch": {},
		"Interface": {Columns: []string{"name", "ofport", "external_ids", "error"}}}}
	withClient(t, o, func(co *coroutine.Co, r *rig) {
		iface := func(name string) (row Row) {
			r.c.Each("Interface", func(_ UUID, x Row) {
				if x.String("name") == name {
					row = x
				}
			})
			return row
		}
		r.awaitSynced(co)
		sw.Vsctl("add-port", "br0", "p1", "--", "set", "interface", "p1", "type=dummy", "external_ids:iface-id=web1")
		r.await(co, func() bool {
			n, ok := iface("p1").Int("ofport")
			return ok && n > 0 && iface("p1").Map("external_ids")["iface-id"] == "web1"
		})
		sw.StopDB()
		r.await(co, func() bool { return !r.c.Synced() })
		sw.StartDB()
		sw.Vsctl("del-port", "br0", "p1", "--", "add-port", "br0", "p2", "--", "set", "interface", "p2", "type=dummy")
		r.await(co, func() bool { return iface("p1") == nil && iface("p2") != nil })
		r.m.requireCopy(t, r.c)
	})
}

func TestARestartWithTheDatabaseKeptAndReplaced(t *testing.T) {
	for _, clustered := range []bool{false, true} {
		t.Run(fmt.Sprint("clustered ", clustered), func(t *testing.T) {
			db := startDB(t, clustered)
			withClient(t, Options{Address: db.Addr}, func(co *coroutine.Co, r *rig) {
				r.awaitSynced(co)
				r.transact(co, Insert("Item", "", Row{"name": "a"}), Insert("Item", "", Row{"name": "b"}))
				was, _ := r.item("a")
				db.Stop()
				r.await(co, func() bool { return !r.c.Synced() })
				_, row := r.item("a")
				require.NotNil(t, row, "the copy stays while there is no connection")
				db.Start()
				r.awaitSynced(co)
				now, _ := r.item("a")
				require.Equal(t, was, now)
				require.Len(t, r.m, 2)

				db.Stop()
				db.Replace()
				db.Start()
				r.await(co, func() bool { return r.synced == 3 })
				require.Empty(t, r.m)
				r.transact(co, Insert("Item", "", Row{"name": "a"}))
				now, _ = r.item("a")
				require.NotEqual(t, was, now)
				r.m.requireCopy(t, r.c)
			})
		})
	}
}

func TestATransactionWhoseReplyDoesNotComeIsUnknown(t *testing.T) {
	db := startDB(t, false)
	withClient(t, Options{Address: db.Addr}, func(co *coroutine.Co, r *rig) {
		_, err := r.c.Transact(co, Comment("too early"))
		require.ErrorIs(t, err, ErrDown)
		require.NotErrorIs(t, err, ErrUnknown, "it was not sent")
		r.awaitSynced(co)
		// The server is killed while the transaction waits.
		var failed error
		blocked := co.Go("blocked", func(co *coroutine.Co) error {
			_, failed = r.c.Transact(co, Wait(-1, Select("Item", nil, "name"), "==", Row{"name": "never"}),
				Insert("Item", "", Row{"name": "x"}))
			return failed
		})
		require.NoError(t, co.Sleep(50*time.Millisecond))
		db.Stop()
		require.Error(t, blocked.Wait(co))
		require.ErrorIs(t, failed, ErrUnknown)
		require.ErrorIs(t, failed, ErrDown)
		db.Start()
		r.await(co, func() bool { return r.synced == 2 })
		require.Empty(t, r.m)
	})
}

func TestACancelledTransactionIsCancelledAtTheServer(t *testing.T) {
	db := startDB(t, false)
	withClient(t, Options{Address: db.Addr}, func(co *coroutine.Co, r *rig) {
		r.awaitSynced(co)
		blocked := co.Go("blocked", func(co *coroutine.Co) error {
			_, err := r.c.Transact(co, Wait(-1, Select("Other", nil, "text"), "==", Row{"text": "go"}),
				Insert("Item", "", Row{"name": "x"}))
			return err
		})
		require.NoError(t, co.Sleep(50*time.Millisecond))
		blocked.Cancel()
		require.ErrorIs(t, blocked.Wait(co), coroutine.ErrCancelled)
		r.transact(co, Insert("Other", "", Row{"text": "go"}))
		r.transact(co, Comment("after what would have been triggered"))
		_, row := r.item("x")
		require.Nil(t, row)
		require.Empty(t, r.c.session.waiting)
	})
}

func TestWhatATransactionChangedIsInTheCopyWhenItReturns(t *testing.T) {
	db := startDB(t, false)
	withClient(t, Options{Address: db.Addr}, func(co *coroutine.Co, r *rig) {
		r.awaitSynced(co)
		for i := range 200 {
			name := fmt.Sprint("item ", i)
			res := r.transact(co, Insert("Item", "", Row{"name": name}))
			require.Equal(t, name, r.c.Row("Item", res[0].UUID).String("name"))
			r.transact(co, Update("Item", res[0].UUID, Row{"number": i}))
			n, _ := r.c.Row("Item", res[0].UUID).Int("number")
			require.EqualValues(t, i, n)
		}
	})
}

func TestASchemaConversionIsFollowed(t *testing.T) {
	for _, clustered := range []bool{false, true} {
		db := startDB(t, clustered)
		withClient(t, Options{Address: db.Addr}, func(co *coroutine.Co, r *rig) {
			r.awaitSynced(co)
			r.transact(co, Insert("Item", "", Row{"name": "a", "number": 5}))
			db.Convert(strings.NewReplacer(`"number":{"type":"integer"},`, `"extra":{"type":"string"},`,
				`"1.2.3"`, `"1.3.0"`).Replace(testSchema))
			r.await(co, func() bool {
				_, row := r.item("a")
				_, there := row["extra"]
				return r.c.Synced() && there
			})
			_, row := r.item("a")
			require.NotContains(t, row, "number")
			r.m.requireCopy(t, r.c)
		})
	}
}

func TestWhatIsNotInTheSchemaIsSaid(t *testing.T) {
	db := startDB(t, false)
	for text, tables := range map[string]map[string]Table{
		"table Nothing: not in the schema":                {"Nothing": {}},
		"column nothing of table Item: not in the schema": {"Item": {Columns: []string{"nothing"}}},
	} {
		withClient(t, Options{Address: db.Addr, Database: "Test", Tables: tables}, func(co *coroutine.Co, r *rig) {
			require.ErrorIs(t, r.awaitDown(co, text), ErrSchema)
		})
	}
	withClient(t, Options{Address: db.Addr, Database: "Nobody", Tables: allTables()}, func(co *coroutine.Co, r *rig) {
		require.ErrorIs(t, r.awaitDown(co, "unknown database"), ErrReply)
	})
}

func TestAPanicInAHandlerEndsRunAndIsNamed(t *testing.T) {
	db := startDB(t, false)
	boom := func(_ string, _ UUID, _, after Row) {
		if after.String("name") == "bomb" {
			panic("boom in the handler")
		}
	}
	withClient(t, Options{Address: db.Addr, OnUpdate: boom}, func(co *coroutine.Co, r *rig) {
		r.awaitSynced(co)
		_, err := r.c.Transact(co, Insert("Item", "", Row{"name": "bomb"}))
		require.ErrorIs(t, err, ErrDown)
		err = r.run.Wait(co)
		var p *coroutine.PanicError
		require.ErrorAs(t, err, &p)
		require.ErrorContains(t, err, "boom in the handler")
		require.ErrorContains(t, err, "client_test.go", "the stack leads to the fault")
		require.True(t, errors.Is(r.downs[0], p))
		require.False(t, r.c.Synced())
	})
}

func TestASilentServerIsProbedAndGivenUp(t *testing.T) {
	db := startDB(t, false)
	withClient(t, Options{Address: db.Addr, Probe: 50 * time.Millisecond}, func(co *coroutine.Co, r *rig) {
		r.awaitSynced(co)
		require.NoError(t, co.Sleep(500*time.Millisecond))
		require.Equal(t, 1, r.synced, "a server that answers is not given up: %v", r.downs)
		db.Pause()
		r.awaitDown(co, "no sign of life")
		db.Resume()
		r.await(co, func() bool { return r.synced == 2 })
	})
}

func TestTheServersProbeIsAnswered(t *testing.T) {
	asked := make(chan string, 10)
	addr := fakeServer(t, func(r fakeRequest) string {
		switch r.Method {
		case "monitor_cond_since":
			return r.result(`[false,"00000000-0000-0000-0000-000000000000",{}]`) +
				`{"method":"echo","id":["any",{"thing":1}],"params":["x"]}{"method":"what","id":7,"params":[]}`
		case "":
			asked <- string(r.ID)
		}
		return ""
	})
	withClient(t, Options{Address: addr}, func(co *coroutine.Co, r *rig) {
		r.awaitSynced(co)
		r.await(co, func() bool { return len(asked) == 2 })
		require.Equal(t, `["any",{"thing":1}]`, <-asked)
		require.Equal(t, `7`, <-asked)
	})
}
