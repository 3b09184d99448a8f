package ovsdb

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// realMessages are what an ovsdb-server sends.
var realMessages = []string{
	`{"id":1,"result":[false,"1738d498-f811-4936-9603-e3ff4a7ff4f0",{"Item":{"45de9974-429b-4c6d-b1b6-124f5e7059b4":` +
		`{"initial":{"name":"a","number":9007199254740993,"tags":["set",["x","y"]],"notes":["map",[["k","v"]]]}}}}],` +
		`"error":null}`,
	`{"id":null,"method":"update3","params":["m","1738d498-f811-4936-9603-e3ff4a7ff4f0",{"Item":` +
		`{"45de9974-429b-4c6d-b1b6-124f5e7059b4":{"modify":{"tags":"x","weight":1.5,"queues":["map",[[1,"x"]]]}}}}]}`,
	`{"id":null,"method":"update","params":["m",{"Item":{"45de9974-429b-4c6d-b1b6-124f5e7059b4":{"old":{"name":"a"}}}}]}`,
	`{"id":2,"result":[{"uuid":["uuid","45de9974-429b-4c6d-b1b6-124f5e7059b4"]},{"count":1},` +
		`{"rows":[{"name":"x","on":true}]},` +
		`{"error":"constraint violation","details":"\"é\"\u00e9"},null],"error":null}`,
	`{"id":"echo","result":[],"error":null}{"id":"echo","method":"echo","params":[]}`,
}

// parts of realMessages, for the targets that read values.
var realParts = []string{
	`{"name":"a","number":-5,"weight":1e3,"on":false,"owner":["set",[]],"limit":3,"tags":["set",["b","a"]],` +
		`"peers":["uuid","u"]}`,
	`{"notes":["map",[["k","v"]]],"queues":["map",[[1,"x"],[2,"y"]]],"links":["map",[[5,["uuid","u"]]]],` +
		`"reals":["set",[1,2.5]]}`,
	`{"Item":{"u":{"initial":{"tags":"x"}},"v":{"modify":{"notes":["map",[["k","v"]]]}},"w":{"delete":null}},"Other":{}}`,
	`{"Item":{"u":{"new":{"tags":"x"},"old":{}},"w":{"old":{"name":"x"}}}}`,
}

func FuzzRow(f *testing.F) {
	for _, p := range realParts {
		f.Add([]byte(p))
	}
	types := parseSchema(f).Tables["Item"]
	f.Fuzz(func(t *testing.T, b []byte) {
		s := &scanner{b: b}
		r := s.row(types)
		if s.end() != nil {
			return
		}
		require.True(t, json.Valid(b))
		text, err := json.Marshal(r)
		require.NoError(t, err)
		again := &scanner{b: text}
		require.True(t, r.Equal(again.row(types)), "%s", text)
		require.NoError(t, again.end())
	})
}

func FuzzUpdates(f *testing.F) {
	for _, p := range realParts {
		f.Add([]byte(p), true)
		f.Add([]byte(p), false)
	}
	cols := columns(parseSchema(f).Tables)
	f.Fuzz(func(t *testing.T, b []byte, second bool) {
		s := &scanner{b: b}
		changes := s.updates(cols, second)
		if s.end() != nil {
			return
		}
		c, m := cache{}, mirror{}
		if c.apply(changes, cols, m.update) != nil {
			return
		}
		n := 0
		for table, rows := range c {
			for u, r := range rows {
				n++
				require.Len(t, r, len(cols[table]))
				require.True(t, r.Equal(m[table+"/"+string(u)]))
			}
		}
		require.Len(t, m, n)
		c.keepOnly(nil, m.update)
		require.Empty(t, m)
	})
}

func FuzzMessage(f *testing.F) {
	for _, m := range realMessages {
		f.Add([]byte(m))
	}
	schema := parseSchema(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		s := &scanner{b: b}
		s.skip()
		if err := s.end(); err == nil || !json.Valid(b) {
			require.Equal(t, json.Valid(b), err == nil, "%v", err)
		} else if utf8.Valid(b) {
			require.ErrorContains(t, err, "too deep")
		}
		if m, err := open(b); err == nil {
			_, _ = results([]Op{Select("Item", nil)}, m.result, schema)
			_ = reason(m.err)
		}
	})
}

// FuzzSplitter: however a stream is cut, the same messages come out.
func FuzzSplitter(f *testing.F) {
	for _, m := range realMessages {
		f.Add([]byte(m+m), 7)
	}
	f.Fuzz(func(t *testing.T, b []byte, step int) {
		atOnce, err1 := splitAll(b, len(b)+1)
		inSteps, err2 := splitAll(b, max(step, 1))
		require.Equal(t, atOnce, inSteps)
		require.Equal(t, err1 == nil, err2 == nil)
		for _, m := range atOnce {
			require.LessOrEqual(t, len(m), 1000)
		}
	})
}

// splitAll hands a stream over in steps, as a connection does.
func splitAll(b []byte, step int) (out []string, err error) {
	s := &splitter{limit: 1000}
	var have []byte
	for len(b) > 0 {
		n := min(step, len(b))
		have, b = append(bytes.Clone(have), b[:n]...), b[n:]
		for {
			n, err := s.split(have)
			if err != nil {
				return out, err
			}
			if n == 0 {
				break
			}
			out, have = append(out, string(have[:n])), have[n:]
		}
	}
	return out, nil
}
