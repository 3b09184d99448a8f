package api

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/common/store/redistest"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

const definitions = `
physnets: [{name: tenants, type: vxlan, vni: 10000-20000}, {name: office, type: flat}]
physports: [{name: eth2, physnet: office}]
networks: [{name: blue, physnet: tenants}]
subnets:  [{name: blue-v4, network: blue, cidr: 10.10.0.0/24}]
ports:    [{name: web1, network: blue}, {name: web2, network: blue}]
`

func open(t *testing.T, url string) store.Store {
	t.Helper()
	s, err := redisstore.Open(redisstore.Options{URL: url})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func serve(t *testing.T, s store.Store) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(New(s, slog.New(slog.DiscardHandler)).Handler())
	t.Cleanup(srv.Close)
	return srv
}

func get(t *testing.T, srv *httptest.Server, path string) (code int, body string) {
	t.Helper()
	r, err := http.Get(srv.URL + path)
	require.NoError(t, err)
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return r.StatusCode, string(b)
}

func TestWhatIsDefinedCanBeRead(t *testing.T) {
	s := open(t, redistest.Start(t).URL)
	srv := serve(t, s)
	code, body := get(t, srv, "/healthz")
	require.Equal(t, http.StatusServiceUnavailable, code, "nobody made the store ready")
	require.Contains(t, body, "vlcp-coordinator init")

	_, err := s.Init(t.Context())
	require.NoError(t, err)
	f, err := catalog.ParseFile("test", []byte(definitions))
	require.NoError(t, err)
	_, err = catalog.New(s, catalog.Options{}).Commit(t.Context(), f.Changes())
	require.NoError(t, err)

	for path, want := range map[string]string{
		"/healthz": `"status":"ok"`, "/v1/physnets": `"tenants"`, "/v1/networks": `"blue"`, "/v1/subnets": `"10.10.0.0/24"`,
		"/v1/ports": `"web2"`, "/v1/hosts": `[]`, "/v1/ports/web1": `"state":"down"`, "/v1/networks/blue": `"vni":10000`,
		"/v1/physports": `"eth2"`, "/v1/physports/eth2": `"physnet":"office"`,
		"/metrics": "vlcp_objects{kind=\"physport\"} 1\nvlcp_objects{kind=\"network\"} 1\nvlcp_objects{kind=\"subnet\"} 1\n" +
			"vlcp_objects{kind=\"port\"} 2\n",
	} {
		code, body = get(t, srv, path)
		require.Equal(t, http.StatusOK, code, "%s: %s", path, body)
		require.Contains(t, body, want, path)
	}
	var ports []catalog.Port
	_, body = get(t, srv, "/v1/ports")
	require.NoError(t, json.Unmarshal([]byte(body), &ports))
	require.Len(t, ports, 2)

	code, body = get(t, srv, "/v1/ports/nobody")
	require.Equal(t, http.StatusNotFound, code, body)
	r, err := http.Post(srv.URL+"/v1/ports", "application/json", nil)
	require.NoError(t, err)
	require.NoError(t, r.Body.Close())
	require.Equal(t, http.StatusMethodNotAllowed, r.StatusCode, "it only reads")
}

func TestWithoutTheStoreItSaysSo(t *testing.T) {
	srv := serve(t, open(t, "redis://127.0.0.1:1/0"))
	for _, path := range []string{"/healthz", "/v1/ports"} {
		code, body := get(t, srv, path)
		require.Equal(t, http.StatusServiceUnavailable, code)
		require.Contains(t, body, "unavailable", path)
	}
	code, body := get(t, srv, "/metrics")
	require.Equal(t, http.StatusOK, code, "who watches learns more from the page than from an error")
	require.Contains(t, body, "vlcp_store_up 0\n")
	require.NotContains(t, body, "vlcp_objects")
}

func TestTooManyAtOnceAreToldToComeAgain(t *testing.T) {
	a := New(open(t, "redis://127.0.0.1:1/0"), slog.New(slog.DiscardHandler))
	entered, leave := make(chan struct{}), make(chan struct{})
	srv := httptest.NewServer(a.bounded(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		entered <- struct{}{}
		<-leave
	})))
	defer srv.Close()
	for range inFlightMax {
		go func() {
			if r, err := http.Get(srv.URL); err == nil {
				_ = r.Body.Close()
			}
		}()
		<-entered
	}
	code, body := get(t, srv, "/")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, body, "try again")
	require.EqualValues(t, 1, a.shed.Load())
	close(leave)
}
