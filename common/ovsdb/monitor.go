package ovsdb

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// The ways to watch, best first: ovsdb-server(7) sections 4.1.15 and 4.1.12, RFC 7047 section 4.1.5.
const (
	monitorSince = "monitor_cond_since"
	monitorCond  = "monitor_cond"
	monitorPlain = "monitor"
)

// monitor is what a session watches.
type monitor struct {
	id     string
	method string
	tables map[string]Table
	cols   columns
}

// Watch changes what is copied. When it returns nil the copy is of tables; rows that it does not have any more were
// told as gone, and rows of it that it did not have as new. With ErrDown the change comes with the next connection;
// any other error leaves it as it was. Where only conditions changed, only the difference is sent.
func (c *Client) Watch(co *coroutine.Co, tables map[string]Table) error {
	before := c.o.Tables
	c.watches++
	mine := c.watches
	c.o.Tables, c.rereads = maps.Clone(tables), true
	err := c.inTurn(co, func() error {
		if x := c.session; x != nil && !x.over() && x.monitor != nil {
			return x.watch(co)
		}
		return ErrDown
	})
	if (errors.Is(err, ErrReply) || errors.Is(err, ErrSchema)) && mine == c.watches {
		c.o.Tables = before
	}
	return err
}

// inTurn runs fn while nobody else changes the monitor.
func (c *Client) inTurn(co *coroutine.Co, fn func() error) error {
	if co.Err() != nil { // it would take the turn and not have it
		return co.Err()
	}
	if err := c.turn.Wait(co); err != nil {
		return err
	}
	defer c.turn.Notify()
	return fn()
}

// watch makes the session watch what is wanted, in the best way that the server has.
func (x *session) watch(co *coroutine.Co) error {
	m, err := x.newMonitor()
	if err != nil {
		return err
	}
	if old := x.monitor; old != nil && old.method != monitorPlain && old.sameColumns(m) {
		return x.changeConditions(co, m)
	}
	var refusals []error
	for _, m.method = range []string{monitorSince, monitorCond, monitorPlain} {
		if m.method == monitorPlain && m.conditional() {
			return errors.Join(append(refusals, fmt.Errorf("%w: the server cannot watch by conditions", ErrReply))...)
		}
		err := x.start(co, m)
		if err == nil || !errors.Is(err, ErrReply) {
			return err
		}
		refusals = append(refusals, err)
	}
	return errors.Join(refusals...)
}

// newMonitor checks what is wanted against the schema.
func (x *session) newMonitor() (*monitor, error) {
	x.c.id++
	m := &monitor{id: "vlcp " + strconv.FormatInt(x.c.id, 10), tables: x.c.o.Tables, cols: columns{}}
	for _, name := range slices.Sorted(maps.Keys(m.tables)) {
		all := x.schema.Tables[name]
		if all == nil {
			return nil, fmt.Errorf("table %s: %w %s", name, ErrSchema, x.schema.Name)
		}
		if m.tables[name].Columns == nil {
			m.cols[name] = all
			continue
		}
		m.cols[name] = map[string]*Type{}
		for _, col := range m.tables[name].Columns {
			t := all[col]
			if t == nil {
				return nil, fmt.Errorf("column %s of table %s: %w %s", col, name, ErrSchema, x.schema.Name)
			}
			m.cols[name][col] = t
		}
	}
	return m, nil
}

func (m *monitor) sameColumns(o *monitor) bool {
	return maps.EqualFunc(m.cols, o.cols, func(a, b map[string]*Type) bool { return maps.Equal(a, b) })
}

func (m *monitor) conditional() bool {
	for _, t := range m.tables {
		if len(t.Where) > 0 {
			return true
		}
	}
	return false
}

// request is a <monitor-cond-request>, or with fewer members what else there is.
type request struct {
	Columns []string     `json:"columns,omitempty"`
	Where   *[]Condition `json:"where,omitempty"` // an empty array is all rows
}

