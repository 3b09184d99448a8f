// Command wiregen makes the codecs of the structures that a package declares; package wire says how they are declared.
//
//	//go:generate go run github.com/vlcp-go/vlcp/common/wire/wiregen
//
// It reads the package in the current directory and writes zz_wire.go. A declaration that it does not understand is an
// error here, not later.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
)

const output = "zz_wire.go"

func main() {
	if err := run(".", output); err != nil {
		fmt.Fprintln(os.Stderr, "wiregen:", err)
		os.Exit(1)
	}
}

func run(dir, to string) error {
	p, err := load(dir)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	g := &generator{p: p}
	if err := g.file(&b); err != nil {
		return err
	}
	// A field is described by its address; of an optional one that is the pointer itself.
	text := bytes.ReplaceAll(b.Bytes(), []byte("&(*p)"), []byte("p"))
	src, err := format.Source(text)
	if err != nil {
		return fmt.Errorf("format generated code: %w\n%s", err, text)
	}
	return os.WriteFile(to, src, 0o644)
}
