package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent"
	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/hostnet"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/coroutine"
)

// fake is an agent with one port.
type fake struct{ ready bool }

func (f fake) Status(context.Context) (*status.Status, error) {
	return &status.Status{Host: "h1", Ready: f.ready, Version: "1.0",
		Switch: status.Switch{Bridge: "br-int", Connected: true, OVSVersion: "3.1.0", OpenFlow: "1.3"},
		Store:  status.Store{State: "current", Revision: 7, AppliedRevision: 6},
		Flows:  status.Flows{Desired: 9, Installed: 8, Foreign: 1, ByTable: map[string]int{"l2": 2}},
		Ports: []status.Port{{ID: "web1", Network: "blue", Interface: "v1", OFPort: 3, State: status.PortUp, Attach: "mark",
			IPs: []netip.Addr{netip.MustParseAddr("10.0.0.2")}}},
		Tunnels:  []status.Tunnel{{Host: "h2", Address: netip.MustParseAddr("192.0.2.2")}},
		Problems: []status.Problem{{Code: "port_undefined", Object: "web9", Message: "define it"}}}, nil
}

func (fake) Flows(_ context.Context, f status.Filter) ([]status.Flow, error) {
	switch {
	case f.Port != "" && f.Port != "web1":
		return nil, fmt.Errorf("port %s: %w", f.Port, status.ErrNotFound)
	case f.Table == "l3":
		return nil, fmt.Errorf("switch: %w", status.ErrUnavailable)
	}
	return []status.Flow{{Table: 30, TableName: "l2", Owner: "port/web1", State: status.FlowInstalled}, {Table: 5}}, nil
}

func (fake) Definition(_ context.Context, port string) (*status.Definition, error) {
	if port == "web1-v20" {
		return &status.Definition{Port: port, Parent: "web1"}, nil
	}
	return nil, fmt.Errorf("port %s is not defined: %w", port, status.ErrNotFound)
}

func (f fake) Debug(context.Context) (*status.Debug, error) {
	now := time.Unix(100, 0).UTC()
	if !f.ready {
		return &status.Debug{Version: "1.0", Stuck: &coroutine.Running{Name: "engine", Turn: 90 * time.Second,
			Inbox: coroutine.Depth{N: 4, Limit: 4096}, Stack: "goroutine 7 [syscall]:\nmain.main()"}}, nil
	}
	return &status.Debug{Version: "1.0", Snapshot: coroutine.Snapshot{Now: now, Steps: 12, Timers: 3, SlowSteps: 40,
		Queues: []coroutine.Depth{{Name: "run queue", N: 1}, {Name: "inbox", N: 2, Limit: 4096, Most: 9, Full: 1}},
		Tasks: []coroutine.TaskInfo{
			{ID: 1, Name: "engine", WaitsFor: "a signal", Since: now.Add(-90 * time.Second)},
			{ID: 2, Parent: 1, Name: "reader", WaitsFor: "the time", Since: now, Daemon: true, Cancelled: true}},
		Slow: []coroutine.SlowStep{{Name: "engine", At: now.Add(-time.Second), Took: 30 * time.Millisecond}}}}, nil
}

// caller is a way to run the program against a fake agent.
type caller struct {
	t      *testing.T
	socket string
}

