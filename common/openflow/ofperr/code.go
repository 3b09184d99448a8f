package ofperr

import (
	"encoding/binary"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
)

// Code is an error as it stands in a message. The errors of OpenFlow itself have no vendor; those of an extension have
// one, from OpenFlow 1.2 on with a type only.
type Code struct {
	Vendor uint32
	Type   uint16
	Code   uint16
}

// How errors of a vendor are wrapped.
const (
	TypeNicira       uint16 = 0xb0c2 // OpenFlow 1.0 and 1.1: vendor, type and code follow (nicira-ext.h)
	TypeExperimenter uint16 = 0xffff // OpenFlow 1.2 and later: the code is the type, the vendor follows
)

// Parse takes an error message apart: typ, code and data are what follows its header. It returns the code and the part
// of data that is of the failed request. It is false when the vendor of the error is cut off.
func Parse(typ, code uint16, data []byte) (c Code, request []byte, ok bool) {
	switch {
	case typ == TypeNicira && code == 0:
		if len(data) < 8 {
			return Code{}, nil, false
		}
		c.Vendor = binary.BigEndian.Uint32(data)
		c.Type, c.Code = binary.BigEndian.Uint16(data[4:]), binary.BigEndian.Uint16(data[6:])
		return c, data[8:], true
	case typ == TypeExperimenter:
		if len(data) < 4 {
			return Code{}, nil, false
		}
		return Code{Vendor: binary.BigEndian.Uint32(data), Type: code}, data[4:], true
	}
	return Code{Type: typ, Code: code}, data, true
}

// Append appends what stands between the header of an error message and the failed request: Parse reads it.
func (c Code) Append(b []byte, v openflow.Version) []byte {
	half := binary.BigEndian.AppendUint16
	switch {
	case c.Vendor == 0:
		return half(half(b, c.Type), c.Code)
	case v < version12:
		b = binary.BigEndian.AppendUint32(half(half(b, TypeNicira), 0), c.Vendor)
		return half(half(b, c.Type), c.Code)
	}
	return binary.BigEndian.AppendUint32(half(half(b, TypeExperimenter), c.Type), c.Vendor)
}

// Name is the name of the error in a version, as ovs-ofctl prints it; "" when the version has no such error.
func (c Code) Name(v openflow.Version) string { return tableOf(v).names[c] }

// ByName is the code of an error in a version; false when the version has no such error.
func ByName(v openflow.Version, name string) (Code, bool) {
	c, ok := tableOf(v).codes[name]
	return c, ok
}

// String is the code in numbers.
func (c Code) String() string {
	if c.Vendor != 0 {
		return fmt.Sprintf("vendor %#x type %d code %d", c.Vendor, c.Type, c.Code)
	}
	return fmt.Sprintf("type %d code %d", c.Type, c.Code)
}

// table has the errors of one version, both ways.
type table struct {
	names map[Code]string
	codes map[string]Code
}

func (t *table) add(name string, c *Code) {
	if c == nil {
		return
	}
	t.codes[name] = *c
	if _, taken := t.names[*c]; !taken { // the first of two with one number is the older name
		t.names[*c] = name
	}
}

// tables are those of the versions from 1.0 to 1.5.
var tables = func() (out [lastVersion]*table) {
	for n := range out {
		out[n] = &table{make(map[Code]string, len(errors)), make(map[string]Code, len(errors))}
	}
	differing := [lastVersion]map[string]*Code{1: differs11, 2: differs12, 5: differs15}
	for _, e := range errors {
		for n, c := range [lastVersion]*Code{e.v10, e.v10, e.v13, e.v13, e.v14, e.v14} {
			if other, differs := differing[n][e.name]; differs {
				c = other
			}
			out[n].add(e.name, c)
		}
	}
	for n, codes := range differing {
		for name, c := range codes {
			if _, done := out[n].codes[name]; !done {
				out[n].add(name, c)
			}
		}
	}
	return out
}()

// Versions are counted from 1, which is OpenFlow 1.0.
const (
	version12   = 3 // since when experimenters have errors
	lastVersion = 6 // OpenFlow 1.5
)

// tableOf is the table of a version; of one that there is not yet, the last.
func tableOf(v openflow.Version) *table { return tables[min(max(int(v), 1), lastVersion)-1] }

func of(typ, code uint16) *Code  { return &Code{Type: typ, Code: code} }
func nx(typ, code uint16) *Code  { return &Code{Vendor: openflow.VendorNicira, Type: typ, Code: code} }
func onf(typ, code uint16) *Code { return &Code{Vendor: openflow.VendorONF, Type: typ, Code: code} }
