package view

import (
	"encoding/json"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

var (
	plainPort = model.Port{Name: "web1", Network: "blue", Subnet: "blue-v4", MAC: model.MAC{0x0a, 0xfe, 0, 1, 2, 0xff},
		IP: netip.MustParseAddr("10.0.0.7"), Hostname: "web"}
	plainBinding = model.Binding{Port: "web1", Host: "h1", Token: "t", At: time.Unix(9, 12345).UTC()}
)

func docOf(t testing.TB, kind model.Kind, object any) store.Doc {
	v, err := json.Marshal(object)
	require.NoError(t, err)
	return store.Doc{Key: store.Key{Scope: store.NetworkScope("blue"), Kind: string(kind), ID: "web1"}, Value: v}
}

// FuzzDecode: a document means what it means to encoding/json, and is refused for the same reason.
func FuzzDecode(f *testing.F) {
	no := false
	special := plainPort
	special.PortSecurity = &no
	special.AllowedAddresses = []model.AllowedAddress{{Prefix: netip.MustParsePrefix("10.1.0.0/24")}}
	for _, o := range []any{plainPort, special, model.Port{Name: "<&>", IP: netip.MustParseAddr("fe80::1%x")},
		plainBinding, model.Binding{}} {
		f.Add(docOf(f, "", o).Value)
	}
	for _, s := range []string{`{"name":"web1","mac":""}`, `{"name":"a","ip":""}`, `{"name":"a","ip":"10.0.0.07"}`,
		`{"mac":"0A-00-00-00-00-01"}`, `{"mac":"0a:00:00:00:00:0g"}`, `{"mac":"0a000000000000001"}`, `{"at":null}`,
		`{"at":"2030-01-01T00:00:00+01:00"}`, `{"at":"2030-01-01"}`, `{"at":7}`, `{"port":"web1","more":{}}`, `[]`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := docOf(t, "", nil)
		d.Value = b
		wantPort, wantErr := decode[model.Port](d)
		port, err := decodePort(d)
		require.Equal(t, wantErr, err)
		require.Equal(t, wantPort, port)
		wantBinding, wantErr := decode[model.Binding](d)
		binding, err := decodeBinding(d)
		require.Equal(t, wantErr, err)
		require.Equal(t, wantBinding, binding)
	})
}

// TestPlainDocumentsAreReadFast: what agents and coordinators write is not left to encoding/json.
func TestPlainDocumentsAreReadFast(t *testing.T) {
	port, binding := docOf(t, model.KindPort, plainPort), docOf(t, model.KindBinding, plainBinding)
	const strings, reflection = 4, 8 // allocations: what is kept, and more than that
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { _, _ = decodePort(port) }), float64(strings))
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { _, _ = decodeBinding(binding) }), float64(strings))
	slow := testing.AllocsPerRun(100, func() { _, _ = decode[model.Port](port) })
	require.Greater(t, slow, float64(reflection), "else this test sees nothing")
}
