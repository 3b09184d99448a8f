package dc

import (
	"encoding/json"
	"maps"

	"github.com/vlcp-go/vlcp/common/ovsdb"
)

// operation is one of a transaction, as far as agents use them (RFC 7047 section 5.2).
type operation struct {
	Op        string               `json:"op"`
	Table     string               `json:"table"`
	Where     [][3]json.RawMessage `json:"where"`
	Mutations [][3]json.RawMessage `json:"mutations"`
}

// transact does operations: changes of maps in rows that are named by their id.
func (d *database) transact(ops []json.RawMessage) []any {
	var results []any
	var changes []change
	for _, raw := range ops {
		var o operation
		if err := json.Unmarshal(raw, &o); err != nil {
			return append(results, map[string]string{"error": "syntax error", "details": err.Error()})
		}
		switch o.Op {
		case "mutate":
			uuid := o.row()
			r := d.tables[o.Table][uuid]
			if r == nil {
				results = append(results, map[string]int{"count": 0})
				continue
			}
			for _, m := range o.Mutations {
				r = mutate(r, m)
			}
			changes = append(changes, change{table: o.Table, uuid: uuid, after: r})
			results = append(results, map[string]int{"count": 1})
		case "comment", "assert", "wait":
			results = append(results, map[string]any{})
		default:
			d.w.fail("database: operation %s is not in the model", o.Op)
		}
	}
	d.commit(changes...)
	return results
}

// row is the id that the condition _uuid == names.
func (o *operation) row() string {
	for _, c := range o.Where {
		var id [2]string
		if json.Unmarshal(c[2], &id) == nil && id[0] == "uuid" {
			return id[1]
		}
	}
	return ""
}

// mutate puts keys into a map column, or takes them out.
func mutate(r ovsdb.Row, m [3]json.RawMessage) ovsdb.Row {
	var column, mutator string
	_, _ = json.Unmarshal(m[0], &column), json.Unmarshal(m[1], &mutator) // texts, or the row stays as it is
	old, _ := r[column].(ovsdb.Map)
	out := maps.Clone(old)
	if out == nil {
		out = ovsdb.Map{}
	}
	var value [2]json.RawMessage
	_ = json.Unmarshal(m[2], &value)
	if mutator == "delete" {
		var keys []string
		if json.Unmarshal(value[1], &keys) != nil || json.Unmarshal(m[2], new(string)) == nil {
			keys = []string{unquote(m[2])}
		}
		for _, k := range keys {
			delete(out, k)
		}
	} else {
		var pairs [][2]string
		_ = json.Unmarshal(value[1], &pairs)
		for _, p := range pairs {
			if _, there := out[p[0]]; !there {
				out[p[0]] = p[1]
			}
		}
	}
	return with(r, ovsdb.Row{column: out})
}

func unquote(b json.RawMessage) string {
	var s string
	if json.Unmarshal(b, &s) != nil {
		return string(b)
	}
	return s
}
