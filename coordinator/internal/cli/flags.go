package cli

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vlcp-go/vlcp/common/model"
)

// fields are the flags of a kind of object. Flags fill a scratch object; what was given is copied to the object that is
// created or edited.
type fields[T any] struct {
	scratch T
	set     []field[T]
}

type field[T any] struct {
	flag string
	copy func(to, from *T)
}

func (f *fields[T]) add(flag string, copy func(to, from *T)) {
	f.set = append(f.set, field[T]{flag, copy})
}

// given copies the fields whose flags were given, and returns how many.
func (f *fields[T]) given(flags *pflag.FlagSet, to *T) int {
	n := 0
	for _, x := range f.set {
		if flags.Changed(x.flag) {
			x.copy(to, &f.scratch)
			n++
		}
	}
	return n
}

// names lists the flags, for an error text.
func (f *fields[T]) names() string {
	out := make([]string, len(f.set))
	for i, x := range f.set {
		out[i] = "--" + x.flag
	}
	return strings.Join(out, ", ")
}

// addrValue is the flag of an address; ” is none.
type addrValue struct{ a *netip.Addr }

// String implements pflag.Value.
func (v addrValue) String() string {
	if v.a == nil || !v.a.IsValid() {
		return ""
	}
	return v.a.String()
}

// Set implements pflag.Value.
func (v addrValue) Set(s string) error {
	if s == "" {
		*v.a = netip.Addr{}
		return nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return fmt.Errorf("%q is not an address: write it as 10.0.0.7", s)
	}
	*v.a = a
	return nil
}

// Type implements pflag.Value.
func (addrValue) Type() string { return "IP" }

// prefixValue is the flag of a prefix.
type prefixValue struct{ p *netip.Prefix }

// String implements pflag.Value.
func (v prefixValue) String() string {
	if v.p == nil || !v.p.IsValid() {
		return ""
	}
	return v.p.String()
}

// Set implements pflag.Value.
func (v prefixValue) Set(s string) error {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return fmt.Errorf("%q is not a prefix: write it as 10.0.0.0/24", s)
	}
	*v.p = p
	return nil
}

// Type implements pflag.Value.
func (prefixValue) Type() string { return "PREFIX" }

// listValue is the flag of a list, which can be given several times, with commas, and as ” for none.
type listValue[T any, P interface {
	*T
	encoding.TextUnmarshaler
	fmt.Stringer
}] struct {
	list *[]T
	kind string
}

// String implements pflag.Value.
func (v listValue[T, P]) String() string {
	if v.list == nil {
		return ""
	}
	out := make([]string, len(*v.list))
	for i := range *v.list {
		out[i] = P(&(*v.list)[i]).String()
	}
	return strings.Join(out, ",")
}

// Set implements pflag.Value.
func (v listValue[T, P]) Set(s string) error {
	for item := range strings.SplitSeq(s, ",") {
		if item == "" {
			continue
		}
		var x T
		if err := P(&x).UnmarshalText([]byte(strings.TrimSpace(item))); err != nil {
			return err
		}
		*v.list = append(*v.list, x)
	}
	return nil
}

// Type implements pflag.Value.
func (v listValue[T, P]) Type() string { return v.kind }

// itemsValue is the flag of a list whose members have commas inside; it can be given several times, and empty for none.
type itemsValue[T any, P interface {
	*T
	encoding.TextUnmarshaler
	fmt.Stringer
}] struct {
	list *[]T
	kind string
}

// String implements pflag.Value.
func (v itemsValue[T, P]) String() string {
	return strings.ReplaceAll(listValue[T, P](v).String(), ",", " ")
}

// Set implements pflag.Value.
func (v itemsValue[T, P]) Set(s string) error {
	if s == "" {
		return nil
	}
	var x T
	if err := P(&x).UnmarshalText([]byte(s)); err != nil {
		return err
	}
	*v.list = append(*v.list, x)
	return nil
}

// Type implements pflag.Value.
func (v itemsValue[T, P]) Type() string { return v.kind }

// ipsValue is the flag of a port's addresses: the first one of IPv4 is the one that DHCP hands out.
type ipsValue struct{ p *model.Port }

// String implements pflag.Value.
func (v ipsValue) String() string {
	if v.p == nil {
		return ""
	}
	return join(v.p.Addresses())
}

// Set implements pflag.Value.
func (v ipsValue) Set(s string) error {
	for item := range strings.SplitSeq(s, ",") {
		var a netip.Addr
		if err := (addrValue{&a}).Set(strings.TrimSpace(item)); err != nil {
			return err
		}
		switch {
		case a.Is4() && !v.p.IP.IsValid():
			v.p.IP = a
		case a.IsValid():
			v.p.MoreIPs = append(v.p.MoreIPs, a)
		}
	}
	return nil
}

// Type implements pflag.Value.
func (ipsValue) Type() string { return "IP" }

// rateValue is the flag of an optional rate; an empty one is none.
type rateValue struct{ r **model.Rate }

// String implements pflag.Value.
func (v rateValue) String() string {
	if v.r == nil || *v.r == nil {
		return ""
	}
	return (**v.r).String()
}

// Set implements pflag.Value.
func (v rateValue) Set(s string) error {
	if *v.r = nil; s == "" {
		return nil
	}
	r := new(model.Rate)
	if err := r.UnmarshalText([]byte(s)); err != nil {
		return err
	}
	*v.r = r
	return nil
}

// Type implements pflag.Value.
func (rateValue) Type() string { return "RATE" }

// boolValue is the flag of an optional bool.
type boolValue struct{ b **bool }

// String implements pflag.Value.
func (v boolValue) String() string {
	if v.b == nil || *v.b == nil {
		return "true"
	}
	return strconv.FormatBool(**v.b)
}

// Set implements pflag.Value.
func (v boolValue) Set(s string) error {
	b, err := strconv.ParseBool(s)
	if err != nil {
		return fmt.Errorf("%q is not true or false", s)
	}
	*v.b = &b
	return nil
}

// Type implements pflag.Value.
func (boolValue) Type() string { return "bool" }

// needs marks flags that must be given; an error here is a mistake in this package.
func needs(cmd *cobra.Command, flags ...string) {
	for _, f := range flags {
		if err := cmd.MarkFlagRequired(f); err != nil {
			panic(err)
		}
	}
}

// badValue says of a number that is none or too large, and of a word that is no truth value, what is wanted, which the
// error of strconv does not.
func badValue(err error) error {
	var bad *pflag.InvalidValueError
	var syntax *strconv.NumError
	if !errors.As(err, &bad) || !errors.As(err, &syntax) {
		return err
	}
	wanted := "a whole number"
	switch bad.GetFlag().Value.Type() {
	case "bool":
		wanted = "true or false"
	case "uint16":
		wanted = fmt.Sprintf("a number from 0 to %d", math.MaxUint16)
	case "uint32":
		wanted = fmt.Sprintf("a number from 0 to %d", math.MaxUint32)
	}
	return fmt.Errorf("invalid argument %q for \"--%s\" flag: give %s", bad.GetValue(), bad.GetFlag().Name, wanted)
}
