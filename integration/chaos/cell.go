package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/vlcp-go/vlcp/common/proctest"
	"github.com/vlcp-go/vlcp/integration/chaos/probe"
)

// This program is three.
const (
	envRole   = "VLCP_CHAOS_ROLE"
	roleCell  = "cell"  // in the namespaces of its own
	roleProbe = "probe" // in a guest
)

// enter does what comes before the program proper. It returns only in the cell; elsewhere the process ends.
func enter() {
	switch os.Getenv(envRole) {
	case roleProbe:
		probe.Main()
		os.Exit(0)
	case roleCell:
		return
	}
	code, err := inCell(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "chaos: %v\n", err)
	}
	os.Exit(code)
}

// inCell runs this program again, in namespaces of mounts and processes that end with this one. The shell is the first
// process there: it takes up orphans.
func inCell(args []string) (int, error) {
	if os.Geteuid() != 0 {
		return 1, errors.New("network namespaces take root")
	}
	self, err := os.Executable()
	if err != nil {
		return 1, err
	}
	args = append([]string{"--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
		"sh", "-c", `mount -t tmpfs tmpfs /run && "$@"; exit $?`, "sh", self}, args...)
	c := exec.Command("unshare", args...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.Env = append(os.Environ(), envRole+"="+roleCell)
	signal.Ignore(syscall.SIGINT) // the program inside gets it, too, and ends with its report
	if err := proctest.Start(c); err != nil {
		return 1, err
	}
	err = c.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil // killed: -1
	}
	return 0, err
}
