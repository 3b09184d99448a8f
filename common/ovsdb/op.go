package ovsdb

import "time"

// Op is an operation of a transaction (RFC 7047 section 5.2). The functions of this package make them.
type Op struct {
	Op        string      `json:"op"`
	Table     string      `json:"table,omitempty"`
	Where     []Condition `json:"where,omitzero"`
	Row       Row         `json:"row,omitzero"`
	Rows      []Row       `json:"rows,omitzero"`
	Mutations []Mutation  `json:"mutations,omitzero"`
	Columns   []string    `json:"columns,omitempty"`
	Name      string      `json:"uuid-name,omitempty"`
	Until     string      `json:"until,omitempty"`
	Timeout   *int64      `json:"timeout,omitempty"` // milliseconds
	Durable   *bool       `json:"durable,omitempty"`
	Comment   *string     `json:"comment,omitempty"`
	Lock      string      `json:"lock,omitempty"`
}

// Condition is column, function, value. The functions are ==, !=, includes, excludes, and of numbers <, <=, >, >=.
type Condition [3]any

// Mutation is column, mutator, value. The mutators are +=, -=, *=, /=, %=, and of sets and maps insert and delete.
type Mutation [3]any

// ByUUID is the condition that a row is this one.
func ByUUID(uuid UUID) []Condition { return []Condition{{"_uuid", "==", uuid}} }

// all turns no conditions into what means every row.
func all(where []Condition) []Condition {
	if where == nil {
		return []Condition{}
	}
	return where
}

// Insert adds a row; columns that it does not have get their default. Other operations of the transaction refer to it
// as Named(name); an empty name is for a row that nobody refers to. The result has its UUID.
func Insert(table, name string, row Row) Op {
	if row == nil {
		row = Row{}
	}
	return Op{Op: "insert", Table: table, Name: name, Row: row}
}

// Select reads columns of the rows that match all conditions; no columns are all columns.
func Select(table string, where []Condition, columns ...string) Op {
	return Op{Op: "select", Table: table, Where: all(where), Columns: columns}
}

// UpdateWhere replaces columns of the rows that match all conditions. The result has their number.
func UpdateWhere(table string, where []Condition, row Row) Op {
	if row == nil {
		row = Row{}
	}
	return Op{Op: "update", Table: table, Where: all(where), Row: row}
}

// Update replaces columns of one row.
func Update(table string, uuid UUID, row Row) Op { return UpdateWhere(table, ByUUID(uuid), row) }

// Mutate changes columns of the rows that match all conditions, starting from what they are. The result has their
// number.
func Mutate(table string, where []Condition, mutations ...Mutation) Op {
	if mutations == nil {
		mutations = []Mutation{}
	}
	return Op{Op: "mutate", Table: table, Where: all(where), Mutations: mutations}
}

// SetKey sets one key of a map column of one row and leaves the others.
func SetKey(table string, uuid UUID, column, key, val string) Op {
	return Mutate(table, ByUUID(uuid), Mutation{column, "delete", Set{key}}, Mutation{column, "insert", Map{key: val}})
}

// Delete removes the rows that match all conditions. The result has their number.
func Delete(table string, where []Condition) Op {
	return Op{Op: "delete", Table: table, Where: all(where)}
}

// Wait holds the transaction up until what op selects is equal to rows, or with until "!=" is not. After timeout, in
// whole milliseconds, the transaction is refused with the reason "timed out"; less than 0 waits for ever.
func Wait(timeout time.Duration, selected Op, until string, rows ...Row) Op {
	if rows == nil {
		rows = []Row{}
	}
	w := selected
	w.Op, w.Until, w.Rows = "wait", until, rows
	if timeout >= 0 {
		ms := timeout.Milliseconds()
		w.Timeout = &ms
	}
	return w
}

// Commit has a durable transaction written to disk before the reply. Every transaction is committed, also without it.
func Commit(durable bool) Op { return Op{Op: "commit", Durable: &durable} }

// Abort has the transaction refused with the reason "aborted": a rehearsal of the operations before it.
func Abort() Op { return Op{Op: "abort"} }

// Comment leaves a remark in the database's log.
func Comment(text string) Op { return Op{Op: "comment", Comment: &text} }

// Assert refuses the transaction with the reason "not owner" unless this connection holds the lock.
func Assert(lock string) Op { return Op{Op: "assert", Lock: lock} }