func newCaller(t *testing.T, src status.Source) caller {
	t.Helper()
	for _, name := range []string{config.EnvConfig, config.EnvSocket, config.EnvRedis} {
		t.Setenv(name, "")
	}
	dir, err := os.MkdirTemp("", "cli")
	require.NoError(t, err)
	p := caller{t, filepath.Join(dir, "agent.sock")}
	if src != nil {
		s, err := status.Listen(p.socket, src, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
	}
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return p
}

// run returns what the program printed and its exit code.
func (p caller) run(args ...string) (stdout, stderr string, code int) {
	p.t.Helper()
	var out, errs bytes.Buffer
	args = append([]string{"--socket", p.socket, "--config", filepath.Join(filepath.Dir(p.socket), "agent.yaml")}, args...)
	code = Main(args, &out, &errs)
	return out.String(), errs.String(), code
}

func TestExitCodes(t *testing.T) {
	with, without, starting := newCaller(t, fake{ready: true}), newCaller(t, nil), newCaller(t, fake{})
	for _, c := range []struct {
		p    caller
		args []string
		code int
		says string
	}{
		{with, []string{"status"}, exitOK, ""},
		{with, []string{"version"}, exitOK, ""},
		{with, []string{"--help"}, exitOK, ""},
		{with, []string{"flows", "--port", "web1"}, exitOK, ""},
		{with, []string{"flows", "--port", "web9"}, exitNotFound, "port web9"},
		{with, []string{"flows", "--table", "l3"}, exitAway, "switch"},
		{with, []string{"attach", "web9", "--netns", "nowhere"}, exitNotFound, "--mac"},
		{with, []string{"attach", "web1-v20", "--netns", "nowhere"}, exitRefused, "in a VLAN: attach web1"},
		{with, []string{"detach", "web1-v20"}, exitRefused, "in a VLAN: detach web1"},
		{with, []string{"attach", "Web 9", "--netns", "nowhere"}, exitRefused, "name"},
		{with, []string{"attach", "web9"}, exitUsage, "netns"},
		{with, []string{"attach", "--netns", "x"}, exitUsage, "arg"},
		{with, []string{"attach", "web9", "--netns", "x", "--mac", "zz"}, exitUsage, "mac"},
		{with, []string{"status", "extra"}, exitUsage, "extra"},
		{with, []string{"status", "-o", "xml"}, exitUsage, "table, json or yaml"},
		{with, []string{"frobnicate"}, exitUsage, "frobnicate"},
		{with, []string{"status", "--frobnicate"}, exitUsage, "frobnicate"},
		{with, []string{"run"}, exitError, "agent.yaml"},
		{without, []string{"status"}, exitAway, "is vlcp-agent running?"},
		{with, []string{"debug"}, exitOK, ""},
		{with, []string{"debug", "extra"}, exitUsage, "extra"},
		{starting, []string{"debug"}, exitAway, "stuck"},
		{without, []string{"debug"}, exitAway, "is vlcp-agent running?"},
		{without, []string{"ports"}, exitAway, "is vlcp-agent running?"},
		{without, []string{"flows"}, exitAway, "is vlcp-agent running?"},
		{without, []string{"attach", "web1", "--netns", "nowhere"}, exitAway, "is vlcp-agent running?"},
		{starting, []string{"status"}, exitAway, "not ready"},
	} {
		t.Run(fmt.Sprint(c.args), func(t *testing.T) {
			c.p.t = t
			_, stderr, code := c.p.run(c.args...)
			require.Equal(t, c.code, code, stderr)
			require.Contains(t, stderr, c.says)
			if code == exitUsage {
				require.Contains(t, stderr, "--help")
			} else {
				require.NotContains(t, stderr, "for usage")
			}
		})
	}
	require.False(t, hostnet.Exists("web9"), "a refused attach leaves nothing behind")
}

func TestOutput(t *testing.T) {
	p := newCaller(t, fake{ready: true})
	out, _, _ := p.run("status", "-o", "json")
	var s status.Status
	require.NoError(t, json.Unmarshal([]byte(out), &s))
	require.Equal(t, "web1", s.Ports[0].ID)
	out, _, _ = p.run("ports", "-o", "json")
	var ports []status.Port
	require.NoError(t, json.Unmarshal([]byte(out), &ports))
	require.Equal(t, s.Ports, ports)
	out, _, _ = p.run("flows", "-o", "yaml")
	require.Contains(t, out, "owner: port/web1")

	out, _, _ = p.run("status")
	for _, want := range []string{"h1  ready", "Open vSwitch 3.1.0", "8 of 9 installed, 0 pending, 1 foreign  (l2 2)",
		"revision 7, 6 in the switch", "h2 (192.0.2.2)", "web1  blue", "10.0.0.2", "port_undefined web9: define it"} {
		require.Contains(t, out, want)
	}
	require.NotContains(t, out, "\x1b", "no colours but on a terminal")
	out, _, _ = p.run("flows")
	require.Regexp(t, `(?m)^5 +0 +- `, out, "a table without a name is its number, and what is empty a dash")
}

// A port that is up already is not up by the attach that was made just now.
func TestAttachWaitsForItsOwn(t *testing.T) {
	p := newCaller(t, fake{ready: true})
	a := &app{socket: p.socket}
	require.NoError(t, a.awaitUp(t.Context(), "web1", "mark", time.Minute))
	require.ErrorIs(t, a.awaitUp(t.Context(), "web1", "other", 3*attachPoll), errTimeOut)
	require.NoError(t, a.awaitUp(t.Context(), "web1", "other", 0), "who does not want to wait does not")
}

func TestVersion(t *testing.T) {
	p := newCaller(t, nil)
	for _, format := range []string{outTable, outJSON} {
		out, _, code := p.run("--version", "-o", format)
		want, _, _ := p.run("version", "-o", format)
		require.Equal(t, exitOK, code)
		require.Equal(t, want, out)
		require.Contains(t, out, agent.Version)
	}
}

func TestHelpReadsWell(t *testing.T) {
	p := newCaller(t, nil)
	for _, command := range []string{"run", "status", "ports", "flows", "attach", "detach", "debug", "version"} {
		out, _, code := p.run(command, "--help")
		require.Equal(t, exitOK, code)
		require.NotContains(t, out, "\t", command)
		require.NotContains(t, out, "00:00:00", "%s: an address that is none is no default", command)
	}
}
