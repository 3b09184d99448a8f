package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/vlcp-go/vlcp/integration/agentsocket"
)

const (
	labDir         = "/run/vlcp-chaos"
	buildDir       = "/run/vlcp-chaos-build"
	redisIP        = "10.255.0.254"
	module         = "github.com/vlcp-go/vlcp"
	commandTimeout = 2 * time.Minute
	askTimeout     = 2 * time.Second
)

var hosts = []string{"hv1", "hv2", "hv3"}

// lab is scripts/lab with its hypervisors.
type lab struct {
	root string // of the repository
}

func newLab(root string) (*lab, error) {
	l := &lab{root: root}
	os.Setenv("VLCP_LAB_DIR", labDir)
	os.Setenv("VLCP_BUILD_DIR", buildDir)
	build := exec.Command("go", "build", "-o", buildDir+"/", "./agent/cmd/vlcp-agent",
		"./coordinator/cmd/vlcp-coordinator")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the programs do not build: %w\n%s", err, out)
	}
	return l, l.run("up", "--hosts", fmt.Sprint(len(hosts)))
}

// command runs scripts/lab with an input and returns its output.
func (l *lab) command(input string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	var out, errs bytes.Buffer
	c := exec.CommandContext(ctx, filepath.Join(l.root, "scripts", "lab"), args...)
	c.Stdin, c.Stdout, c.Stderr, c.WaitDelay = strings.NewReader(input), &out, &errs, time.Second
	if err := c.Run(); err != nil {
		return out.String(), fmt.Errorf("lab %s: %w: %s%s", strings.Join(args, " "), err, &out, &errs)
	}
	return out.String(), nil
}

func (l *lab) run(args ...string) error {
	_, err := l.command("", args...)
	return err
}

// exec runs a command in a namespace.
func (l *lab) exec(where string, command ...string) (string, error) {
	return l.command("", append([]string{"exec", where}, command...)...)
}

func (l *lab) coordinator(args ...string) error {
	_, err := l.exec("hv1", append([]string{"vlcp-coordinator"}, args...)...)
	return err
}

func (l *lab) redis(args ...string) (string, error) {
	return l.exec("underlay", append([]string{"redis-cli", "-h", redisIP}, args...)...)
}

// pid is a process that the lab has recorded.
func (l *lab) pid(name string) (int, error) {
	content, err := os.ReadFile(filepath.Join(labDir, "pid", name))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.Fields(string(content))[0])
}

// cpu is what a process that the lab has recorded has used of a processor, in seconds; 0 if it cannot be known.
func (l *lab) cpu(name string) float64 {
	pid, err := l.pid(name)
	if err != nil {
		return 0
	}
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	const ticks = 100 // a second, on every Linux
	return float64(user+system) / ticks
}

// kill sends SIGKILL to a process that the lab has recorded, and waits for its end.
func (l *lab) kill(name string) error {
	pid, err := l.pid(name)
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return err
	}
	return until(askTimeout, func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, state, _ := strings.Cut(string(stat), ") ")
		return err != nil || strings.HasPrefix(state, "Z")
	})
}

// status is what is used of what an agent says of itself.
type status struct {
	UptimeSeconds int64 `json:"uptime_seconds"`
	Ready         bool  `json:"ready"`
	Store         struct {
		State           string `json:"state"`
		Revision        int64  `json:"revision"`
		AppliedRevision int64  `json:"applied_revision"`
		FromJournal     bool   `json:"from_journal"`
	} `json:"store"`
	Ports []struct {
		ID    string   `json:"id"`
		MAC   string   `json:"mac"`
		IPs   []string `json:"ips"`
		State string   `json:"state"`
	} `json:"ports"`
	Flows struct {
		Desired   int   `json:"desired"`
		Installed int   `json:"installed"`
		Pending   int   `json:"pending"`
		Sent      int64 `json:"sent"`
	} `json:"flows"`
	Problems []struct{ Code, Object, Message string } `json:"problems"`
}

func (s *status) problem(code string) bool {
	for _, p := range s.Problems {
		if p.Code == code {
			return true
		}
	}
	return false
}

// port is the state of a port, "" when it is not here.
func (s *status) port(name string) string {
	for _, p := range s.Ports {
		if p.ID == name {
			return p.State
		}
	}
	return ""
}

func (l *lab) status(host string) (*status, error) {
	var s status
	if err := agentsocket.Status(filepath.Join(labDir, host, "agent.sock"), askTimeout, &s); err != nil {
		return nil, fmt.Errorf("status of %s: %w", host, err)
	}
	return &s, nil
}

// unsettled says why a host is not as it should be, "" when it is: the agent's word, and the number of flows that the
// switch itself says it has.
func (l *lab) unsettled(host string) string {
	s, err := l.status(host)
	if err != nil {
		return fmt.Sprintf("%s: %v", host, err)
	}
	switch {
	case !s.Ready || s.Store.State != "current":
		return fmt.Sprintf("%s: ready %v, store %s", host, s.Ready, s.Store.State)
	case s.Flows.Installed != s.Flows.Desired || s.Flows.Pending != 0:
		return fmt.Sprintf("%s: flows %+v", host, s.Flows)
	}
	for _, p := range s.Problems {
		if p.Code != "flows_contested" { // which is true of this program
			return fmt.Sprintf("%s: problem %+v", host, p)
		}
	}
	for _, p := range s.Ports {
		if p.State != "up" {
			return fmt.Sprintf("%s: port %s is %s", host, p.ID, p.State)
		}
	}
	n, err := l.flowCount(host)
	if err != nil || n != s.Flows.Installed {
		return fmt.Sprintf("%s: the switch has %d flows, not %d (%v)", host, n, s.Flows.Installed, err)
	}
	return ""
}

// switchOf is the OpenFlow socket of a bridge.
func switchOf(host, bridge string) string {
	return "unix:" + filepath.Join(labDir, host, "ovs", bridge+".mgmt")
}

// flowCount asks the switch itself.
func (l *lab) flowCount(host string) (int, error) {
	flows, err := l.flows(host)
	return len(flows), err
}
