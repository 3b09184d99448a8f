package oxm

// Info returns what is known of f, nil for a field that is not known.
func (f Field) Info() *Info { return registry[f] }

// Info describes a field.
type Info struct {
	Field Field
	// Name is the name in a match of ovs-ofctl.
	Name string
}

var registry = map[Field]*Info{}

// Canonical is the field under its first name: the one of class 0x8000 if there are several.
func (f Field) Canonical() Field { return f }

// AppendCanonical appends the canonical form of m to b.
func (m Match) AppendCanonical(b []byte) []byte { return append(b, m...) }
