package cell

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/vlcp-go/vlcp/common/proctest"
)

// This program is three.
const (
	envPlace    = "VLCP_CELL"
	placeFirst  = "first"  // process of the cell
	placeInside = "inside" // the program proper
)

const (
	killed = 128                    // and the number of the signal: what shells say of a process that one ended
	byGo   = "-test.paniconexit0"   // an argument that go test gives
	asks   = "-test.testlogfile="   // the same, see uncached
	glance = 500 * time.Millisecond // between two looks for the parent
)

// Enter has the program go on in a cell. It returns only there; outside it runs the program again in a cell, with the
// same arguments, and ends with its exit code. It takes root. Call it first: what was done before is done three times.
func Enter() {
	place := os.Getenv(envPlace)
	os.Unsetenv(envPlace) // a program that this one starts may have a cell of its own
	part := outside
	switch place {
	case placeInside:
		return
	case placeFirst:
		part = first
	}
	code, err := part()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
		code = 1
	}
	os.Exit(code)
}

// outside starts the cell and waits for its end. Its processes are a group of their own, so that Ctrl-C in a terminal
// reaches the program once, by way of this one, and not all that it has started.
func outside() (int, error) {
	if os.Geteuid() != 0 {
		return 0, errors.New("namespaces take root")
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	if strings.HasPrefix(self, run+"/") {
		return 0, fmt.Errorf("%s is in %s, of which a cell has its own: have it elsewhere, see TMPDIR", self, run)
	}
	c := exec.Command(self, uncached(os.Args[1:])...)
	c.Args[0] = os.Args[0]
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.Env = append(os.Environ(), envPlace+"="+placeFirst)
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS, Setpgid: true}
	signals := listen()
	if err := proctest.Start(c); err != nil {
		return 0, fmt.Errorf("namespaces of mounts and processes: %w", err)
	}
	go passOn(signals, c.Process)
	if slices.Contains(os.Args, byGo) {
		go endWithout(os.Getppid(), c.Process)
	}
	var exit *exec.ExitError
	if err := c.Wait(); err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	return exitCode(c.ProcessState.Sys().(syscall.WaitStatus)), nil
}

// endWithout ends the cell when the parent is gone: nobody reads the results of tests whose go test was killed.
func endWithout(parent int, cell *os.Process) {
	for os.Getppid() == parent {
		time.Sleep(glance)
	}
	_ = cell.Kill() // it may have ended
}

// uncached are the arguments without the one that asks a test program what it reads, for go to know when a result still
// holds. Without an answer go caches nothing.
func uncached(args []string) []string {
	return slices.DeleteFunc(slices.Clone(args), func(a string) bool { return strings.HasPrefix(a, asks) })
}

// first is the first process of the cell.
func first() (int, error) {
	if err := furnish(); err != nil {
		return 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	signals := listen()
	p, err := os.StartProcess(self, os.Args, &os.ProcAttr{Env: append(os.Environ(), envPlace+"="+placeInside),
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}})
	if err != nil {
		return 0, err
	}
	go passOn(signals, p)
	for {
		var s syscall.WaitStatus
		switch pid, err := syscall.Wait4(-1, &s, 0, nil); {
		case err != nil && err != syscall.EINTR:
			return 0, err
		case err == nil && pid == p.Pid:
			return exitCode(s), nil
		}
	}
}

// listen begins to take the signals that are for the program inside, but for those that are ignored, as nohup has it.
func listen() chan os.Signal {
	c := make(chan os.Signal, 8)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
	return c
}

func passOn(signals <-chan os.Signal, to *os.Process) {
	for s := range signals {
		_ = to.Signal(s) // it may have ended
	}
}

func exitCode(s syscall.WaitStatus) int {
	if s.Signaled() {
		return killed + int(s.Signal())
	}
	return s.ExitStatus()
}
