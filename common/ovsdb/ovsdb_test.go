package ovsdb

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// mirror builds the copy a second time from the updates alone.
type mirror map[string]Row

func (m mirror) update(table, uuid string, before, after Row) {
	k := table + "/" + uuid
	if !m[k].Equal(before) && !(before == nil && m[k] == nil) {
		panic(fmt.Sprint("update does not start where the last one ended: ", k))
	}
	if after == nil {
		delete(m, k)
	} else {
		m[k] = after
	}
}

func withDB(t *testing.T, sw *ovstest.Switch, body func(co *coroutine.Co, c *Client, m mirror,
	changed *coroutine.Signal)) {
	t.Helper()
	s := coroutine.New(coroutine.Options{})
	m, changed := mirror{}, coroutine.NewSignal(s)
	c := New(s, netio.NewDialer(s), Options{Address: sw.DB, OnUpdate: m.update, OnBatch: changed.Notify,
		OnSynced: changed.Notify,
		Tables: map[string][]string{"Bridge": {"name", "ports"}, "Port": {"name", "interfaces"},
			"Interface": {"name", "ofport", "external_ids", "error"}, "Open_vSwitch": {"external_ids", "ovs_version"}}})
	s.Go("ovsdb", c.Run, coroutine.Daemon())
	s.Go("test", func(co *coroutine.Co) error {
		body(co, c, m, changed)
		return nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	require.NoError(t, s.Run(ctx))
}

// await waits until ok.
func await(t *testing.T, co *coroutine.Co, changed *coroutine.Signal, ok func() bool) {
	t.Helper()
	for end := co.Now().Add(20 * time.Second); !ok(); {
		require.True(t, co.Now().Before(end), "did not happen in time")
		_ = changed.WaitTimeout(co, 100*time.Millisecond)
	}
}

func iface(c *Client, name string) (uuid string, row Row) {
	c.Each("Interface", func(u string, r Row) {
		if r.String("name") == name {
			uuid, row = u, r
		}
	})
	return uuid, row
}

func TestCopyFollowsTheServerAndSurvivesARestart(t *testing.T) {
	sw := ovstest.Start(t)
	sw.Bridge("br0")
	withDB(t, sw, func(co *coroutine.Co, c *Client, m mirror, changed *coroutine.Signal) {
		await(t, co, changed, c.Synced)
		sw.Vsctl("add-port", "br0", "p1", "--", "set", "interface", "p1", "type=dummy", "external_ids:iface-id=web1")
		await(t, co, changed, func() bool {
			_, r := iface(c, "p1")
			n, ok := r.Int("ofport")
			return ok && n > 0 && r.Map("external_ids")["iface-id"] == "web1"
		})
		sw.StopDB()
		await(t, co, changed, func() bool { return !c.Synced() })
		sw.StartDB()
		sw.Vsctl("del-port", "br0", "p1", "--", "add-port", "br0", "p2", "--", "set", "interface", "p2", "type=dummy")
		await(t, co, changed, func() bool {
			_, gone := iface(c, "p1")
			_, there := iface(c, "p2")
			return gone == nil && there != nil
		})
		n := 0
		for _, table := range []string{"Bridge", "Port", "Interface", "Open_vSwitch"} {
			c.Each(table, func(u string, r Row) {
				n++
				require.True(t, r.Equal(m[table+"/"+u]))
			})
		}
		require.Len(t, m, n)
	})
}

func TestTransact(t *testing.T) {
	sw := ovstest.Start(t)
	sw.Bridge("br0")
	withDB(t, sw, func(co *coroutine.Co, c *Client, _ mirror, changed *coroutine.Signal) {
		await(t, co, changed, c.Synced)
		u, _ := iface(c, "br0")
		_, err := c.Transact(co, SetKey("Interface", u, "external_ids", "vlcp-claim", "a:1"))
		require.NoError(t, err)
		_, err = c.Transact(co, SetKey("Interface", u, "external_ids", "vlcp-claim", "a:2"))
		require.NoError(t, err)
		await(t, co, changed, func() bool {
			_, r := iface(c, "br0")
			return r.Map("external_ids")["vlcp-claim"] == "a:2"
		})
		res, err := c.Transact(co, Select("Interface", ByUUID(u), "name"))
		require.NoError(t, err)
		require.Equal(t, "br0", res[0].Rows[0].String("name"))
		_, err = c.Transact(co, Update("Interface", u, Row{"no_such_column": "x"}))
		var oe *OpError
		require.ErrorAs(t, err, &oe)
		require.Zero(t, oe.Index)
		require.Contains(t, err.Error(), "update Interface")
	})
}

func TestValues(t *testing.T) {
	var r Row
	require.NoError(t, json.Unmarshal([]byte(`{"a":"x","n":5,"f":1.5,"u":["uuid","123"],
		"s":["set",[["uuid","1"],["uuid","2"]]],
		"m":["map",[["k","v"],["l",3]]],"e":["set",[]],"b":true}`), &r))
	require.Equal(t, Row{"a": "x", "n": int64(5), "f": 1.5, "u": UUID("123"), "s": Set{UUID("1"), UUID("2")},
		"m": Map{"k": "v", "l": "3"}, "e": Set{}, "b": true}, r)
	require.Equal(t, []string{"1", "2"}, r.UUIDs("s"))
	require.Equal(t, []string{"123"}, r.UUIDs("u"))
	for _, bad := range []string{`{"a":["nonsense",1]}`, `{"a":["map",[1]]}`, `{"a":[]}`, `[]`} {
		require.Error(t, json.Unmarshal([]byte(bad), &r))
	}
}

func TestSplitter(t *testing.T) {
	stream := []byte(`{"a":"}\"]{"}` + "\n" + ` {"b":[1,{"c":2}]}`)
	for cut := range stream {
		s := &splitter{}
		n, err := s.split(stream[:cut])
		require.NoError(t, err)
		if n == 0 {
			n, err = s.split(stream)
			require.NoError(t, err)
		}
		require.Equal(t, 13, n)
		m, err := s.split(stream[n:])
		require.NoError(t, err)
		require.Equal(t, len(stream)-13, m)
	}
	_, err := (&splitter{}).split([]byte("HTTP/1.1"))
	require.Error(t, err)
	_, err = (&splitter{}).split([]byte("}"))
	require.Error(t, err)
}

func FuzzRow(f *testing.F) {
	f.Add([]byte(`{"m":["map",[["k","v"]]]}`))
	f.Fuzz(func(_ *testing.T, b []byte) {
		var u tableUpdates
		_ = json.Unmarshal(b, &u)
		var r Row
		_ = json.Unmarshal(b, &r)
		_, _ = (&splitter{}).split(b)
	})
}
