package cell

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	run      = "/run"
	tmp      = "/run/tmp"
	resolver = "/etc/resolv.conf"
)

// furnish gives the cell its own /proc and /run, with a directory for temporary files. It changes the environment.
func furnish() error {
	const safe = syscall.MS_NOSUID | syscall.MS_NODEV
	kept, content := resolverInRun()
	for _, m := range []struct {
		what, where, options string
		flags                uintptr
	}{
		{"", "/", "", syscall.MS_REC | syscall.MS_PRIVATE},
		{"proc", "/proc", "", safe | syscall.MS_NOEXEC},
		{"tmpfs", run, "mode=755", safe},
	} {
		if err := syscall.Mount(m.what, m.where, m.what, m.flags, m.options); err != nil {
			return fmt.Errorf("mount %s: %w", m.where, err)
		}
	}
	if err := os.Mkdir(tmp, 0o700); err != nil {
		return err
	}
	if kept != "" {
		if err := os.MkdirAll(filepath.Dir(kept), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(kept, content, 0o644); err != nil {
			return err
		}
	}
	return os.Setenv("TMPDIR", tmp)
}

// resolverInRun is what /etc/resolv.conf is a link to, if that is in /run, as systemd-resolved has it: programs must
// still find names, go those of the modules that it needs.
func resolverInRun() (path string, content []byte) {
	path, err := filepath.EvalSymlinks(resolver)
	if err != nil || !strings.HasPrefix(path, run+"/") {
		return "", nil
	}
	content, err = os.ReadFile(path)
	if err != nil {
		return "", nil
	}
	return path, content
}
