package controller_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/controller/controllertest"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/packet"
)

func TestPortSecurity(t *testing.T) {
	guest, other := model.MAC{2, 0, 0, 0, 0, 1}, model.MAC{2, 0, 0, 0, 0, 2}
	hello := func(src model.MAC) []byte {
		return packet.AppendEthernet(nil, &packet.Ethernet{Src: src, Dst: packet.Broadcast, Type: 0x88b5})
	}
	controllertest.Run(t, func(r *controllertest.Rig) {
		sw := r.Connect(openflow.Version13, 1, 2, 3)
		require.Equal(t, "2,3", controllertest.Ports(sw.Receive(1, hello(guest))))
		require.Empty(t, sw.Receive(1, hello(other)), "not its port")
		require.Equal(t, "1,3", controllertest.Ports(sw.Receive(2, hello(other))), "anybody may speak here")

		sw.SetPort(3, false) // which makes jailer close port 2
		require.Empty(t, sw.Receive(2, hello(other)))
		r.Wait(2 * time.Minute)
		require.Equal(t, "1", controllertest.Ports(sw.Receive(2, hello(other))))
	}, hub(), portSecurity(map[uint32]model.MAC{1: guest}), jailer())
}

// What the guides show is what is compiled and tested.
func TestGuidesShowCodeThatRuns(t *testing.T) {
	for guide, sources := range map[string][]string{
		"../README.md": {"example_test.go", "example_dnswatch_test.go", "example_guests_test.go", "guide_test.go",
			"../ovsdb/example_test.go", "../coroutine/example_test.go", "../event/example_test.go",
			"../ofconn/example_test.go", "../incremental/example_test.go", "../examples/l2switch/main.go"},
		"../examples/l2switch/README.md": {"../examples/l2switch/l2switch.go", "../examples/l2switch/nxlearn.go",
			"../examples/l2switch/main.go", "../examples/l2switch/l2switch_test.go"},
	} {
		var code strings.Builder
		for _, s := range sources {
			b, err := os.ReadFile(s)
			require.NoError(t, err)
			code.WriteString(squeezed(string(b)))
		}
		text, err := os.ReadFile(guide)
		require.NoError(t, err)
		blocks := strings.Split(string(text), "```go\n")[1:]
		require.NotEmpty(t, blocks, guide)
		for _, b := range blocks {
			block, _, _ := strings.Cut(b, "```")
			require.Contains(t, code.String(), squeezed(block), "%s shows what is not in the tree:\n%s", guide, block)
		}
	}
}

// squeezed is code without indentation and empty lines.
func squeezed(code string) string {
	var out strings.Builder
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(line); line != "" {
			out.WriteString(line + "\n")
		}
	}
	return out.String()
}
