package ovstest

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Database is a running ovsdb-server with a schema of the test's.
type Database struct {
	Addr    string // unix:… of it
	Remotes []string
	Args    []string // more arguments of ovsdb-server

	clustered bool
	schema    string
	sw        *Switch // for its directory and its processes
}

// StartDatabase starts an ovsdb-server that ends with the test. Only a clustered one, which is of one server here,
// remembers transactions.
func StartDatabase(t testing.TB, schema string, clustered bool) *Database {
	t.Helper()
	dir, err := os.MkdirTemp("", "ovsdb")
	require.NoError(t, err)
	sw := &Switch{Dir: dir, DB: "unix:" + filepath.Join(dir, "db.sock"), t: t}
	d := &Database{Addr: sw.DB, clustered: clustered, schema: sw.path("test.ovsschema"), sw: sw}
	t.Cleanup(func() {
		d.Stop()
		require.NoError(t, os.RemoveAll(dir))
	})
	require.NoError(t, os.WriteFile(d.schema, []byte(schema), 0o600))
	d.create()
	d.Start()
	return d
}

func (d *Database) create() {
	d.sw.t.Helper()
	if d.clustered {
		d.sw.run("ovsdb-tool", "create-cluster", d.sw.path("conf.db"), d.schema, "unix:"+d.sw.path("raft.sock"))
		return
	}
	d.sw.run("ovsdb-tool", "create", d.sw.path("conf.db"), d.schema)
}

// Start starts the server with the database as it was left.
func (d *Database) Start() {
	d.sw.t.Helper()
	args := []string{"ovsdb-server", d.sw.path("conf.db"), "--remote=p" + d.Addr,
		"--unixctl=" + d.sw.path("ovsdb.ctl"), "--no-chdir", "-vconsole:off", "-vsyslog:off"}
	for _, r := range d.Remotes {
		args = append(args, "--remote="+r)
	}
	d.sw.ovsdb = d.sw.start(append(args, d.Args...)...)
	d.sw.await(d.sw.path("db.sock"))
	for _, r := range d.Remotes { // ptcp:PORT:HOST, pssl:PORT:HOST
		if part := strings.SplitN(r, ":", 3); len(part) == 3 {
			d.sw.awaitSocket("tcp", net.JoinHostPort(part[2], part[1]))
		}
	}
}

// Stop kills the server.
func (d *Database) Stop() { d.sw.StopDB() }

// Replace has an empty database take the place of the one there is. The server must be stopped.
func (d *Database) Replace() {
	d.sw.t.Helper()
	require.NoError(d.sw.t, os.Remove(d.sw.path("conf.db")))
	_ = os.Remove(d.sw.path("raft.sock"))
	d.create()
}

// Client runs ovsdb-client, with the address of the database after the command, and returns its output.
func (d *Database) Client(command string, args ...string) string {
	d.sw.t.Helper()
	return d.sw.run(append([]string{"ovsdb-client", "--timeout=20", command, d.Addr}, args...)...)
}

// Appctl runs ovs-appctl against the server and returns its output.
func (d *Database) Appctl(args ...string) string {
	d.sw.t.Helper()
	return d.sw.run(append([]string{"ovs-appctl", "-t", d.sw.path("ovsdb.ctl")}, args...)...)
}

// FreePort is a TCP port of 127.0.0.1 that nobody listened at a moment ago.
func FreePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close() //nolint:errcheck // it served its purpose
	return l.Addr().(*net.TCPAddr).Port
}

// Convert changes the schema while the server runs.
func (d *Database) Convert(schema string) {
	d.sw.t.Helper()
	require.NoError(d.sw.t, os.WriteFile(d.schema, []byte(schema), 0o600))
	d.Client("convert", d.schema)
}

// Pause stops the server's process, Resume lets it go on.
func (d *Database) Pause() { d.signal(syscall.SIGSTOP) }

// Resume is the opposite of Pause.
func (d *Database) Resume() { d.signal(syscall.SIGCONT) }

func (d *Database) signal(s syscall.Signal) {
	d.sw.t.Helper()
	require.NoError(d.sw.t, d.sw.ovsdb.Process.Signal(s))
}
