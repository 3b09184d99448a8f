package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/vlcp-go/vlcp/integration/cell"
)

const (
	labDir   = "/run/vlcp-integration" // of the cell, as is the other
	buildDir = "/run/vlcp-integration-build"
	module   = "github.com/vlcp-go/vlcp"
)

var hosts = []string{"hv1", "hv2", "hv3"}

var script, root string

func TestMain(m *testing.M) {
	cell.Enter()
	if err := prepare(); err != nil {
		fmt.Fprintf(os.Stderr, "integration: %v\n", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// prepare builds the programs and has the lab go up.
func prepare() error {
	wd, err := os.Getwd()
	if err != nil {
		return err
	}
	root = filepath.Dir(wd)
	script = filepath.Join(root, "scripts", "lab")
	os.Setenv("VLCP_LAB_DIR", labDir)
	os.Setenv("VLCP_BUILD_DIR", buildDir)
	flags := "-X " + module + "/agent.Version=integration -X " + module + "/coordinator.Version=integration"
	cmd := exec.Command("go", "build", "-ldflags", flags, "-o", buildDir+"/",
		"./agent/cmd/vlcp-agent", "./coordinator/cmd/vlcp-coordinator")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("the programs do not build: %w\n%s", err, out)
	}
	if out, err := exec.Command(script, "up", "--hosts", fmt.Sprint(len(hosts))).CombinedOutput(); err != nil {
		return fmt.Errorf("lab up: %w\n%s", err, out)
	}
	return nil
}
