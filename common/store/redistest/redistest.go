// Package redistest starts a private redis-server for a test: on a unix socket in the test's directory, without a TCP
// port, and ended by its process id. A real one, because the fakes at hand publish no keyspace events.
package redistest

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/proctest"
)

const (
	startTimeout = 10 * time.Second
	startPoll    = 5 * time.Millisecond
)

// Server is a running redis-server.
type Server struct {
	// Socket is the path of its unix socket, URL is the same as redisstore takes it.
	Socket, URL string

	args []string
	cmd  *exec.Cmd
	out  bytes.Buffer
}

// Start starts a server that ends with the test. args are added to its command line.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "redis") // t.TempDir can be too long for the path of a socket
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	socket := filepath.Join(dir, "s")
	s := &Server{Socket: socket, URL: "unix://" + socket}
	s.args = append([]string{"--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", dir,
		"--loglevel", "warning"}, args...)
	s.Launch(t)
	t.Cleanup(func() { s.Kill(t) })
	return s
}

// Launch starts the process again after Kill, with another run id and empty, unless Load gave it something.
func (s *Server) Launch(t testing.TB) {
	t.Helper()
	s.out.Reset()
	s.cmd = exec.Command("redis-server", s.args...)
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	require.NoError(t, proctest.Start(s.cmd), "redis-server is needed: run scripts/install-deps")
	for end := time.Now().Add(startTimeout); ; time.Sleep(startPoll) {
		c, err := net.Dial("unix", s.Socket)
		if err == nil {
			require.NoError(t, c.Close())
			return
		}
		require.True(t, time.Now().Before(end), "redis-server did not start: %v", err)
	}
}

// Kill ends the process at once, if it runs.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	if s.cmd.ProcessState != nil {
		return
	}
	require.NoError(t, s.cmd.Process.Kill())
	_ = s.cmd.Wait() // "signal: killed" is what we want
}

// Save returns what the server holds now, as the file that it would write to the disk.
func (s *Server) Save(t testing.TB) []byte {
	t.Helper()
	s.CLI(t, "save")
	file, err := os.ReadFile(s.file())
	require.NoError(t, err)
	require.NoError(t, os.Remove(s.file()))
	return file
}

// Load puts a file in place that Launch reads.
func (s *Server) Load(t testing.TB, file []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(s.file(), file, 0o600))
}

func (s *Server) file() string { return filepath.Join(filepath.Dir(s.Socket), "dump.rdb") }

// FreePort asks the system for a TCP port that nobody has.
func FreePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return port
}

// Pid is the process id, to stop and continue it.
func (s *Server) Pid() int { return s.cmd.Process.Pid }

// CLIAs is CLI with the password of the default user.
func (s *Server) CLIAs(t testing.TB, password string, args ...string) string {
	t.Helper()
	return s.CLI(t, append([]string{"--no-auth-warning", "-a", password}, args...)...)
}

// CLI runs redis-cli and returns what it prints.
func (s *Server) CLI(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("redis-cli", append([]string{"-s", s.Socket}, args...)...).CombinedOutput()
	require.NoError(t, err, "redis-cli %v: %s", args, out)
	return string(bytes.TrimSpace(out))
}
