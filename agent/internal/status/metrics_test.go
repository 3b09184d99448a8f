package status

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sample is a line of the text format: name, labels, value.
var sample = regexp.MustCompile(`^[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+]+$`)

func TestMetrics(t *testing.T) {
	text := Metrics(&Status{Host: "h1", Version: "1", Ready: true, Switch: Switch{Connected: true, Sessions: 2},
		Store: Store{State: "hold", CatchUps: 3, Hold: &Hold{Count: 4}, Notifications: Notifications{Gaps: 5, Losses: 6}},
		Flows: Flows{Desired: 100_000, Sent: 1_234_567}, PacketIns: map[string]int64{"dhcp": 7, "other": 8},
		DHCP: DHCP{Offers: 9, Ignored: map[string]int64{"foreign mac": 10}}, Limited: map[string]int64{"flood": 11},
		Ports:    []Port{{ID: "web1", State: PortUp, Drops: map[string]uint64{"mac": 12}}, {ID: "web2", State: PortUp}},
		Problems: []Problem{{Code: "dhcp_flood"}, {Code: "dhcp_flood"}}})
	typed := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(rest, " ")
			require.False(t, typed[name], line)
			require.Equal(t, kind == "counter", strings.HasSuffix(name, "_total"), line)
			typed[name] = true
			continue
		}
		if strings.HasPrefix(line, "# HELP ") {
			continue
		}
		require.Regexp(t, sample, line)
		name, _, _ := strings.Cut(line, " ")
		name, _, _ = strings.Cut(name, "{")
		require.True(t, typed[name], line)
	}
	for _, want := range []string{`info{version="1",host="h1"} 1`, "ready 1", "switch_sessions_total 2",
		`store_state{state="hold"} 1`, "store_catch_ups_total 3", "store_held_objects 4", "store_gaps_total 5",
		"store_losses_total 6", "flows_desired 100000", "flow_mods_total 1.234567e+06", `packet_ins_total{reason="dhcp"} 7`,
		`packet_ins_total{reason="other"} 8`, `dhcp_answers_total{kind="offer"} 9`,
		`dhcp_ignored_total{reason="foreign mac"} 10`, `limited_total{reason="flood"} 11`, `ports{state="up"} 2`,
		`port_dropped_total{port="web1",reason="mac"} 12`, `problems{code="dhcp_flood"} 2`} {
		require.Contains(t, text, "\nvlcp_agent_"+want+"\n")
	}
}

func export(t *testing.T, src Source) string {
	t.Helper()
	e, err := Export("127.0.0.1:0", src, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e.Address()
}

// TestExporter asks as Prometheus would, with a client of HTTP that is not ours.
func TestExporter(t *testing.T) {
	do := func(address, method, path string) (int, string) {
		t.Helper()
		r, err := http.NewRequest(method, "http://"+address+path, nil)
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Contains(t, resp.Header.Get("Content-Type"), "text/plain")
		return resp.StatusCode, string(body)
	}
	address := export(t, source{})
	s, err := source{}.Status(t.Context())
	require.NoError(t, err)
	code, body := do(address, "GET", "/metrics")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, Metrics(s), body)
	code, body = do(address, "HEAD", "/metrics")
	require.Equal(t, http.StatusOK, code)
	require.Empty(t, body)
	code, _ = do(address, "GET", "/")
	require.Equal(t, http.StatusNotFound, code)
	code, _ = do(address, "POST", "/metrics")
	require.Equal(t, http.StatusMethodNotAllowed, code)
	code, body = do(export(t, source{err: errors.New("stuck")}), "GET", "/metrics")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, body, "stuck")

	_, err = Export(address, source{}, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "metrics.listen")
}

// Who sends nonsense, too much or nothing is not answered, and keeps nobody else from it, nor the end.
func TestExporterAndStrangers(t *testing.T) {
	address := export(t, source{})
	for _, text := range []string{"", "\r\n\r\n", "GET\r\n\r\n", strings.Repeat("x", 2*headMaxBytes),
		"GET /metrics HTTP/1.1\r\n" + strings.Repeat("a: b\r\n", headMaxBytes)} {
		c, err := net.Dial("tcp", address)
		require.NoError(t, err)
		_, _ = io.WriteString(c, text) // it may have been closed
		if strings.HasSuffix(text, "\r\n\r\n") {
			line, err := bufio.NewReader(c).ReadString('\n')
			require.NoError(t, err)
			require.Contains(t, line, "400")
		}
		require.NoError(t, c.Close())
	}
	silent, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer silent.Close() //nolint:errcheck // it was closed from there
	client := http.Client{Timeout: 5 * time.Second}
	resp, err := client.Get("http://" + address + "/metrics")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
}
