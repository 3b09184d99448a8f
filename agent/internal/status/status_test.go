package status

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
)

// source answers as an agent would, or with err.
type source struct{ err error }

func (s source) Status(context.Context) (*Status, error) {
	return &Status{Host: "h1", Ready: true, Ports: []Port{{ID: "web1", State: PortUp}}}, s.err
}

func (s source) Flows(_ context.Context, f Filter) ([]Flow, error) {
	return []Flow{{Owner: f.Port + "/" + f.Network + "/" + f.Table}}, s.err
}

func (s source) Definition(_ context.Context, port string) (*Definition, error) {
	if port == "nobody" {
		return nil, fmt.Errorf("port %s: %w", port, ErrNotFound)
	}
	return &Definition{Port: port, MAC: model.MAC{0x0a, 1}, MTU: 1450}, s.err
}

func (s source) Debug(context.Context) (*Debug, error) {
	return &Debug{Version: "1", Stuck: &coroutine.Running{Name: "engine", Turn: time.Minute},
		Snapshot: coroutine.Snapshot{Timers: 3, Tasks: []coroutine.TaskInfo{{ID: 1, Name: "binder"}}}}, s.err
}

// serve starts a server in a short directory and returns its socket.
func serve(t *testing.T, src Source) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "st")
	require.NoError(t, err)
	path := filepath.Join(dir, "run", "agent.sock")
	s, err := Listen(path, src, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		require.NoFileExists(t, path)
		require.NoError(t, os.RemoveAll(dir))
	})
	return path
}

func TestAnswers(t *testing.T) {
	path := serve(t, source{})
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "what it says names tenants")
	c := NewClient(path)
	s, err := c.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, "web1", s.Ports[0].ID)
	f, err := c.Flows(t.Context(), Filter{Port: "a&b", Network: "blue", Table: "l2"})
	require.NoError(t, err)
	require.Equal(t, "a&b/blue/l2", f[0].Owner)
	d, err := c.Definition(t.Context(), "web/1 ?")
	require.NoError(t, err)
	require.Equal(t, &Definition{Port: "web/1 ?", MAC: model.MAC{0x0a, 1}, MTU: 1450}, d)
	debug, err := c.Debug(t.Context())
	require.NoError(t, err)
	want, _ := source{}.Debug(t.Context())
	require.Equal(t, want, debug)
	_, err = c.Definition(t.Context(), "nobody")
	require.ErrorIs(t, err, ErrNotFound)
	require.Equal(t, "port nobody: not found", err.Error(), "the agent's words and no others")
}

func TestErrors(t *testing.T) {
	c := NewClient(serve(t, source{fmt.Errorf("switch: %w", ErrUnavailable)}))
	_, err := c.Status(t.Context())
	require.ErrorIs(t, err, ErrUnavailable)
	require.NotErrorIs(t, err, ErrNoAgent, "it answered")
	c = NewClient(serve(t, source{errors.New("broken")}))
	_, err = c.Flows(t.Context(), Filter{})
	require.ErrorContains(t, err, "broken")
	require.NotErrorIs(t, err, ErrUnavailable, "an agent that fails is not one that is away")
	require.NotErrorIs(t, err, ErrNotFound)

	c = NewClient(filepath.Join(t.TempDir(), "none.sock"))
	_, err = c.Status(t.Context())
	require.ErrorIs(t, err, ErrNoAgent)
	require.ErrorContains(t, err, "is vlcp-agent running?")
	require.NotContains(t, err.Error(), "http://")
}

func TestSockets(t *testing.T) {
	path := serve(t, source{})
	_, err := Listen(path, source{}, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "another agent is running here")

	dead := filepath.Join(t.TempDir(), "dead.sock")
	l, err := net.Listen("unix", dead)
	require.NoError(t, err)
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
	require.FileExists(t, dead)
	s, err := Listen(dead, source{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err, "what a dead agent left is replaced")
	require.NoError(t, s.Close())
}
