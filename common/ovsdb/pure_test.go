package ovsdb

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func readRow(t testing.TB, text string) (Row, error) {
	t.Helper()
	s := &scanner{b: []byte(text)}
	r := s.row(parseSchema(t).Tables["Item"])
	return r, s.end()
}

func TestValuesAreReadByTheirType(t *testing.T) {
	r, err := readRow(t, `{"name":"x","number":5,"weight":5,"on":true,"owner":["set",[]],"limit":7,
		"tags":"one","numbers":["set",[3,9007199254740993,-1]],"reals":["set",[1,0.5]],"flags":["set",[true,false]],
		"peers":["uuid","123"],"notes":["map",[["k","v"]]],"queues":["map",[[1,"x"]]],"links":["map",[[2,["uuid","u"]]]]}`)
	require.NoError(t, err)
	require.Equal(t, Row{"name": "x", "number": int64(5), "weight": 5.0, "on": true, "owner": Set{}, "limit": int64(7),
		"tags": Set{"one"}, "numbers": Set{int64(-1), int64(3), int64(9007199254740993)}, "reals": Set{0.5, 1.0},
		"flags": Set{false, true}, "peers": Set{UUID("123")}, "notes": Map{"k": "v"}, "queues": Pairs{int64(1): "x"},
		"links": Pairs{int64(2): UUID("u")}}, r)
	require.Equal(t, []UUID{"123"}, r.UUIDs("peers"))
	require.Equal(t, []UUID{"1"}, Row{"u": UUID("1")}.UUIDs("u"))
	require.Nil(t, r.UUIDs("nothing"))
	require.Equal(t, "x", r.Pairs("queues")[int64(1)])
	require.Empty(t, r.String("owner"))
	n, ok := r.Int("limit")
	require.True(t, ok)
	require.EqualValues(t, 7, n)
	_, ok = r.Int("owner")
	require.False(t, ok)
	require.True(t, r.Bool("on"))

	again, err := json.Marshal(r)
	require.NoError(t, err)
	back, err := readRow(t, string(again))
	require.NoError(t, err)
	require.Equal(t, r, back)
}

func TestWhatIsWritten(t *testing.T) {
	b, err := json.Marshal(Row{"a": Set(nil), "b": Set{UUID("u"), Named("n"), 1.5}, "c": Map{"b": "1", "a": "2"},
		"d": Pairs{int64(10): true, int64(9): UUID("x")}, "e": int64(math.MaxInt64)})
	require.NoError(t, err)
	require.Equal(t, `{"a":["set",[]],"b":["set",[["uuid","u"],["named-uuid","n"],1.5]],`+
		`"c":["map",[["a","2"],["b","1"]]],"d":["map",[[9,["uuid","x"]],[10,true]]],"e":9223372036854775807}`, string(b))
	b, err = json.Marshal([]Op{Insert("T", "", nil), Delete("T", nil), Mutate("T", nil), Abort(), Commit(false),
		Comment(""), Wait(0, Select("T", nil, "c"), "=="), Wait(-1, Select("T", nil), "!=", Row{}), Assert("l"),
		UpdateWhere("T", nil, nil)})
	require.NoError(t, err)
	require.Equal(t, `[{"op":"insert","table":"T","row":{}},{"op":"delete","table":"T","where":[]},`+
		`{"op":"mutate","table":"T","where":[],"mutations":[]},{"op":"abort"},{"op":"commit","durable":false},`+
		`{"op":"comment","comment":""},`+
		`{"op":"wait","table":"T","where":[],"rows":[],"columns":["c"],"until":"==","timeout":0},`+
		`{"op":"wait","table":"T","where":[],"rows":[{}],"until":"!="},{"op":"assert","lock":"l"},`+
		`{"op":"update","table":"T","where":[],"row":{}}]`, string(b))
}

