//go:build tools

// Package tools pins the programs that `make check` runs, apart from what the product depends on.
package tools

import _ "honnef.co/go/tools/cmd/staticcheck"
