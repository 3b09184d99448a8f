package tidytest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// Limits of the house.
const (
	fileLines = 400
	funcLines = 60
	lineRunes = 120
)

// exceptions are longer, for the reason given.
var exceptions = map[string]string{}

// topLevel is all that may stand at the top, besides files whose name begins with a dot.
var topLevel = map[string]bool{
	"agent": true, "coordinator": true, "common": true, "packaging": true, "systemd": true, "scripts": true,
	"integration": true,
	"go.mod":      true, "go.sum": true, "Makefile": true, "README.md": true, "LICENSE": true, "CHANGELOG.md": true,
}

func root(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMOD").Output()
	require.NoError(t, err)
	return filepath.Dir(strings.TrimSpace(string(out)))
}

// sources calls fn for every Go file that people write.
func sources(t *testing.T, fn func(path string, text []byte)) {
	t.Helper()
	top := root(t)
	err := filepath.WalkDir(top, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != top && (strings.HasPrefix(name, ".") || name == "build" || name == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasPrefix(name, "zz_") {
			return nil
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		rel, err := filepath.Rel(top, path)
		require.NoError(t, err)
		fn(rel, text)
		return nil
	})
	require.NoError(t, err)
}

func TestFilesFunctionsAndLinesAreShort(t *testing.T) {
	var bad []string
	sources(t, func(path string, text []byte) {
		if exceptions[path] == "" {
			bad = append(bad, tooLong(t, path, text)...)
		}
	})
	require.Empty(t, bad)
}

func tooLong(t *testing.T, path string, text []byte) (bad []string) {
	t.Helper()
	lines := bytes.Split(text, []byte("\n"))
	if len(lines)-1 > fileLines {
		bad = append(bad, fmt.Sprintf("%s: %d lines", path, len(lines)-1))
	}
	for i, l := range lines {
		if n := utf8.RuneCount(l); n > lineRunes {
			bad = append(bad, fmt.Sprintf("%s:%d: %d characters", path, i+1, n))
		}
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, text, parser.SkipObjectResolution)
	require.NoError(t, err)
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			if n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1; n > funcLines {
				bad = append(bad, fmt.Sprintf("%s: %s has %d lines", path, fn.Name.Name, n))
			}
		}
	}
	return bad
}

func TestEveryPackageHasAComment(t *testing.T) {
	documented := map[string]bool{}
	sources(t, func(path string, text []byte) {
		f, err := parser.ParseFile(token.NewFileSet(), path, text, parser.PackageClauseOnly|parser.ParseComments)
		require.NoError(t, err)
		dir := filepath.Dir(path)
		documented[dir] = documented[dir] || strings.HasPrefix(f.Doc.Text(), "Package "+f.Name.Name+" ") ||
			f.Name.Name == "main" && strings.HasPrefix(f.Doc.Text(), "Command "+filepath.Base(dir)+" ")
	})
	for dir, ok := range documented {
		require.True(t, ok, "%s has no comment that begins with Package or Command and its name", dir)
	}
}

func TestNoTestSkipsAndNothingIsLeftForLater(t *testing.T) {
	words := regexp.MustCompile(`\b[tb]\.Sk` + `ip|(?i:\bto` + `do|\bfix` + `me)`) // names, too: they look like it
	sources(t, func(path string, text []byte) { require.Empty(t, words.FindString(string(text)), path) })
}

func TestTheTopLevelIsFixed(t *testing.T) {
	out, err := exec.Command("git", "-C", root(t), "ls-files").Output()
	require.NoError(t, err)
	for path := range strings.Lines(string(out)) {
		top, _, _ := strings.Cut(strings.TrimSpace(path), "/")
		require.True(t, topLevel[top] || strings.HasPrefix(top, "."), "%s does not belong at the top level", top)
	}
}
