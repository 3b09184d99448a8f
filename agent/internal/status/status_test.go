package status

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
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
	require.NotContains(t, err.Error(), "dial", "the system's word is enough")
}

// A question is answered or refused, and one that is not asked in time or is too long does not keep the server busy.
func TestQuestions(t *testing.T) {
	path := serve(t, source{})
	for question, answer := range map[string]string{
		`{"ask":"flows","table":"l2"}`:         `"owner":"//l2"`,
		`{"ask":"weather"}`:                    `{"error":"request \"weather\": want status, flows, definition or debug"}`,
		`GET /v1/status HTTP/1.1`:              `{"error":"request: invalid character`,
		`{"ask":"definition","port":"nobody"}`: `{"error":"port nobody: not found","kind":"not_found"}`,
		strings.Repeat(" ", requestMaxBytes):   "",
	} {
		c, err := net.Dial("unix", path)
		require.NoError(t, err)
		_, _ = c.Write([]byte(question + "\n")) // may be refused before it is whole
		got, _ := io.ReadAll(c)
		require.NoError(t, c.Close())
		if answer == "" {
			require.Empty(t, got)
		}
		require.Contains(t, string(got), answer)
	}
}

// slow answers when it is told that nobody waits.
type slow struct {
	source
	asked, told chan struct{}
}

func (s slow) Status(ctx context.Context) (*Status, error) {
	s.asked <- struct{}{}
	<-ctx.Done()
	s.told <- struct{}{}
	return nil, ctx.Err()
}

// The agent hears that who asked has gone, or that it has to end, and does not work on for nobody.
func TestGone(t *testing.T) {
	src := slow{asked: make(chan struct{}, connectionsMax+2), told: make(chan struct{}, connectionsMax+2)}
	path := serve(t, src)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := NewClient(path).Status(ctx)
		done <- err
	}()
	<-src.asked
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	<-src.told

	for range connectionsMax + 1 { // one waits for room, and none for ever when the server is closed
		go func() { _, _ = NewClient(path).Status(t.Context()) }()
	}
	for range connectionsMax {
		<-src.asked
	}
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
