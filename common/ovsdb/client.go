package ovsdb

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
)

const (
	replyTimeout = 10 * time.Second
	echoInterval = 5 * time.Second
	silenceLimit = 20 * time.Second
	retryMin     = 50 * time.Millisecond
	retryMax     = 2 * time.Second
)

// Errors of the client.
var (
	ErrDown  = errors.New("OVSDB connection is down")
	ErrReply = errors.New("OVSDB replied with an error")
)

// Options of a Client. The functions run on the scheduler.
type Options struct {
	Address  string
	Database string              // "" means Open_vSwitch
	Tables   map[string][]string // what is copied: columns by table
	// OnUpdate tells of a row that came (before is nil), went (after is nil) or changed.
	OnUpdate func(table, uuid string, before, after Row)
	// OnBatch is called after the updates of one message from the server, which are one transaction.
	OnBatch func()
	// OnSynced is called when the copy is complete, after every connect.
	OnSynced func()
	// OnDown is told why there is no connection.
	OnDown func(err error)
	Logger *slog.Logger
}

// Client is a connection that is kept up, and a copy. It is used on the scheduler.
type Client struct {
	o       Options
	d       netio.Dialer
	s       *coroutine.Scheduler
	conn    netio.Conn
	id      int64
	waiting map[string]*coroutine.Future[json.RawMessage]
	cache   map[string]map[string]Row
	heard   time.Time
	ended   *coroutine.Future[struct{}]
	synced  bool
}

// New returns a client; Run connects.
func New(s *coroutine.Scheduler, d netio.Dialer, o Options) *Client {
	if o.Database == "" {
		o.Database = "Open_vSwitch"
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	for _, f := range []*func(){&o.OnBatch, &o.OnSynced} {
		if *f == nil {
			*f = func() {}
		}
	}
	if o.OnDown == nil {
		o.OnDown = func(error) {}
	}
	return &Client{o: o, d: d, s: s, cache: map[string]map[string]Row{}}
}

// Run keeps the connection up, for ever.
func (c *Client) Run(co *coroutine.Co) error {
	retry := retryMin
	for {
		err := c.session(co, &retry)
		if co.Err() != nil {
			return co.Err()
		}
		c.o.OnDown(fmt.Errorf("OVSDB at %s: %w", c.o.Address, err))
		if err := co.Sleep(retry); err != nil {
			return err
		}
		retry = min(2*retry, retryMax)
	}
}

// Synced reports whether there is a connection and the copy is complete.
func (c *Client) Synced() bool { return c.synced }

// Row returns a row of the copy, nil when there is none.
func (c *Client) Row(table, uuid string) Row { return c.cache[table][uuid] }

// Each calls fn for every row of a table of the copy, in the order of their ids.
func (c *Client) Each(table string, fn func(uuid string, r Row)) {
	for _, u := range slices.Sorted(maps.Keys(c.cache[table])) {
		fn(u, c.cache[table][u])
	}
}

func (c *Client) session(co *coroutine.Co, retry *time.Duration) error {
	c.waiting = map[string]*coroutine.Future[json.RawMessage]{}
	c.ended = coroutine.NewFuture[struct{}]()
	ended, sp := c.ended, &splitter{}
	conn, err := c.d.Dial(co, c.o.Address, netio.Handler{Split: sp.split, Message: c.message,
		Closed: func(err error) { c.closed(ended, err) }})
	if err != nil {
		return err
	}
	c.conn = conn
	defer conn.Close()
	c.heard = co.Now()
	if err := c.monitor(co); err != nil {
		return err
	}
	*retry = retryMin
	return c.watch(co, ended)
}

// watch returns when the session has ended.
func (c *Client) watch(co *coroutine.Co, ended *coroutine.Future[struct{}]) error {
	for {
		_, err := ended.WaitTimeout(co, echoInterval)
		if co.Err() != nil || !errors.Is(err, coroutine.ErrTimeout) {
			return err
		}
		if silence := co.Now().Sub(c.heard); silence > silenceLimit {
			c.closed(ended, fmt.Errorf("no sign of life for %s", silence.Round(time.Second)))
			continue
		}
		c.send(message{ID: json.RawMessage(`"echo"`), Method: "echo", Params: json.RawMessage("[]")})
	}
}

func (c *Client) closed(ended *coroutine.Future[struct{}], err error) {
	if ended != c.ended || ended.Done() {
		return // of an earlier session
	}
	c.synced = false
	down := fmt.Errorf("%w: %w", ErrDown, err)
	for _, w := range c.waiting {
		w.Resolve(nil, down)
	}
	c.waiting = map[string]*coroutine.Future[json.RawMessage]{}
	ended.Resolve(struct{}{}, down)
}

func (c *Client) send(m message) {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // every part is JSON already
	}
	c.conn.Send(b)
}

