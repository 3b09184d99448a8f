package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	commandTimeout = time.Minute
	settleTimeout  = 10 * time.Second
	pollInterval   = 50 * time.Millisecond
)

// lab is the lab of TestMain in the hands of one test.
type lab struct {
	t testing.TB
}

// result is what a command did.
type result struct {
	out, err string
	code     int
}

// on gives the lab to a test. When the test is over everything it made is removed, and every agent must be as it was.
func on(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t}
	t.Cleanup(l.clean)
	return l
}

// command runs scripts/lab and returns what it did, whatever that was.
func (l *lab) command(stdin string, args ...string) result {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, script, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(l.t, err, "lab %s: %s", strings.Join(args, " "), errs.String())
	}
	require.NoError(l.t, ctx.Err(), "lab %s: %s", strings.Join(args, " "), errs.String())
	return result{out: out.String(), err: errs.String(), code: cmd.ProcessState.ExitCode()}
}

// run runs scripts/lab, which must succeed, and returns its output.
func (l *lab) run(args ...string) string {
	l.t.Helper()
	r := l.command("", args...)
	require.Zero(l.t, r.code, "lab %s:\n%s%s", strings.Join(args, " "), r.out, r.err)
	return r.out
}

// exec runs a command in a namespace, which must succeed, and returns its output.
func (l *lab) exec(where string, command ...string) string {
	l.t.Helper()
	return l.run(append([]string{"exec", where}, command...)...)
}

// try runs a command in a namespace and returns what it did.
func (l *lab) try(where string, command ...string) result {
	l.t.Helper()
	return l.command("", append([]string{"exec", where}, command...)...)
}

func (l *lab) coordinator(args ...string) string {
	l.t.Helper()
	return l.exec("hv1", append([]string{"vlcp-coordinator"}, args...)...)
}

func (l *lab) tryCoordinator(args ...string) result {
	l.t.Helper()
	return l.try("hv1", append([]string{"vlcp-coordinator"}, args...)...)
}

func (l *lab) apply(definitions string) {
	l.t.Helper()
	r := l.command(definitions, "exec", "hv1", "vlcp-coordinator", "apply", "-f", "-")
	require.Zero(l.t, r.code, "apply: %s%s", r.out, r.err)
}

// guests starts guests, each given as HOST/PORT, with addresses from DHCP, and waits for every agent.
func (l *lab) guests(places ...string) {
	l.t.Helper()
	for _, place := range places {
		host, port, _ := strings.Cut(place, "/")
		l.run("guest", host, port)
	}
	l.coordinator("wait")
}

func (l *lab) address(guest string) string {
	l.t.Helper()
	fields := strings.Fields(l.exec(guest, "ip", "-4", "-o", "addr", "show", "dev", "eth0"))
	require.Greater(l.t, len(fields), 3, "%s has no address", guest)
	address, _, _ := strings.Cut(fields[3], "/")
	return address
}

// json runs a program on a host and decodes its output.
func (l *lab) json(into any, where string, command ...string) {
	l.t.Helper()
	out := l.exec(where, append(command, "-o", "json")...)
	require.NoError(l.t, json.Unmarshal([]byte(out), into), "%v: %s", command, out)
}

func (l *lab) status(host string) (s status) {
	l.t.Helper()
	l.json(&s, host, "vlcp-agent", "status")
	return s
}

// tryStatus is status for an agent that may not be ready; the exit code says so.
func (l *lab) tryStatus(host string) (s status, code int) {
	l.t.Helper()
	r := l.try(host, "vlcp-agent", "status", "-o", "json")
	if r.out != "" {
		require.NoError(l.t, json.Unmarshal([]byte(r.out), &s), r.out)
	}
	return s, r.code
}

func (l *lab) flows(host string, filter ...string) (f []flow) {
	l.t.Helper()
	l.json(&f, host, append([]string{"vlcp-agent", "flows"}, filter...)...)
	return f
}

// eventually waits until a condition, described in what, is true.
func (l *lab) eventually(condition func() bool, what string, args ...any) {
	l.t.Helper()
	l.within(settleTimeout, condition, what, args...)
}

func (l *lab) within(timeout time.Duration, condition func() bool, what string, args ...any) {
	l.t.Helper()
	for deadline := time.Now().Add(timeout); !condition(); time.Sleep(pollInterval) {
		if time.Now().After(deadline) {
			require.Failf(l.t, "not in "+timeout.String(), what, args...)
		}
	}
}

func (l *lab) clean() {
	if l.t.Failed() {
		l.explain()
	}
	l.run("up", "--hosts", "3") // what a test stopped
	for _, guest := range l.attached() {
		l.run("unguest", guest)
	}
	for _, kind := range []string{"mirror", "port", "subnet", "network", "physport", "physnet"} {
		var objects []struct{ Name string }
		l.json(&objects, "hv1", "vlcp-coordinator", kind, "list")
		command := []string{kind, "delete"}
		for _, o := range objects {
			command = append(command, o.Name)
		}
		if len(objects) > 0 {
			l.coordinator(command...)
		}
	}
	for _, host := range hosts {
		l.eventually(func() bool {
			if s, _ := l.tryStatus(host); s.Store.State == "hold" {
				l.coordinator("store", "accept", "--yes")
			}
			return l.pristine(host)
		}, "%s has more than when nothing is defined", host)
	}
}

// pristine is true when a host is as if nothing had ever been defined: each of its flows is one a table has always.
func (l *lab) pristine(host string) bool {
	l.t.Helper()
	s := l.status(host)
	for _, f := range l.flows(host) {
		if !strings.HasPrefix(f.Owner, "table/") || f.State != "installed" {
			return false
		}
	}
	return s.Flows.Desired > 0 && s.Flows.Installed == s.Flows.Desired && len(s.Ports)+len(s.Problems) == 0
}

func (l *lab) attached() []string {
	entries, err := os.ReadDir(filepath.Join(labDir, "guest"))
	require.NoError(l.t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names
}

// explain says how things are when a test has failed.
func (l *lab) explain() {
	l.t.Logf("lab status:\n%s", l.command("", "status").out)
	for _, host := range hosts {
		r := l.try(host, "vlcp-agent", "status")
		l.t.Logf("%s:\n%s%s", host, r.out, r.err)
		log, _ := os.ReadFile(filepath.Join(labDir, host, "agent.log"))
		lines := strings.Split(strings.TrimSpace(string(log)), "\n")
		l.t.Logf("%s: the end of its log:\n%s", host, strings.Join(lines[max(0, len(lines)-15):], "\n"))
	}
}
