package wire

import (
	"fmt"
	"strconv"
	"strings"
)

// Bit is a named bit of a bit set, or a named value of an enum.
type Bit struct {
	Mask uint64
	Name string
}

// BitNames is the text form of a bit set: the names of its bits joined by "|", bits without a name in hexadecimal.
func BitNames(v uint64, bits []Bit) string {
	out := bitList(v, bits)
	if len(out) == 0 {
		return "0"
	}
	return strings.Join(out, "|")
}

func bitList(v uint64, bits []Bit) []string {
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
	return out
}

// valueOf is the value that has the name, or that is written as a number.
func valueOf(name string, names []Bit) (uint64, error) {
	for _, n := range names {
		if n.Name == name {
			return n.Mask, nil
		}
	}
	v, err := strconv.ParseUint(name, 0, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is neither a name nor a number%s", name, meant(name, names))
	}
	return v, nil
}

// meant is the name that somebody may have meant who writes it in another case, or without the beginning that all names
// of a type have: "barrier_request" for TypeBarrierRequest.
func meant(name string, names []Bit) string {
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(s))
	}
	name = plain(name)
	for _, n := range names {
		if name != "" && strings.HasSuffix(plain(n.Name), name) {
			return fmt.Sprintf("; is %q meant?", n.Name)
		}
	}
	return ""
}
