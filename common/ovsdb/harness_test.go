package ovsdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// testSchema has a column of every form.
const testSchema = `{"name":"Test","version":"1.2.3","tables":{
"Item":{"isRoot":true,"indexes":[["name"]],"columns":{
 "name":{"type":"string"},
 "number":{"type":"integer"},
 "weight":{"type":"real"},
 "on":{"type":"boolean"},
 "owner":{"type":{"key":"string","min":0,"max":1}},
 "limit":{"type":{"key":"integer","min":0,"max":1}},
 "tags":{"type":{"key":"string","min":0,"max":"unlimited"}},
 "numbers":{"type":{"key":"integer","min":0,"max":"unlimited"}},
 "reals":{"type":{"key":"real","min":0,"max":"unlimited"}},
 "flags":{"type":{"key":"boolean","min":0,"max":2}},
 "peers":{"type":{"key":{"type":"uuid","refTable":"Item","refType":"weak"},"min":0,"max":"unlimited"}},
 "notes":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},
 "queues":{"type":{"key":"integer","value":"string","min":0,"max":"unlimited"}},
 "links":{"type":{"key":"integer","value":{"type":"uuid","refTable":"Item","refType":"weak"},
  "min":0,"max":"unlimited"}}}},
"Other":{"isRoot":true,"columns":{"text":{"type":"string"}}}}}`

// allTables is everything of testSchema.
func allTables() map[string]Table { return map[string]Table{"Item": {}, "Other": {}} }

func parseSchema(t testing.TB) *Schema {
	t.Helper()
	var s Schema
	require.NoError(t, json.Unmarshal([]byte(testSchema), &s))
	return &s
}

// mirror builds the copy a second time from the updates alone.
type mirror map[string]Row

func (m mirror) update(table string, uuid UUID, before, after Row) {
	k := table + "/" + string(uuid)
	if !m[k].Equal(before) || (before == nil && after == nil) || (before != nil && before.Equal(after)) {
		panic(fmt.Sprint("update does not start where the last one ended, or is none: ", k))
	}
	if after == nil {
		delete(m, k)
	} else {
		m[k] = after
	}
}

// requireCopy checks that the updates tell the whole copy.
func (m mirror) requireCopy(t *testing.T, c *Client) {
	t.Helper()
	n := 0
	for table := range c.cache {
		c.Each(table, func(u UUID, r Row) {
			n++
			require.True(t, r.Equal(m[table+"/"+string(u)]), "%s %s", table, u)
		})
	}
	require.Len(t, m, n)
}

// rig is a client under test, on a scheduler of its own.
type rig struct {
	t       *testing.T
	s       *coroutine.Scheduler
	c       *Client
	m       mirror
	changed *coroutine.Signal
	wire    *recorder
	downs   []error
	synced  int // how often
	locks   []string
	run     *coroutine.Task
}

// withClient runs body beside a client.
func withClient(t *testing.T, o Options, body func(co *coroutine.Co, r *rig)) {
	t.Helper()
	s := coroutine.New(coroutine.Options{})
	r := &rig{t: t, s: s, m: mirror{}, changed: coroutine.NewSignal(s), wire: &recorder{Dialer: netio.NewDialer(s)}}
	if o.Tables == nil {
		o.Database, o.Tables = "Test", allTables()
	}
	if o.OnUpdate == nil {
		o.OnUpdate = r.m.update
	}
	o.OnBatch = r.changed.Notify
	o.OnSynced = func() { r.synced++; r.changed.Notify() }
	o.OnDown = func(err error) { r.downs = append(r.downs, err); r.changed.Notify() }
	o.OnLock = func(name string, held bool) {
		r.locks = append(r.locks, fmt.Sprint(name, " ", held))
		r.changed.Notify()
	}
	r.c = New(s, r.wire, o)
	r.run = s.Go("ovsdb", r.c.Run, coroutine.Daemon())
	s.Go("test", func(co *coroutine.Co) error {
		body(co, r)
		return nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), 120*time.Second)
	defer cancel()
	require.NoError(t, s.Run(ctx))
}

// await waits until ok.
func (r *rig) await(co *coroutine.Co, ok func() bool) {
	r.t.Helper()
	for end := co.Now().Add(20 * time.Second); !ok(); {
		require.True(r.t, co.Now().Before(end), "did not happen in time; down: %v", r.downs)
		_ = r.changed.WaitTimeout(co, 20*time.Millisecond)
	}
}

