package pkg

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Bounds, in bytes. What makes a program big says `go tool nm -size -sort size` of one that is built without -s -w.
const (
	programMax = 15_000_000
	packageMax = 6_000_000
)

// sh runs a shell command that must succeed, in the tree.
func sh(t *testing.T, script string) string {
	t.Helper()
	cmd := exec.Command("bash", "-c", script)
	cmd.Dir = tree
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s\n%s", script, out)
	return strings.TrimSpace(string(out))
}

// packages are the files that make packages makes, with their architecture as Go calls it.
func packages(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(made + "/*.*")
	require.NoError(t, err)
	out := map[string]string{}
	for _, f := range files {
		out[f] = "amd64"
		if strings.Contains(f, "arm64") || strings.Contains(f, "aarch64") {
			out[f] = "arm64"
		}
	}
	require.Len(t, out, 8, "two programs, two architectures, two formats")
	return out
}

var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// TestPackagesAreSmallAndTheirProgramsStatic looks into all of them.
func TestPackagesAreSmallAndTheirProgramsStatic(t *testing.T) {
	for file, arch := range packages(t) {
		size := fileSize(t, file)
		require.LessOrEqual(t, size, int64(packageMax), file)
		dir := t.TempDir()
		if strings.HasSuffix(file, ".deb") {
			sh(t, fmt.Sprintf("dpkg-deb -x %s %s", file, dir))
		} else {
			sh(t, fmt.Sprintf("cd %s && rpm2cpio %s | cpio -idm --quiet --no-absolute-filenames", dir, file))
		}
		programs, err := filepath.Glob(dir + "/usr/bin/*")
		require.NoError(t, err)
		require.Len(t, programs, 1)
		program := fileSize(t, programs[0])
		require.LessOrEqual(t, program, int64(programMax), programs[0])
		t.Logf("%s: %d bytes, program %d", filepath.Base(file), size, program)
		f, err := elf.Open(programs[0])
		require.NoError(t, err)
		require.Equal(t, machines[arch], f.Machine)
		for _, p := range f.Progs {
			require.NotEqual(t, elf.PT_INTERP, p.Type, "static")
		}
		require.NoError(t, f.Close())
		hasAll(t, dir, file)
	}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.Size()
}

// hasAll requires what every package must have.
func hasAll(t *testing.T, dir, file string) {
	t.Helper()
	name, section := "vlcp-agent", "8"
	if strings.Contains(file, "coordinator") {
		name, section = "vlcp-coordinator", "1"
	}
	units, zsh, licence := "usr/lib/systemd/system", "usr/share/zsh/site-functions", "usr/share/licenses/"+name+"/LICENSE"
	if strings.HasSuffix(file, ".deb") {
		units, zsh, licence = "lib/systemd/system", "usr/share/zsh/vendor-completions", "usr/share/doc/"+name+"/copyright"
	}
	if name == "vlcp-agent" {
		require.FileExists(t, filepath.Join(dir, examples, "libvirt-network.xml"), file)
		require.FileExists(t, filepath.Join(dir, examples, "libvirt-interface.xml"), file)
	}
	for _, path := range []string{
		"etc/vlcp/" + strings.TrimPrefix(name, "vlcp-") + ".yaml",
		units + "/" + name + ".service", "usr/lib/tmpfiles.d/" + name + ".conf",
		"usr/share/man/man" + section + "/" + name + "." + section + ".gz",
		"usr/share/bash-completion/completions/" + name, zsh + "/_" + name,
		"usr/share/fish/vendor_completions.d/" + name + ".fish", licence,
	} {
		require.FileExists(t, filepath.Join(dir, path), file)
	}
	text, err := os.ReadFile(filepath.Join(dir, licence))
	require.NoError(t, err)
	for _, module := range []string{"github.com/redis/go-redis/v9", "github.com/spf13/cobra", "go/*"} {
		require.Contains(t, string(text), "Files: "+module, "third-party notices")
	}
	sh(t, "man --warnings -l "+filepath.Join(dir, "usr/share/man/man"+section, name+"."+section+".gz")+
		" 2>&1 >/dev/null | { ! grep . ; }")
}

