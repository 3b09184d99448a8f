package dc

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/ovsdb"
)

// database is the model of ovsdb-server: rows by table and id, monitors of the first kind and of the one that goes on
// where it was (since.go), and the operations that agents use.
type database struct {
	w        *World
	tables   map[string]map[string]ovsdb.Row
	monitors []*monitor
	rows     int

	commits int
	last    string // transaction
	history []transaction
	old     bool // a version that knows the first kind of monitor only
}

// monitor is who is told of changes.
type monitor struct {
	c      *conn
	id     json.RawMessage
	tables map[string][]string
	since  bool // it is told by update3
}

func newDatabase(w *World) *database {
	return &database{w: w, tables: map[string]map[string]ovsdb.Row{}, last: zeroTxn, old: w.chance(20)}
}

// request is a message of JSON-RPC (RFC 7047 section 4).
type request struct {
	ID     json.RawMessage   `json:"id"`
	Method string            `json:"method"`
	Params []json.RawMessage `json:"params"`
}

// serve takes a message from an agent.
func (d *database) serve(c *conn, b []byte) {
	var r request
	if err := json.Unmarshal(b, &r); err != nil {
		d.w.fail("agent sends what is not JSON: %v: %s", err, b)
		return
	}
	switch r.Method {
	case "":
	case "echo":
		d.answer(c, r.ID, json.RawMessage(`[]`), nil)
	case "get_schema":
		d.answer(c, r.ID, schema, nil)
	case "monitor":
		d.answer(c, r.ID, d.whole(d.monitor(c, r.Params)), nil)
	case "monitor_cond_since":
		if d.old {
			d.unknown(c, r)
			return
		}
		if d.w.chance(20) {
			d.forget()
		}
		var since string
		if err := json.Unmarshal(r.Params[3], &since); err != nil {
			d.w.fail("monitor_cond_since: %v", err)
		}
		d.answer(c, r.ID, d.watchSince(d.monitor(c, r.Params), since), nil)
	case "transact":
		d.answer(c, r.ID, d.transact(r.Params[1:]), nil)
	default:
		d.unknown(c, r)
	}
}

func (d *database) unknown(c *conn, r request) {
	d.answer(c, r.ID, nil, map[string]string{"error": "unknown method", "details": r.Method})
}

// monitor begins one.
func (d *database) monitor(c *conn, params []json.RawMessage) *monitor {
	m := &monitor{c: c, id: params[1], tables: map[string][]string{}}
	var ask map[string]json.RawMessage
	if err := json.Unmarshal(params[2], &ask); err != nil {
		d.w.fail("monitor: %v", err)
	}
	for table, q := range ask {
		m.tables[table] = columns(q)
	}
	d.monitors = append(d.monitors, m)
	return m
}

// columns reads the columns of a monitor request, which is an object or a list of one.
func columns(q json.RawMessage) []string {
	var one struct {
		Columns []string `json:"columns"`
	}
	var list []json.RawMessage
	if json.Unmarshal(q, &list) == nil && len(list) > 0 {
		q = list[0]
	}
	_ = json.Unmarshal(q, &one) // nothing readable is no columns
	return one.Columns
}

func (d *database) answer(c *conn, id json.RawMessage, result, err any) {
	b, e := json.Marshal(map[string]any{"id": id, "result": result, "error": err})
	if e != nil {
		d.w.fail("database: %v", e)
	}
	c.reply(b)
}

func (d *database) leave(c *conn) {
	d.monitors = slices.DeleteFunc(d.monitors, func(m *monitor) bool { return m.c == c })
}

// view is a row as a monitor sees it; nil for a table that it does not watch.
func (m *monitor) view(table string, r ovsdb.Row) ovsdb.Row {
	cols, ok := m.tables[table]
	if !ok || r == nil {
		return nil
	}
	out := ovsdb.Row{}
	for _, c := range cols {
		switch v, ok := r[c]; {
		case ok:
			out[c] = v
		case c == "external_ids", c == "options":
			out[c] = ovsdb.Map{}
		case c == "type":
			out[c] = ""
		default:
			out[c] = ovsdb.Set{}
		}
	}
	return out
}

func (d *database) whole(m *monitor) any {
	out := map[string]map[string]any{}
	for table := range m.tables {
		for uuid, r := range d.tables[table] {
			if out[table] == nil {
				out[table] = map[string]any{}
			}
			out[table][uuid] = map[string]any{"new": m.view(table, r)}
		}
	}
	return out
}

// change is one row, nil where it is not.
type change struct {
	table, uuid   string
	before, after ovsdb.Row
}

// commit applies changes and tells of them.
func (d *database) commit(changes ...change) {
	for i := range changes {
		c := &changes[i]
		rows := d.tables[c.table]
		if rows == nil {
			rows = map[string]ovsdb.Row{}
			d.tables[c.table] = rows
		}
		if c.before = rows[c.uuid]; c.after == nil {
			delete(rows, c.uuid)
		} else {
			rows[c.uuid] = c.after
		}
	}
	d.remember(changes)
	for _, m := range slices.Clone(d.monitors) {
		if m.since {
			d.tellSince(m, changes)
		} else {
			d.tell(m, changes)
		}
	}
}

func (d *database) tell(m *monitor, changes []change) {
	out := map[string]map[string]any{}
	for _, c := range changes {
		before, after := m.view(c.table, c.before), m.view(c.table, c.after)
		if before == nil && after == nil {
			continue
		}
		row := map[string]any{}
		if before != nil {
			row["old"] = before
		}
		if after != nil {
			row["new"] = after
		}
		if out[c.table] == nil {
			out[c.table] = map[string]any{}
		}
		out[c.table][c.uuid] = row
	}
	if len(out) == 0 {
		return
	}
	b, err := json.Marshal(map[string]any{"id": nil, "method": "update", "params": []any{m.id, out}})
	if err != nil {
		d.w.fail("database: %v", err)
	}
	m.c.reply(b)
}

// newRow is a fresh row id.
func (d *database) newRow() string {
	d.rows++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", d.rows)
}

// find is the row of a table whose column has a text.
func (d *database) find(table, column, value string) (uuid string, r ovsdb.Row) {
	for _, id := range slices.Sorted(maps.Keys(d.tables[table])) {
		if d.tables[table][id].String(column) == value {
			return id, d.tables[table][id]
		}
	}
	return "", nil
}

// with is a copy of a row with other columns.
func with(r ovsdb.Row, set ovsdb.Row) ovsdb.Row {
	out := maps.Clone(r)
	if out == nil {
		out = ovsdb.Row{}
	}
	maps.Copy(out, set)
	return out
}
