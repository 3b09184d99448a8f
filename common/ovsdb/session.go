package ovsdb

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
)

// session is one connection. Nothing of it reaches the next one.
type session struct {
	c       *Client
	conn    netio.Conn
	schema  *Schema
	monitor *monitor
	waiting map[int64]replied
	heard   time.Time
	ended   *coroutine.Future[struct{}]
	dead    bool
}

// replied takes the result of a request, or why there is none. What it returns ends the session.
type replied func(result []byte, err error) error

// connect makes a connection and returns when it has ended, with the reason.
func (c *Client) connect(co *coroutine.Co, retry *time.Duration) (err error) {
	x := &session{c: c, waiting: map[int64]replied{}, heard: c.s.Now(), ended: coroutine.NewFuture[struct{}]()}
	sp := &splitter{limit: c.o.MessageMax}
	address, err := netio.ParseAddress(c.o.Address, DefaultPort)
	if err != nil {
		return err
	}
	conn, err := c.d.Dial(co, address.String(), netio.Handler{Split: sp.split, Message: x.message, Closed: x.fail})
	if err != nil {
		return err
	}
	x.conn = conn
	c.session = x
	defer func() { x.fail(errors.Join(err, co.Err())) }()
	if x.schema, err = c.Schema(co, c.o.Database); err != nil {
		return err
	}
	if c.schema != x.schema.sum {
		c.schema, c.rereads = x.schema.sum, true // what changed is not all, rows may have other columns
	}
	if err := c.inTurn(co, func() error { return x.watch(co) }); err != nil {
		return err
	}
	*retry = retryMin
	if err := x.relock(co); err != nil {
		return err
	}
	return x.probe(co)
}

// probe returns when the session has ended.
func (x *session) probe(co *coroutine.Co) error {
	for {
		_, err := x.ended.WaitTimeout(co, x.c.o.Probe)
		if co.Err() != nil || !errors.Is(err, coroutine.ErrTimeout) {
			return err
		}
		silence := co.Now().Sub(x.heard)
		switch {
		case silence >= probesToDie*x.c.o.Probe:
			return fmt.Errorf("no sign of life for %s", silence.Round(time.Millisecond))
		case silence >= x.c.o.Probe:
			x.send("echo", `"echo"`, []byte("[]"))
		}
	}
}

func (x *session) over() bool { return x.dead }

// fail ends the session; only the first reason counts.
func (x *session) fail(err error) {
	if x.dead {
		return
	}
	x.dead = true
	if x.conn != nil {
		x.conn.Close()
	}
	x.c.synced = false
	err = fmt.Errorf("%w: %w", ErrDown, err)
	for _, id := range slices.Sorted(maps.Keys(x.waiting)) {
		_ = x.waiting[id](nil, err) // it has ended already
	}
	if p := coroutine.Protect(x.c.locksLost); p != nil {
		err = fmt.Errorf("%w: %w", p, err)
	}
	x.ended.Resolve(struct{}{}, err)
}

// message takes one message.
func (x *session) message(b []byte) {
	if x.dead {
		return
	}
	x.heard = x.c.s.Now()
	var err error
	if p := coroutine.Protect(func() { err = x.handle(b) }); p != nil {
		x.c.s.Report("OVSDB", p)
		err = p
	}
	if err != nil {
		x.c.rereads = true // who knows what it would have told
		x.fail(err)
	}
}

// envelope is a JSON-RPC message: a request, a notification or a reply.
type envelope struct {
	method              string
	id, params          []byte
	result, err         []byte
	hasResult, hasError bool
}

func open(b []byte) (m envelope, err error) {
	s := &scanner{b: b}
	s.object(func(key []byte) {
		switch string(key) {
		case "method":
			m.method = s.text()
		case "id":
			m.id = s.skip()
		case "params":
			m.params = s.skip()
		case "result":
			m.result, m.hasResult = s.skip(), true
		case "error":
			m.err = s.skip()
			m.hasError = string(m.err) != "null"
		default:
			s.skip()
		}
	})
	return m, s.end()
}

func (x *session) handle(b []byte) error {
	m, err := open(b)
	if err != nil {
		return fmt.Errorf("message from OVSDB: %w", err)
	}
	switch m.method {
	case "":
		return x.reply(m)
	case "echo":
		x.answer(m.id, `"result":`+string(m.params)+`,"error":null`)
	case "update", "update2", "update3":
		err = x.updated(m.method, m.params)
	case "locked", "stolen":
		err = x.lockChanged(m.params, m.method == "locked")
	default:
		x.c.o.Logger.Debug("message from OVSDB passed over", "method", m.method)
		if len(m.id) > 0 && string(m.id) != "null" {
			x.answer(m.id, `"result":null,"error":"unknown method"`)
		}
	}
	if err != nil {
		return fmt.Errorf("%s from OVSDB: %w", m.method, err)
	}
	return nil
}

func (x *session) reply(m envelope) error {
	id, err := strconv.ParseInt(string(m.id), 10, 64)
	done := x.waiting[id]
	if err != nil || done == nil {
		return nil // of an echo, or nobody waits for it any more
	}
	delete(x.waiting, id)
	switch {
	case m.hasError:
		return done(nil, fmt.Errorf("%w: %s", ErrReply, reason(m.err)))
	case !m.hasResult:
		err := fmt.Errorf("reply from OVSDB: %w: neither a result nor an error", errValue)
		return errors.Join(err, done(nil, err))
	}
	return done(m.result, nil)
}

// reason is the text of an <error>, which is a string or an object (RFC 7047 section 3.1).
func reason(b []byte) string {
	var text string
	var object struct{ Error, Details string }
	switch {
	case json.Unmarshal(b, &text) == nil:
		return text
	case json.Unmarshal(b, &object) == nil && object.Error != "":
		return object.Error + ": " + object.Details
	}
	return string(b)
}

// request sends a request and returns its id; done takes the reply.
func (x *session) request(method string, params []byte, done replied) int64 {
	x.c.id++
	x.waiting[x.c.id] = done
	x.send(method, strconv.FormatInt(x.c.id, 10), params)
	return x.c.id
}

// cancel says that nobody waits for a reply any more.
func (x *session) cancel(id int64, method string) {
	delete(x.waiting, id)
	if method == "transact" && !x.dead {
		x.send("cancel", "null", fmt.Appendf(nil, "[%d]", id))
	}
}

func (x *session) send(method, id string, params []byte) {
	b := make([]byte, 0, len(params)+len(method)+len(id)+32)
	b = append(append(append(b, `{"method":"`...), method...), `","params":`...)
	b = append(append(append(b, params...), `,"id":`...), id...)
	x.conn.Send(append(b, '}'))
}

func (x *session) answer(id []byte, body string) {
	if len(id) == 0 {
		id = []byte("null")
	}
	x.conn.SendUrgent(fmt.Appendf(nil, `{"id":%s,%s}`, id, body)) // it must not look dead because much waits
}
