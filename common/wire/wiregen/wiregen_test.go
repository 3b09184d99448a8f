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

func TestNamesInJSON(t *testing.T) {
	for name, want := range map[string]string{"A": "a", "HWAddr": "hw_addr", "RxCRCErr": "rx_crc_err", "XID": "xid",
		"DatapathID": "datapath_id", "NwSrc": "nw_src", "IPv4Src": "i_pv4_src"} {
		require.Equal(t, want, snake(name))
	}
}

func TestDeclarationErrorsAreFoundHere(t *testing.T) {
	for want, decl := range map[string]string{
		"S: field B: a slice needs wire":        "//wire:struct\ntype S struct { B []byte }",
		"S: field N: type int has no wire form": "//wire:struct\ntype S struct { N int }",
		"S: field B: no earlier field Len":      "type S struct { B []byte `wire:\"bytes=Len\"` }",
		`S: field B: unknown tag "all"`:         "type S struct { B []byte `wire:\"all\"` }",
		"S: field M: type map[string]string":    "//wire:struct\ntype S struct { M map[string]string }",
		"S: base X is no struct":                "type X uint8\n type S struct { X `wire:\"base\"` }",
		"S: field B: comes after A":             "type S struct { A []byte `wire:\"rest\"`; B uint8 }",
		"S: field B: the name \"a\" is":         "type S struct { A uint8; B uint8 `wire:\"name=a\"` }",
		"have 12 bits, not the 8":               "type S struct { A uint8 `wire:\"bits=4\"`; B uint8 `wire:\"bits=8\"` }",
		"bits is for numbers":                   "type S struct { A [2]byte `wire:\"bits=4\"` }",
		"bits=x is no positive":                 "type S struct { A uint8 `wire:\"bits=x\"` }",
		"N counts A already": "" +
			"type S struct { N uint8; A []byte `wire:\"bytes=N\"`; B []byte `wire:\"count=N\"` }",
		"A: no earlier field X":          "type S struct { A uint8 `wire:\"if=X&1\"` }",
		"if=X is not Field&Bits":         "type S struct { A uint8 `wire:\"if=X\"` }",
		"an optional field is a pointer": "type S struct { A uint8 `wire:\"optional\"` }",
		"A: an optional field":           "//wire:struct\ntype S struct { A *uint8 }",
		"a size is a number":             "type S struct { A []byte `wire:\"size,rest\"` }",
		"a count is a number":            "type S struct { N int; A []byte `wire:\"count=N\"` }",
		"a number with bits= counts elements": "type S struct { A uint8 `wire:\"bits=4\"`; N uint8 `wire:\"bits=4\"`; " +
			"B []uint16 `wire:\"bytes=N\"` }",
		"kinds is for []wire.Described": "type S struct { A []uint8 `wire:\"rest,kinds=B\"` }",
		"S: field A: no base B":         "type S struct { A []wire.Described `wire:\"rest,kinds=B\"` }",
		"what is counted is a list":     "type S struct { N uint8; A uint8 `wire:\"count=N\"` }",
		"extra is for bytes":            "type S struct { A uint8 `wire:\"extra\"` }",
		"align is for padding":          "type S struct { A uint8 `wire:\"align=8\"` }",
		"pad is for structures":         "type S struct { A uint8 `wire:\"pad=8\"` }",
		"parse needs format":            "type S struct { A uint8 `wire:\"parse=f\"` }",
		"array of string has no":        "//wire:struct\ntype S struct { A [2]string }",
		"slice of string has no":        "type S struct { A []string `wire:\"rest\"` }",
		"is not Field=Constant":         "//wire:when Kind\ntype S struct { A uint8 }",
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "p.go"), []byte("package p\n\n"+decl+"\n"), 0o600))
		require.ErrorContains(t, run(dir, filepath.Join(dir, output)), want)
	}
	require.ErrorContains(t, run(t.TempDir(), "x"), "no Go files")
}
