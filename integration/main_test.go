package integration

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

const (
	labDir   = "/run/vlcp-integration" // short: Unix sockets are in it
	lockFile = "/run/vlcp-integration.lock"
	module   = "github.com/vlcp-go/vlcp"
)

var hosts = []string{"hv1", "hv2", "hv3"}

var script, root string

func TestMain(m *testing.M) {
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintf(os.Stderr, "integration: %v\n", err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (code int, err error) {
	if os.Geteuid() != 0 {
		return 1, fmt.Errorf("the integration tests need root")
	}
	lock, err := lockLab()
	if err != nil {
		return 1, err
	}
	defer lock.Close()
	build, err := os.MkdirTemp("", "vlcp-integration-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(build)
	if err := prepare(build); err != nil {
		return 1, err
	}
	down := sync.OnceValue(func() error { return labCommand("down") })
	defer func() {
		if e := down(); e != nil {
			code, err = 1, fmt.Errorf("the lab could not be removed: %w", e)
		}
	}()
	go downWhenInterrupted(down, build)
	if err := labCommand("down"); err != nil { // what a killed run left
		return 1, err
	}
	if err := labCommand("up", "--hosts", fmt.Sprint(len(hosts))); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// lockLab keeps a second run of these tests from taking the lab of the first away.
func lockLab() (*os.File, error) {
	f, err := os.OpenFile(lockFile, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("these tests are running already (%s is locked)", lockFile)
	}
	return f, nil
}

func prepare(build string) error {
	wd, err := os.Getwd()
	if err != nil {
		return err
	}
	root = filepath.Dir(wd)
	script = filepath.Join(root, "scripts", "lab")
	os.Setenv("VLCP_LAB_DIR", labDir)
	os.Setenv("VLCP_BUILD_DIR", build)
	flags := "-X " + module + "/agent.Version=integration -X " + module + "/coordinator.Version=integration"
	cmd := exec.Command("go", "build", "-ldflags", flags, "-o", build+"/",
		"./agent/cmd/vlcp-agent", "./coordinator/cmd/vlcp-coordinator")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("the programs do not build: %w\n%s", err, out)
	}
	return nil
}

func downWhenInterrupted(down func() error, build string) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	s := <-signals
	fmt.Fprintf(os.Stderr, "integration: %v; removing the lab\n", s)
	if err := down(); err != nil {
		fmt.Fprintf(os.Stderr, "integration: the lab could not be removed: %v\n", err)
	}
	os.RemoveAll(build)
	os.Exit(1)
}

// labCommand runs scripts/lab where no test is concerned. A process group of its own keeps a Ctrl-C from it.
func labCommand(args ...string) error {
	cmd := exec.Command(script, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("lab %v: %w\n%s", args, err, out)
	}
	return nil
}
