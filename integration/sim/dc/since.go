package dc

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/vlcp-go/vlcp/common/ovsdb"
)

// historyMax is how many transactions a database remembers.
const historyMax = 50

// zeroTxn is the transaction of who has nothing yet.
const zeroTxn = "00000000-0000-0000-0000-000000000000"

// transaction is a commit that the database remembers, for those who come back.
type transaction struct {
	id      string
	changes []change
}

// remember gives a commit an id and keeps it.
func (d *database) remember(changes []change) {
	d.commits++
	d.last = fmt.Sprintf("00000000-0000-4000-9000-%012d", d.commits)
	d.history = append(d.history, transaction{d.last, slices.Clone(changes)})
	if len(d.history) > historyMax {
		d.history = slices.Delete(d.history, 0, len(d.history)-historyMax)
	}
}

// forget is a restart of the server, which knows its rows afterwards, but not how it came to them.
func (d *database) forget() { d.history = nil }

// watchSince answers monitor_cond_since (ovsdb-server(7) section 4.1.15): with what changed since a transaction, or if
// that is forgotten, with everything.
func (d *database) watchSince(m *monitor, since string) any {
	m.since = true
	i := slices.IndexFunc(d.history, func(t transaction) bool { return t.id == since })
	if i < 0 && (since != d.last || since == zeroTxn) {
		return []any{false, d.last, d.initial(m)}
	}
	return []any{true, d.last, m.updates2(d.netSince(i + 1))}
}

// initial is all rows as table-updates2.
func (d *database) initial(m *monitor) any {
	out := map[string]map[string]any{}
	for table := range m.tables {
		for uuid, r := range d.tables[table] {
			put(out, table, uuid, map[string]any{"initial": m.view(table, r)})
		}
	}
	return out
}

// netSince is what became of each row from a transaction of the history on.
func (d *database) netSince(from int) []change {
	if len(d.history) == 0 {
		return nil
	}
	net := map[string]change{}
	for _, t := range d.history[from:] {
		for _, c := range t.changes {
			if first, ok := net[c.uuid]; ok {
				c.before = first.before
			}
			net[c.uuid] = c
		}
	}
	out := make([]change, 0, len(net))
	for _, uuid := range slices.Sorted(maps.Keys(net)) {
		out = append(out, net[uuid])
	}
	return out
}

// updates2 is changes as table-updates2: of a row that was there before, only what is different.
func (m *monitor) updates2(changes []change) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, c := range changes {
		before, after := m.view(c.table, c.before), m.view(c.table, c.after)
		switch {
		case before == nil && after == nil:
		case before == nil:
			put(out, c.table, c.uuid, map[string]any{"insert": after})
		case after == nil:
			put(out, c.table, c.uuid, map[string]any{"delete": nil})
		default:
			if diff := different(before, after); len(diff) > 0 {
				put(out, c.table, c.uuid, map[string]any{"modify": diff})
			}
		}
	}
	return out
}

func put(out map[string]map[string]any, table, uuid string, row any) {
	if out[table] == nil {
		out[table] = map[string]any{}
	}
	out[table][uuid] = row
}

// different is the columns that differ: of a map the pairs, of a set the elements, that came or went.
func different(before, after ovsdb.Row) ovsdb.Row {
	out := ovsdb.Row{}
	for col, now := range after {
		was := before[col]
		if reflect.DeepEqual(was, now) {
			continue
		}
		out[col] = now
		switch now := now.(type) {
		case ovsdb.Map:
			old, _ := was.(ovsdb.Map)
			out[col] = differentPairs(old, now)
		case ovsdb.Set:
			if old, _ := was.(ovsdb.Set); col == "ports" || col == "interfaces" { // others have one element at most
				out[col] = differentElements(old, now)
			}
		}
	}
	return out
}

func differentPairs(old, now ovsdb.Map) ovsdb.Map {
	out := ovsdb.Map{}
	for k, v := range old {
		if _, there := now[k]; !there {
			out[k] = v
		}
	}
	for k, v := range now {
		if was, there := old[k]; !there || was != v {
			out[k] = v
		}
	}
	return out
}

func differentElements(old, now ovsdb.Set) ovsdb.Set {
	out := ovsdb.Set{}
	for _, pair := range [2][2]ovsdb.Set{{old, now}, {now, old}} {
		for _, v := range pair[0] {
			if !slices.Contains(pair[1], v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// tellSince notifies a monitor of monitor_cond_since, also of a transaction that changed nothing that it watches.
func (d *database) tellSince(m *monitor, changes []change) {
	b, err := json.Marshal(map[string]any{"id": nil, "method": "update3",
		"params": []any{m.id, d.last, m.updates2(changes)}})
	if err != nil {
		d.w.fail("database: %v", err)
	}
	m.c.reply(b)
}
