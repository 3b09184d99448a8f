package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheGeneratedCodeIsWhatIsCheckedIn(t *testing.T) {
	dir := filepath.Join("..", "internal", "sample")
	to := filepath.Join(t.TempDir(), output)
	require.NoError(t, run(dir, to))
	got, err := os.ReadFile(to)
	require.NoError(t, err)
	want, err := os.ReadFile(filepath.Join(dir, output))
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func TestDeclarationErrorsAreFoundHere(t *testing.T) {
	for want, decl := range map[string]string{
		"S: field B: a slice needs wire":        "//wire:struct\ntype S struct { B []byte }",
		"S: field N: type int has no wire form": "//wire:struct\ntype S struct { N int }",
		"S: field B: no earlier field Len":      "type S struct { B []byte `wire:\"bytes=Len\"` }",
		`S: field B: unknown tag "all"`:         "type S struct { B []byte `wire:\"all\"` }",
		"S: field M: type map[string]string":    "//wire:struct\ntype S struct { M map[string]string }",
		"S: base X is no struct":                "type X uint8\n type S struct { X `wire:\"base\"` }",
		"is not Field=Constant":                 "//wire:when Kind\ntype S struct { A uint8 }",
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "p.go"), []byte("package p\n\n"+decl+"\n"), 0o600))
		require.ErrorContains(t, run(dir, filepath.Join(dir, output)), want)
	}
	require.ErrorContains(t, run(t.TempDir(), "x"), "no Go files")
}
