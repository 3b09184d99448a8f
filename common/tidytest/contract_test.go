package tidytest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	sentence = regexp.MustCompile(`(?m)^//  +(\d+)\. `)
	named    = regexp.MustCompile(`(?m)^// Contract ([0-9, ]+)`)
)

// A package that makes a contract in its doc.go numbers the sentences, and its tests name those that they hold it to.
func TestEverySentenceOfAContractHasATest(t *testing.T) {
	contracts := 0
	sources(t, func(path string, text []byte) {
		_, contract, found := strings.Cut(string(text), "// The contract:\n")
		if filepath.Base(path) != "doc.go" || !found {
			return
		}
		contracts++
		tested := sentencesTested(t, filepath.Join(root(t), filepath.Dir(path)))
		for _, m := range sentence.FindAllStringSubmatch(contract, -1) {
			require.True(t, tested[m[1]], "%s: no test says that it tests sentence %s: // Contract %s.", path, m[1], m[1])
			delete(tested, m[1])
		}
		require.Empty(t, tested, "%s: tests name sentences that are not there", path)
	})
	require.NotZero(t, contracts)
}

func sentencesTested(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	require.NoError(t, err)
	out := map[string]bool{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			for n := range strings.FieldsFuncSeq(m[1], func(r rune) bool { return r == ',' || r == ' ' }) {
				out[n] = true
			}
		}
	}
	return out
}
