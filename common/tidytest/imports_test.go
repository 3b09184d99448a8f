package tidytest

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/vlcp-go/vlcp/"

// goPackage is what `go list` says of a package.
type goPackage struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", module+"...").Output()
	require.NoError(t, err)
	var all []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		err := dec.Decode(&p)
		if err == io.EOF {
			require.NotEmpty(t, all)
			return all
		}
		require.NoError(t, err)
		all = append(all, p)
	}
}

// The layers, innermost first. A package belongs to the longest prefix that fits.
const (
	pure = iota
	logic
	rim
	assembly
	mains
)

var layers = map[string]int{
	"common/wire": pure, "common/model": pure, "common/packet": pure, "common/openflow": pure, "common/coroutine": pure,
	"common/vswitch": pure, "common/sorted": pure,
	"common/yamlconf": pure, "common/store": logic,
	"common/event": logic, "common/incremental": logic, "agent/internal/pipeline": logic, "agent/internal/modules": logic,
	"agent/internal/view": logic, "agent/internal/vport": logic, "agent/internal/wanted": pure,
	"agent/internal/plainjson":    pure,
	"coordinator/catalog":         logic,
	"common/controller/reconcile": logic, "common/controller/cookie": logic, "common/controller/tables": logic,
	"common/controller/flow": logic, "common/controller": rim, "common/examples": mains,
	"common/controller/controllertest": mains,
	"common/store/redisstore":          rim, "common/netio": rim, "common/ofconn": rim, "common/ovsdb": rim,
	"common/telemetry": rim, "common/manpage": rim,
	"agent/internal/ovsctl": rim, "agent/internal/doctor": rim, "agent/internal/hostnet": rim,
	"agent/internal/config": rim,
	"agent/internal/status": rim,
	"agent":                 assembly, "coordinator": assembly,
	"agent/internal/cli": mains, "coordinator/internal/cli": mains, "agent/cmd": mains, "coordinator/cmd": mains,
	"integration": mains, "common/tidytest": mains, "common/wire/wiregen": mains,
	"common/proctest": mains, "common/ovstest": mains, "common/store/redistest": mains, "common/store/storetest": mains,
	"common/memtest": pure,
	// imported by tests
}

func layer(t *testing.T, path string) int {
	t.Helper()
	path = strings.TrimPrefix(path, module)
	best, found := "", false
	for prefix := range layers {
		if (path == prefix || strings.HasPrefix(path, prefix+"/")) && len(prefix) >= len(best) {
			best, found = prefix, true
		}
	}
	require.True(t, found, "package %s has no layer: say in this test where it belongs", path)
	return layers[best]
}

func TestImportsPointInwards(t *testing.T) {
	for _, p := range packages(t) {
		for _, i := range p.Imports {
			if !strings.HasPrefix(i, module) {
				continue
			}
			require.LessOrEqual(t, layer(t, i), layer(t, p.ImportPath), "%s imports %s", p.ImportPath, i)
			for _, program := range []string{"agent", "coordinator"} {
				if strings.HasPrefix(i, module+program) {
					require.True(t, strings.HasPrefix(p.ImportPath, module+program) ||
						strings.HasPrefix(p.ImportPath, module+"integration"), "%s imports %s", p.ImportPath, i)
				}
			}
		}
	}
}

// fences are the packages that may import a third-party module. Tests are free in modules that only they import.
var fences = map[string][]string{
	"github.com/redis/go-redis/v9":           {"common/store/redisstore"},
	"github.com/digitalocean/go-openvswitch": {"agent/internal/ovsctl"},
	"github.com/vishvananda/netlink":         {"agent/internal/hostnet"},
	"github.com/vishvananda/netns":           {"agent/internal/hostnet"},
	"github.com/coreos/go-systemd/v22":       {"common/telemetry", "agent/internal/cli", "coordinator/internal/cli"},
	"github.com/spf13/cobra":                 {"agent/internal/cli", "coordinator/internal/cli", "common/manpage"},
	"github.com/spf13/pflag":                 {"agent/internal/cli", "coordinator/internal/cli", "common/manpage"},
	"go.yaml.in/yaml/v3":                     {"common/yamlconf"},
	"golang.org/x/sys": {"agent/internal/hostnet", "agent/internal/cli", "agent/internal/status",
		"common/telemetry"},
	"github.com/stretchr/testify": {"common/controller/controllertest", "common/ovstest", "common/store/redistest",
		"common/store/storetest"},
	"pgregory.net/rapid":                      nil,
	"github.com/gopacket/gopacket":            nil,
	"github.com/insomniacslk/dhcp":            nil,
	"github.com/vlcp-go/vlcp/common/tidytest": nil,
}

func TestThirdPartyModulesStayBehindTheirFences(t *testing.T) {
	for _, p := range packages(t) {
		for _, i := range p.Imports {
			if !strings.Contains(strings.Split(i, "/")[0], ".") || strings.HasPrefix(i, module) {
				continue // the standard library, or ours
			}
			allowed := false
			for mod, who := range fences {
				if i == mod || strings.HasPrefix(i, mod+"/") {
					allowed = slices.Contains(who, strings.TrimPrefix(p.ImportPath, module))
				}
			}
			require.True(t, allowed, "%s imports %s: see fences", p.ImportPath, i)
		}
	}
}

func TestModelNeedsTheStandardLibraryOnly(t *testing.T) {
	for _, p := range packages(t) {
		if p.ImportPath == module+"common/model" {
			for _, i := range p.Imports {
				require.NotContains(t, strings.Split(i, "/")[0], ".", "common/model imports %s", i)
			}
		}
	}
}
