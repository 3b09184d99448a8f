package plainjson

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

type inner struct {
	ID  string `json:"id"`
	Rev int64  `json:"rev,omitempty"`
}

type outer struct {
	Name string          `json:"name"`
	Any  json.RawMessage `json:"any,omitempty"`
	Yes  bool            `json:"yes,omitempty"`
	List []inner         `json:"list,omitempty"`
}

func read(b []byte) (o outer, ok bool) {
	s := New(b)
	s.Begin()
	if s.Field("name") {
		o.Name = string(s.Text())
	}
	if s.Field("any") {
		o.Any = append(o.Any, s.Raw()...)
	}
	if s.Field("yes") {
		o.Yes = s.Bool()
	}
	if s.Field("list") {
		o.List = []inner{}
		for s.BeginList(); s.Item(); {
			var i inner
			s.Begin()
			if s.Field("id") {
				i.ID = string(s.Text())
			}
			if s.Field("rev") {
				i.Rev = s.Int()
			}
			s.End()
			o.List = append(o.List, i)
		}
	}
	s.End()
	return o, s.Done()
}

// TestWhatIsWrittenIsPlain: what encoding/json makes of ordinary values is read.
func TestWhatIsWrittenIsPlain(t *testing.T) {
	for _, o := range []outer{{}, {Name: "a b!~", Yes: true}, {List: []inner{{"x", -1}, {"y", 0}, {"", 1 << 62}}},
		{Any: json.RawMessage(`{"a":[1,-2.5e+3,0,{}],"b":"\u00e4\n\"","c":[null,true,false,[]]}`), Yes: true}} {
		b, err := json.Marshal(o)
		require.NoError(t, err)
		got, ok := read(b)
		require.True(t, ok, "%s", b)
		require.Equal(t, o, got)
	}
}

// FuzzScanner: what is read as plain is what encoding/json reads.
func FuzzScanner(f *testing.F) {
	for _, s := range []string{`{"name":"a","any":{"a":[1,2.5e3,null],"b":"\u00e4"},"yes":true}`,
		`{"name":"a","list":[{"id":"x","rev":-3},{"id":"y"}]}`,
		`{"name":"a","name":"b"}`, `{"Name":"a"}`, `{"name":null}`, `{"name":"ä"}`, `{"name":"a"} `, `{,"name":"a"}`,
		`{"any":01}`, `{"any":[1,]}`, `{"any":{,}}`, `{"any":"\u12"}`, `{"any":-}`, `{"list":[,{"id":"x"}]}`, `{"list":[`,
		`{"list":[{"id":"x","rev":1e3}]}`, `{"list":null}`, `{"any":tru}`, `{"yes":"true"}`, `{"any":"`, `{"any":"\`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, ok := read(b)
		if !ok {
			return
		}
		var want outer
		require.NoError(t, json.Unmarshal(b, &want))
		require.Equal(t, want, got)
	})
}