func (m *monitor) requests(withColumns bool) map[string][]request {
	out := map[string][]request{}
	for name, t := range m.tables {
		var r request
		if withColumns {
			r.Columns = slices.Sorted(maps.Keys(m.cols[name]))
		}
		if m.method != monitorPlain {
			where := all(t.Where)
			r.Where = &where
		}
		out[name] = []request{r}
	}
	return out
}

// start has the server send what is watched, all of it or what changed since the copy was up to date.
func (x *session) start(co *coroutine.Co, m *monitor) error {
	c := x.c
	params := []any{c.o.Database, m.id, m.requests(true)}
	if m.method == monitorSince {
		since := c.lastID
		if c.rereads {
			since = zeroUUID
		}
		params = append(params, string(since))
	}
	mine := c.watches
	_, err := c.call(co, call{method: m.method, params: params, timeout: readTimeout, replied: func(b []byte) error {
		return x.started(m, b, mine)
	}})
	return err
}

// started takes the reply before any update that follows it.
func (x *session) started(m *monitor, b []byte, watch int) error {
	c := x.c
	s := &scanner{b: b}
	found, last := false, zeroUUID
	var changes []change
	if m.method == monitorSince {
		n := 0
		s.array(func() {
			switch n++; n {
			case 1:
				found = s.boolean()
			case 2:
				last = UUID(s.text())
			default:
				changes = s.updates(m.cols, true)
			}
		})
		if n != 3 {
			s.fail("three elements expected")
		}
	} else {
		changes = s.updates(m.cols, m.method == monitorCond)
	}
	if err := s.end(); err != nil {
		return err
	}
	old := x.monitor
	x.monitor = m
	if !found {
		c.cache.keepOnly(changes, c.o.OnUpdate)
	}
	if err := c.apply(changes, m, last); err != nil {
		return err
	}
	c.rereads = c.rereads && watch != c.watches
	if old != nil {
		id, _ := json.Marshal([]string{old.id})
		x.request("monitor_cancel", id, func([]byte, error) error { return nil }) // what it tells is passed over anyway
	}
	if !c.synced {
		c.synced = true
		c.o.OnSynced()
	}
	return nil
}

// changeConditions leaves the monitor and has the server send what its new conditions add and take away, which comes
// before the reply.
func (x *session) changeConditions(co *coroutine.Co, m *monitor) error {
	c, old := x.c, x.monitor
	m.method = old.method
	mine := c.watches
	_, err := c.call(co, call{method: "monitor_cond_change", params: []any{old.id, old.id, m.requests(false)},
		replied: func([]byte) error {
			old.tables = m.tables
			c.rereads = c.rereads && mine != c.watches
			return nil
		}})
	return err
}

// updated takes an update, update2 or update3 notification.
func (x *session) updated(method string, params []byte) error {
	var parts [][]byte
	s := &scanner{b: params}
	s.array(func() { parts = append(parts, s.skip()) })
	last, want := zeroUUID, 2
	if method == "update3" {
		want = 3
	}
	if s.err == nil && len(parts) != want {
		s.fail("wrong number of elements")
	}
	if err := s.end(); err != nil {
		return err
	}
	id := &scanner{b: parts[0]}
	if m := x.monitor; m == nil || id.peek() != '"' || id.text() != m.id {
		return id.err // of a monitor that was replaced
	}
	if method == "update3" {
		id = &scanner{b: parts[1]}
		if last = UUID(id.text()); id.err != nil {
			return id.err
		}
	}
	s = &scanner{b: parts[want-1]}
	changes := s.updates(x.monitor.cols, method != "update")
	if err := s.end(); err != nil {
		return err
	}
	return x.c.apply(changes, x.monitor, last)
}

func (c *Client) apply(changes []change, m *monitor, last UUID) error {
	if err := c.cache.apply(changes, m.cols, c.o.OnUpdate); err != nil {
		return err
	}
	c.lastID = last
	c.o.OnBatch()
	return nil
}
