package ovsdb

import (
	"encoding/json"
	"fmt"
)

// Op is an operation of a transaction (RFC 7047 section 5.2).
type Op struct {
	Op        string      `json:"op"`
	Table     string      `json:"table,omitempty"`
	Where     []Condition `json:"where,omitzero"`
	Row       Row         `json:"row,omitempty"`
	Mutations []Mutation  `json:"mutations,omitempty"`
	Columns   []string    `json:"columns,omitempty"`
	Name      string      `json:"uuid-name,omitempty"`
	Comment   string      `json:"comment,omitempty"`
}

// Condition is column, function, value.
type Condition [3]any

// Mutation is column, mutator, value.
type Mutation [3]any

// ByUUID is the condition that a row is this one.
func ByUUID(uuid string) []Condition { return []Condition{{"_uuid", "==", UUID(uuid)}} }

// Update replaces columns of one row.
func Update(table, uuid string, row Row) Op {
	return Op{Op: "update", Table: table, Where: ByUUID(uuid), Row: row}
}

// SetKey sets one key of a map column of one row and leaves the others.
func SetKey(table, uuid, column, key, val string) Op {
	return Op{Op: "mutate", Table: table, Where: ByUUID(uuid), Mutations: []Mutation{
		{column, "delete", Set{key}},
		{column, "insert", Map{key: val}},
	}}
}

// Select reads columns of the rows that match.
func Select(table string, where []Condition, columns ...string) Op {
	if where == nil {
		where = []Condition{}
	}
	return Op{Op: "select", Table: table, Where: where, Columns: columns}
}

// Result of an operation.
type Result struct {
	Count   int64  `json:"count"`
	UUID    UUID   `json:"-"`
	Rows    []Row  `json:"rows"`
	Error   string `json:"error"`
	Details string `json:"details"`
}

// OpError is an operation that the server refused; nothing of its transaction was applied.
type OpError struct {
	Index   int // of the operation; past the last one it is about the transaction as a whole
	Op      string
	Table   string
	Reason  string
	Details string
}

// Error implements error.
func (e *OpError) Error() string {
	return fmt.Sprintf("OVSDB refused operation %d (%s %s): %s: %s", e.Index, e.Op, e.Table, e.Reason, e.Details)
}

// check finds the error in the results of ops.
func check(ops []Op, results []*Result) error {
	for i, r := range results {
		if r == nil || r.Error == "" {
			continue
		}
		e := &OpError{Index: i, Reason: r.Error, Details: r.Details}
		if i < len(ops) {
			e.Op, e.Table = ops[i].Op, ops[i].Table
		}
		return e
	}
	return nil
}

// message is a JSON-RPC message of either kind.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  json.RawMessage `json:"error,omitempty"`
}

// rowUpdate is one row of an update notification.
type rowUpdate struct {
	Old Row `json:"old"`
	New Row `json:"new"`
}

// tableUpdates is what monitor replies and update notifications have: table, row id, change.
type tableUpdates map[string]map[string]rowUpdate
