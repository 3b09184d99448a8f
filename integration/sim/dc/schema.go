package dc

import "encoding/json"

// schema is what the model's database says of itself (RFC 7047 section 3.2): the tables and columns of Open vSwitch
// that agents look at.
var schema = func() json.RawMessage {
	texts := map[string]any{"key": "string", "value": "string", "min": 0, "max": "unlimited"}
	rows := func(table string) map[string]any {
		return map[string]any{"key": map[string]string{"type": "uuid", "refTable": table}, "min": 0, "max": "unlimited"}
	}
	maybe := func(kind string) map[string]any { return map[string]any{"key": kind, "min": 0, "max": 1} }
	tables := map[string]any{}
	for table, columns := range map[string]map[string]any{
		"Open_vSwitch": {"external_ids": texts, "other_config": texts},
		"Bridge":       {"name": "string", "ports": rows("Port")},
		"Port":         {"name": "string", "interfaces": rows("Interface")},
		"Interface": {"name": "string", "type": "string", "external_ids": texts, "options": texts,
			"ofport": maybe("integer"), "mtu": maybe("integer"), "error": maybe("string")},
	} {
		typed := map[string]any{}
		for c, kind := range columns {
			typed[c] = map[string]any{"type": kind}
		}
		tables[table] = map[string]any{"columns": typed}
	}
	b, err := json.Marshal(map[string]any{"name": "Open_vSwitch", "version": "8.3.1", "tables": tables})
	if err != nil {
		panic(err)
	}
	return b
}()
