package journal

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
)

func sampleRecord() record {
	var c Change
	c.Add(store.Batch{Epoch: "e", RunID: "r", Rev: 7, Term: "t", Changes: []store.ScopeChange{{Scope: "net/a", Rev: 6,
		Full: true, Docs: []store.Doc{doc("net/a", "p", 1), doc("net/a", "q", 2)}}, {Scope: "net/b", Rev: 5,
		Docs: []store.Doc{doc("net/b", "x", 1)}, Deleted: []store.Key{{Scope: "net/b", Kind: "port", ID: "y"}}}}}, at)
	c.Drop("net/c")
	return c.record()
}

// TestRecordsAreReadFast: what is written is not left to encoding/json.
func TestRecordsAreReadFast(t *testing.T) {
	b, err := json.Marshal(sampleRecord())
	require.NoError(t, err)
	r, ok := plainRecord(b)
	require.True(t, ok, "%s", b)
	require.Equal(t, sampleRecord(), r)
}

// FuzzReadRecord: a record is read as encoding/json reads it.
func FuzzReadRecord(f *testing.F) {
	b, err := json.Marshal(sampleRecord())
	require.NoError(f, err)
	f.Add(b)
	for _, s := range []string{`{}`, `null`, `{"at":null}`, `{"at":"2030-01-01T00:00:00Z","scopes":[]}`,
		`{"scopes":[{"scope":"a","docs":[{"kind":"<","id":"ä","value":null}]}]}`, `{"scopes":[{"docs":[]}]}`,
		`{"scopes":[{"docs":[{"value":{"a":}}]}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := readRecord(b)
		var want record
		wantErr := json.Unmarshal(b, &want)
		require.Equal(t, wantErr, err)
		require.Equal(t, want, got)
	})
}