func TestRowsAreEqualByValue(t *testing.T) {
	a := Row{"s": Set{"a"}, "m": Map{"k": "v"}, "p": Pairs{int64(1): "x"}, "n": int64(1), "other": []int{1}}
	b := Row{"s": Set{"a"}, "m": Map{"k": "v"}, "p": Pairs{int64(1): "x"}, "n": int64(1), "other": []int{1}}
	require.True(t, a.Equal(b))
	for col, v := range (Row{"s": Set{"b"}, "m": Map{}, "p": Pairs{}, "n": 1.0, "other": []int{2}}) {
		was := b[col]
		b[col] = v
		require.False(t, a.Equal(b), col)
		b[col] = was
	}
	delete(b, "n")
	require.False(t, a.Equal(b))
	b["x"] = nil
	require.False(t, a.Equal(b))
}

// TestDifferences: toggling the difference of two sets turns one into the other.
func TestDifferences(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		a, b := randomNumbers(rnd), randomNumbers(rnd)
		d := Set{}
		for _, v := range append(slices.Clone(a), b...) {
			if slices.Contains(a, v) != slices.Contains(b, v) {
				d = append(d, v)
			}
		}
		slices.SortFunc(d, compareAtoms)
		require.Equal(t, b, toggle(a, d))
		require.Equal(t, a, toggle(b, d))
	}
	old := Map{"gone": "1", "new value": "2", "stays": "3"}
	require.Equal(t, Map{"new value": "x", "stays": "3", "came": "y"},
		patchMap(old, Map{"gone": "1", "new value": "x", "came": "y"}))
	require.Len(t, old, 3, "the old row stays what it was")
}

func randomNumbers(rnd *rand.Rand) Set {
	s := Set{}
	for i := range int64(10) {
		if rnd.IntN(2) == 0 {
			s = append(s, i)
		}
	}
	return s
}

func TestTheScannerKnowsJSONAsTheStandardLibraryDoes(t *testing.T) {
	for _, text := range []string{`{}`, `[]`, `[1,-0,0.5,1e9,1E-9,-1.5e+3]`, `{"a":{"b":[true,false,null]}}`,
		`"\u00e9\ud83d\ude00\n"`,
		` [ 1 , 2 ] `, `[1,]`, `[,1]`, `{"a"}`, `{"a":}`, `{a:1}`, `[1 2]`,
		`01`, `-`, `1.`, `.5`, `1e`, `+1`, `tru`, `nul`, `"a`,
		`"\x"`, "\"\t\"", `[`, `{`, `]`, ``, ` `, `1 1`, `{"a":1,}`, `"\`, "\x00", "1\x00", `{"a":1}}`, `[[[[[[[[]]]]]]]]`} {
		s := &scanner{b: []byte(text)}
		s.skip()
		require.Equal(t, json.Valid([]byte(text)), s.end() == nil, "%q", text)
	}
}

func TestSplitter(t *testing.T) {
	stream := []byte(`{"a":"}\"]{"}` + "\n" + ` {"b":[1,{"c":2}]}`)
	for cut := range stream {
		s := &splitter{limit: 100}
		n, err := s.split(stream[:cut])
		require.NoError(t, err)
		if n == 0 {
			n, err = s.split(stream)
			require.NoError(t, err)
		}
		require.Equal(t, 13, n)
		m, err := s.split(stream[n:])
		require.NoError(t, err)
		require.Equal(t, len(stream)-13, m)
	}
	for text, want := range map[string]error{"HTTP/1.1": ErrStream, "}": ErrStream, "[1]": ErrStream, `"a"`: ErrStream,
		"{" + strings.Repeat(" ", 100): ErrTooLong, strings.Repeat(" ", 101): ErrTooLong} {
		_, err := (&splitter{limit: 100}).split([]byte(text))
		require.ErrorIs(t, err, want, text)
	}
}

func TestMalformedSchemas(t *testing.T) {
	for _, typ := range []string{`5`, `{}`, `{"key":"nonsense"}`, `{"key":{"type":"nonsense"}}`,
		`{"key":"string","max":"many"}`,
		`{"key":"string","max":0}`, `{"key":"string","min":-1}`, `{"key":"string","min":2,"max":3}`, `{"key":5}`} {
		var s Schema
		err := json.Unmarshal([]byte(`{"tables":{"T":{"columns":{"c":{"type":`+typ+`}}}}}`), &s)
		require.Error(t, err, typ)
	}
	var s Schema
	require.ErrorIs(t, json.Unmarshal([]byte(`{"tables":{"T":{"columns":{"c":{}}}}}`), &s), errValue)
}
