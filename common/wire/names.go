package wire

import (
	"fmt"
	"strings"
)

// Bit is a named bit of a bit set.
type Bit struct {
	Mask uint64
	Name string
}

// BitNames is the text form of a bit set: the names of its bits joined by "|", bits without a name in hexadecimal.
func BitNames(v uint64, bits []Bit) string {
	var out []string
	for _, b := range bits {
		if v&b.Mask == b.Mask && b.Mask != 0 {
			out = append(out, b.Name)
			v &^= b.Mask
		}
	}
	if v != 0 {
		out = append(out, fmt.Sprintf("%#x", v))
	}
	if len(out) == 0 {
		return "0"
	}
	return strings.Join(out, "|")
}
