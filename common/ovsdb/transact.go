package ovsdb

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// Result of an operation.
type Result struct {
	Count   int64 // of update, mutate and delete
	UUID    UUID  // of insert
	Rows    []Row // of select
	Error   string
	Details string
}

// OpError is an operation that the server refused; nothing of its transaction was applied.
type OpError struct {
	Index   int // of the operation; past the last one it is about the transaction as a whole
	Op      string
	Table   string
	Reason  string // such as "constraint violation", RFC 7047 section 3.1
	Details string
}

// Error implements error.
func (e *OpError) Error() string {
	if e.Op == "" {
		return fmt.Sprintf("OVSDB refused the transaction: %s: %s", e.Reason, e.Details)
	}
	return fmt.Sprintf("OVSDB refused operation %d (%s %s): %s: %s", e.Index, e.Op, e.Table, e.Reason, e.Details)
}

// Transact runs ops as one transaction: all of them are applied, or none and the error, an *OpError, says which one was
// refused. When it returns nil, the copy has what the transaction changed. An error that wraps ErrUnknown says that the
// transaction was sent and its reply did not come: it may have been applied. When co is cancelled, so is the
// transaction.
func (c *Client) Transact(co *coroutine.Co, ops ...Op) ([]*Result, error) {
	x := c.session
	if x == nil || x.schema == nil {
		return nil, ErrDown
	}
	params := make([]any, 1, 1+len(ops))
	params[0] = c.o.Database
	for _, o := range ops {
		params = append(params, o)
	}
	b, err := c.call(co, call{method: "transact", params: params, timeout: patience(ops)})
	if err != nil {
		return nil, err
	}
	rs, err := results(ops, b, x.schema)
	if err != nil {
		return nil, fmt.Errorf("read results of transact: %w", err)
	}
	return rs, check(ops, rs)
}

// patience is how long the reply to ops may take: less than 0 is for ever.
func patience(ops []Op) time.Duration {
	d := replyTimeout
	for _, o := range ops {
		switch {
		case o.Op != "wait":
		case o.Timeout == nil:
			return -1
		default:
			d += time.Duration(*o.Timeout) * time.Millisecond
		}
	}
	return d
}

// check finds the error in the results of ops.
func check(ops []Op, results []*Result) error {
	tried := 0
	for i, r := range results {
		if r != nil {
			tried++
		}
		if r == nil || r.Error == "" {
			continue
		}
		e := &OpError{Index: i, Reason: r.Error, Details: r.Details}
		if i < len(ops) {
			e.Op, e.Table = ops[i].Op, ops[i].Table
		}
		return e
	}
	if tried != len(ops) || len(results) != len(ops) {
		return fmt.Errorf("%w: %d results for %d operations", errValue, tried, len(ops))
	}
	return nil
}

// results reads the results of ops.
func results(ops []Op, b []byte, schema *Schema) (out []*Result, err error) {
	s := &scanner{b: b}
	s.array(func() {
		table := ""
		if len(out) < len(ops) {
			table = ops[len(out)].Table
		}
		out = append(out, s.result(schema, table))
	})
	return out, s.end()
}

// result reads one result; null stands for an operation that was not tried.
func (s *scanner) result(schema *Schema, table string) *Result {
	if s.word("null") {
		return nil
	}
	r := &Result{}
	s.object(func(key []byte) {
		switch string(key) {
		case "count":
			r.Count = s.integer()
		case "uuid":
			r.UUID = s.uuid()
		case "rows":
			s.array(func() { r.Rows = append(r.Rows, s.selected(schema, table)) })
		case "error":
			r.Error = s.text()
		case "details":
			if !s.word("null") {
				r.Details = s.text()
			}
		default:
			s.skip()
		}
	})
	return r
}

// selected reads a row of a table, whichever columns it has.
func (s *scanner) selected(schema *Schema, table string) Row {
	r := Row{}
	s.object(func(key []byte) {
		t := schema.Column(table, string(key))
		if t == nil {
			s.fail("unknown column " + string(key))
			return
		}
		if v := s.value(t); s.err == nil {
			r[t.name] = v
		}
	})
	return r
}

// ListDatabases returns the names of the server's databases.
func (c *Client) ListDatabases(co *coroutine.Co) ([]string, error) {
	b, err := c.call(co, call{method: "list_dbs", params: []any{}})
	if err != nil {
		return nil, err
	}
	var names []string
	if err := json.Unmarshal(b, &names); err != nil {
		return nil, fmt.Errorf("read databases: %w", err)
	}
	return names, nil
}

// Schema returns the schema of a database of the server.
func (c *Client) Schema(co *coroutine.Co, database string) (*Schema, error) {
	b, err := c.call(co, call{method: "get_schema", params: []any{database}})
	if err != nil {
		return nil, err
	}
	var s Schema
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("read schema of %s: %w", database, err)
	}
	return &s, nil
}

// Echo asks the server for a sign of life.
func (c *Client) Echo(co *coroutine.Co) error {
	_, err := c.call(co, call{method: "echo", params: []any{}})
	return err
}

// call is a request to come.
type call struct {
	method  string
	params  any
	timeout time.Duration      // 0 is replyTimeout, less for ever
	replied func([]byte) error // takes the result before the next message; nil leaves it to the caller
}

// call sends a request and waits for its result. Who stops waiting has the server stop too.
func (c *Client) call(co *coroutine.Co, r call) ([]byte, error) {
	x := c.session
	if x == nil || x.over() {
		return nil, ErrDown
	}
	params, err := json.Marshal(r.params)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", r.method, err)
	}
	done := coroutine.NewFuture[[]byte]()
	id := x.request(r.method, params, func(result []byte, err error) error {
		if err == nil && r.replied != nil {
			if err := r.replied(result); err != nil {
				done.Resolve(nil, err)
				return err
			}
		}
		done.Resolve(result, err)
		return nil
	})
	if r.timeout == 0 {
		r.timeout = replyTimeout
	}
	result, err := done.WaitTimeout(co, r.timeout)
	if !done.Done() {
		x.cancel(id, r.method)
	}
	switch {
	case err == nil:
		return result, nil
	case r.method == "transact" && !errors.Is(err, ErrReply):
		err = fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return nil, fmt.Errorf("%s: %w", r.method, err)
}