// call sends a request and waits for its reply.
func (c *Client) call(co *coroutine.Co, method string, params any) (json.RawMessage, error) {
	if c.conn == nil || c.ended.Done() {
		return nil, ErrDown
	}
	p, err := json.Marshal(params)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", method, err)
	}
	c.id++
	id := strconv.FormatInt(c.id, 10)
	f := coroutine.NewFuture[json.RawMessage]()
	c.waiting[id] = f
	c.send(message{ID: json.RawMessage(id), Method: method, Params: p})
	r, err := f.WaitTimeout(co, replyTimeout)
	delete(c.waiting, id)
	return r, err
}

func (c *Client) monitor(co *coroutine.Co) error {
	request := map[string]any{}
	for table, cols := range c.o.Tables {
		request[table] = map[string]any{"columns": cols}
	}
	r, err := c.call(co, "monitor", []any{c.o.Database, "vlcp", request})
	if err != nil {
		return fmt.Errorf("monitor: %w", err)
	}
	var all tableUpdates
	if err := json.Unmarshal(r, &all); err != nil {
		return fmt.Errorf("monitor: %w", err)
	}
	c.dropMissing(all)
	c.update(all)
	c.synced = true
	c.o.OnSynced()
	return nil
}

// dropMissing tells of the rows that went while there was no connection.
func (c *Client) dropMissing(all tableUpdates) {
	for table, rows := range c.cache {
		for _, uuid := range slices.Sorted(maps.Keys(rows)) {
			if _, still := all[table][uuid]; !still {
				old := rows[uuid]
				delete(rows, uuid)
				c.o.OnUpdate(table, uuid, old, nil)
			}
		}
	}
}

func (c *Client) update(u tableUpdates) {
	for _, table := range slices.Sorted(maps.Keys(u)) {
		rows := c.cache[table]
		if rows == nil {
			rows = map[string]Row{}
			c.cache[table] = rows
		}
		for _, uuid := range slices.Sorted(maps.Keys(u[table])) {
			before, after := rows[uuid], u[table][uuid].New
			switch {
			case after == nil:
				delete(rows, uuid)
			case before != nil && before.Equal(after):
				continue
			default:
				rows[uuid] = after
			}
			c.o.OnUpdate(table, uuid, before, after)
		}
	}
	c.o.OnBatch()
}

func (c *Client) message(b []byte) {
	c.heard = c.s.Now()
	var m message
	if err := json.Unmarshal(b, &m); err != nil {
		c.o.Logger.Warn("message from OVSDB passed over", "error", err)
		return
	}
	switch {
	case m.Method == "echo":
		c.send(message{ID: m.ID, Result: m.Params, Error: json.RawMessage("null")})
	case m.Method == "update":
		c.notified(m.Params)
	case m.Method == "":
		c.replied(m)
	}
}

func (c *Client) notified(params json.RawMessage) {
	var p []json.RawMessage
	var u tableUpdates
	err := json.Unmarshal(params, &p)
	if err == nil && len(p) == 2 {
		err = json.Unmarshal(p[1], &u)
	}
	if err != nil {
		c.o.Logger.Warn("update from OVSDB unreadable, reading everything again", "error", err)
		c.conn.Close()
		return
	}
	c.update(u)
}

func (c *Client) replied(m message) {
	w := c.waiting[string(m.ID)]
	if w == nil {
		return
	}
	if len(m.Error) > 0 && string(m.Error) != "null" {
		w.Resolve(nil, fmt.Errorf("%w: %s", ErrReply, m.Error))
		return
	}
	w.Resolve(m.Result, nil)
}

// Transact runs ops as one transaction: all of them are applied, or none and the error says which one was refused.
func (c *Client) Transact(co *coroutine.Co, ops ...Op) ([]*Result, error) {
	params := []any{c.o.Database}
	for _, o := range ops {
		params = append(params, o)
	}
	r, err := c.call(co, "transact", params)
	if err != nil {
		return nil, err
	}
	var results []*Result
	if err := json.Unmarshal(r, &results); err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	return results, check(ops, results)
}