func (r *rig) awaitSynced(co *coroutine.Co) { r.t.Helper(); r.await(co, r.c.Synced) }

// awaitDown waits until the connection was lost for a reason with this text, and returns it.
func (r *rig) awaitDown(co *coroutine.Co, text string) (err error) {
	r.t.Helper()
	r.await(co, func() bool {
		i := slices.IndexFunc(r.downs, func(e error) bool { return strings.Contains(e.Error(), text) })
		if i >= 0 {
			err = r.downs[i]
		}
		return i >= 0
	})
	return err
}

// item finds a row by its name.
func (r *rig) item(name string) (uuid UUID, row Row) {
	r.c.Each("Item", func(u UUID, x Row) {
		if x.String("name") == name {
			uuid, row = u, x
		}
	})
	return uuid, row
}

func (r *rig) transact(co *coroutine.Co, ops ...Op) []*Result {
	r.t.Helper()
	res, err := r.c.Transact(co, ops...)
	require.NoError(r.t, err)
	return res
}

// recorder is a dialer that keeps what came, and can cut the connection.
type recorder struct {
	netio.Dialer
	conn    netio.Conn
	came    []string
	refuses bool
}

func (d *recorder) Dial(co *coroutine.Co, address string, h netio.Handler) (netio.Conn, error) {
	if d.refuses {
		return nil, errors.New("refused by the test")
	}
	inner := h.Message
	h.Message = func(b []byte) {
		d.came = append(d.came, string(b))
		inner(b)
	}
	var err error
	d.conn, err = d.Dialer.Dial(co, address, h)
	return d.conn, err
}

func (d *recorder) cut() { d.conn.Close() }

// proxy stands between a client and a server and ends connections after so many bytes.
type proxy struct {
	addr  string
	limit atomic.Int64 // bytes from the server on each connection; 0 is no limit
	mu    sync.Mutex
	conns []net.Conn
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	dir, err := os.MkdirTemp("", "proxy")
	require.NoError(t, err)
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	require.NoError(t, err)
	p := &proxy{addr: "unix:" + l.Addr().String()}
	t.Cleanup(func() {
		_ = l.Close()
		p.cut()
		_ = os.RemoveAll(dir)
	})
	go func() {
		for {
			down, err := l.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("unix", strings.TrimPrefix(server, "unix:"))
			if err != nil {
				_ = down.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, down, up)
			p.mu.Unlock()
			go p.pass(down, up, p.limit.Load())
		}
	}()
	return p
}

func (p *proxy) pass(down, up net.Conn, limit int64) {
	go func() { _, _ = io.Copy(up, down) }()
	if limit == 0 {
		limit = 1 << 62
	}
	_, _ = io.CopyN(down, up, limit)
	_ = down.Close()
	_ = up.Close()
}

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

// fakeRequest is what a client sent to a fake server.
type fakeRequest struct {
	Method string            `json:"method"`
	ID     json.RawMessage   `json:"id"`
	Params []json.RawMessage `json:"params"`
}

// result is the text of a reply to r.
func (r fakeRequest) result(text string) string {
	return `{"id":` + string(r.ID) + `,"error":null,"result":` + text + `}`
}

func (r fakeRequest) refusal(text string) string {
	return `{"id":` + string(r.ID) + `,"error":` + text + `}`
}

// monitorID is the id in the parameters of a monitor request.
func (r fakeRequest) monitorID() string { return string(r.Params[1]) }

// fakeServer answers with what handle returns, "" for nothing. get_schema it answers itself.
func fakeServer(t *testing.T, handle func(r fakeRequest) string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fake")
	require.NoError(t, err)
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close(); _ = os.RemoveAll(dir) })
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			go serveFake(nc, handle)
		}
	}()
	return "unix:" + l.Addr().String()
}

func serveFake(nc net.Conn, handle func(r fakeRequest) string) {
	defer nc.Close() //nolint:errcheck // the client has gone, or is to go
	for dec := json.NewDecoder(nc); ; {
		var r fakeRequest
		if dec.Decode(&r) != nil {
			return
		}
		answer := ""
		if r.Method == "get_schema" {
			answer = r.result(testSchema)
		} else {
			answer = handle(r)
		}
		if answer == "hang up" {
			return
		}
		if _, err := nc.Write([]byte(answer)); err != nil {
			return
		}
	}
}

func startDB(t *testing.T, clustered bool) *ovstest.Database {
	t.Helper()
	return ovstest.StartDatabase(t, testSchema, clustered)
}
