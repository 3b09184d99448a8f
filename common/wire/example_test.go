package wire_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/wire"
	"github.com/vlcp-go/vlcp/common/wire/internal/example"
)

func Example() {
	b := []byte("\x00\x14C\x00\x02\x00\x00\x00\x00\x01\x02\x00\x15\xff\xfdfrost")

	var r example.Reading
	if err := wire.Decode(b, &r); err != nil {
		panic(err)
	}
	text, _ := json.Marshal(&r)
	fmt.Println(string(text))
	fmt.Print(wire.Dump(&r))

	var again example.Reading
	_ = json.Unmarshal(text, &again)
	out, _ := again.AppendWire(nil)
	fmt.Println(string(out) == string(b))
	// Output:
	// {"length":20,"unit":"Celsius","sensor":"02:00:00:00:00:01","n":2,"samples":[21,-3],"note":"frost"}
	// length: 20
	// unit: Celsius
	// sensor: 02:00:00:00:00:01
	// n: 2
	// samples:
	//   - 21
	//   - -3
	// note: frost
	// true
}

// TestTheReadmeIsTheExample: what the README declares and shows is what is compiled here.
func TestTheReadmeIsTheExample(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	source, err := os.ReadFile("internal/example/example.go")
	require.NoError(t, err)
	_, declared, _ := strings.Cut(string(source), "package example\n")
	require.Contains(t, string(readme), strings.TrimSpace(declared))
	require.Contains(t, string(readme), `{"length":20,"unit":"Celsius"`)
	kinds, err := os.ReadFile("internal/sample/kinds.go")
	require.NoError(t, err)
	for _, part := range strings.Split(string(readme), "```go\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		if strings.HasPrefix(block, "// Bag") || strings.HasPrefix(block, "// Entry") {
			require.Contains(t, string(kinds), block)
		}
	}
}