// TestTheSameTreeGivesTheSameBytes builds again, from a copy of the tree somewhere else.
func TestTheSameTreeGivesTheSameBytes(t *testing.T) {
	other := filepath.Join(t.TempDir(), "another", "place")
	out := filepath.Join(other, "out")
	// The tree as it is, also what is not committed.
	sh(t, "mkdir -p "+other+"/build && git ls-files -z --cached --others --exclude-standard | "+
		"xargs -0 cp --parents -t "+other+" && cp build/nfpm "+other+"/build/")
	file := filepath.Base(one(t, made, "vlcp-coordinator_*_"+arch+".deb"))
	version := strings.TrimSuffix(strings.Split(file, "_")[1], "-1")
	epoch := sh(t, "git log -1 --format=%ct")
	for _, build := range []string{out + "1", out + "2"} {
		sh(t, fmt.Sprintf("cd %s && touch build/nfpm && SOURCE_DATE_EPOCH=%s scripts/package --out %s --version %s "+
			"--arch %s --compression gzip", other, epoch, build, version, arch))
		sh(t, "touch "+other+"/systemd/* "+other+"/packaging/*") // times of files must not get in
	}
	for f := range strings.FieldsSeq(sh(t, "ls "+out+"1")) {
		sh(t, fmt.Sprintf("cmp %s1/%s %s2/%s", out, f, out, f))
	}
	// And what is inside of the .deb is what the tree here gives, whatever the compression.
	contents := func(deb string) string { return sh(t, "dpkg-deb --fsys-tarfile "+deb+" | sha256sum") }
	require.Equal(t, contents(filepath.Join(made, file)), contents(filepath.Join(out+"1", file)))
}

func one(t *testing.T, dir, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	require.NoError(t, err)
	require.Len(t, files, 1, "%s in %s", pattern, dir)
	return files[0]
}

// TestLint: what lintian and rpmlint find is nothing, or explained in packaging.
func TestLint(t *testing.T) {
	require.Empty(t, sh(t, "lintian --allow-root --tag-display-limit 0 "+made+"/*_"+arch+".deb"))
	out := sh(t, "rpmlint -c packaging/rpmlint.toml "+made+"/*."+sh(t, "uname -m")+".rpm")
	require.Contains(t, out, "0 errors, 0 warnings")
}

// TestRPM: nothing here runs .rpm packages, but what is in them can be seen, and files be installed.
func TestRPM(t *testing.T) {
	root := t.TempDir()
	for program, depends := range map[string]string{"vlcp-agent": "openvswitch >= 2.13", "vlcp-coordinator": "systemd"} {
		file := one(t, made, program+"-*."+sh(t, "uname -m")+".rpm")
		require.Regexp(t, "digests OK$", sh(t, "rpm -K --nosignature "+file))
		require.Contains(t, sh(t, "rpm -qp --requires "+file), depends)
		scripts := sh(t, "rpm -qp --scripts "+file)
		require.Contains(t, scripts, "systemctl try-restart "+program+".service")
		require.NotRegexp(t, regexp.MustCompile(`systemctl[^\n]* (enable|start)\b`), strings.ReplaceAll(scripts,
			"    systemctl enable --now vlcp-agent\n", ""), "installing starts nothing")
		require.Contains(t, sh(t, "rpm -qp --configfiles "+file), "/etc/vlcp/")
		require.Contains(t, sh(t, "rpm -qp --changelog "+file), "VLCP for Go")
		for stage := range strings.FieldsSeq("POSTIN PREUN POSTUN") {
			script := sh(t, fmt.Sprintf("rpm -qp --qf '%%{%s}' %s", stage, file))
			sh(t, "bash -n <<'END'\n"+script+"\nEND")
		}
		sh(t, fmt.Sprintf("rpm --root %s --dbpath /var/lib/rpm -i --nodeps --noscripts --nosignature %s", root, file))
		require.NotRegexp(t, `(?m)^(missing|..5)`, sh(t, "rpm --root "+root+" --dbpath /var/lib/rpm -V --nodeps --noscripts "+
			program+" || true"))
	}
	coordinator := one(t, made, "vlcp-coordinator-*."+sh(t, "uname -m")+".rpm")
	require.Contains(t, sh(t, "rpm -qp --recommends "+coordinator), "redis")
	require.FileExists(t, root+"/usr/lib/systemd/system/vlcp-agent.service.d/10-openvswitch-user.conf")
	requireExposure(t, "vlcp-agent.service", sh(t, "systemd-analyze security --no-pager --offline=true --root="+root+
		" vlcp-agent.service"))
}

// TestScriptSaysHow: `scripts/package --help` is its head.
func TestScriptSaysHow(t *testing.T) {
	require.Contains(t, sh(t, "scripts/package --help"), "scripts/package [--out DIR] [--version V]")
}
