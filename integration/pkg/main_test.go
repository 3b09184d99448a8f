package pkg

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/integration/cell"
	"github.com/vlcp-go/vlcp/integration/chaos/probe"
)

// Versions of the packages: the tree's own, and one that sorts before every other, for upgrades.
const lower = "0.0.0~0"

// What all tests share.
var (
	tree   string // the top of the repository
	made   string // packages of the tree as it is
	older  string // the same as packages of version lower, of this architecture, .deb only
	debian string // root of a Debian machine
	arch   string // of this machine, in Debian's words
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == roleProbe {
		probe.Main()
		return
	}
	cell.Enter()
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintf(os.Stderr, "integration/pkg: %v\n", err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (int, error) {
	wd, err := os.Getwd()
	if err != nil {
		return 1, err
	}
	tree = filepath.Dir(filepath.Dir(wd))
	dir, err := os.MkdirTemp("", "vlcp-pkg-")
	if err != nil {
		return 1, err
	}
	if debian, err = command("integration/pkg/debian-root"); err != nil {
		return 1, err
	}
	if err := build(dir); err != nil {
		return 1, err
	}
	code := m.Run()
	_, err = command("integration/pkg/boot", "clean")
	return code, err
}

// build makes the packages, unless VLCP_PACKAGES is a directory in which a run before has left them.
func build(dir string) error {
	if keep := os.Getenv("VLCP_PACKAGES"); keep != "" {
		dir = keep
	}
	made, older = filepath.Join(dir, "made"), filepath.Join(dir, "older")
	var err error
	if arch, err = command("dpkg", "--print-architecture"); err != nil {
		return err
	}
	if _, err := os.Stat(older); err == nil {
		return nil
	}
	if _, err := command("scripts/package", "--out", made); err != nil {
		return err
	}
	_, err = command("scripts/package", "--out", older, "--version", lower, "--arch", arch, "--formats", "deb",
		"--compression", "gzip")
	return err
}

// command runs one in the tree and returns what it printed.
func command(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	if strings.Contains(name, "/") {
		cmd.Path = filepath.Join(tree, name)
	}
	cmd.Dir = tree
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s%s", name, strings.Join(args, " "), err, out.String(), errs.String())
	}
	return strings.TrimSpace(out.String()), nil
}
