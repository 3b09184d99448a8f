package event

// Mask is a set of the fields of a key, the first field being the lowest bit.
type Mask uint8

// The fields of a key that a matcher leaves open.
const (
	AnyA Mask = 1 << iota
	AnyB
	AnyC
	AnyD

	Exact    Mask = 0
	Anything Mask = 0xff
)

// Key is the index tuple of an event: up to eight comparable fields. Without returns the key with the fields in wild
// set to their zero values; it must do nothing else. Key0 to Key4 are ready-made keys, and a struct with named fields
// is as good.
type Key[K any] interface {
	comparable
	Without(wild Mask) K
}

// Key0 is the key of events that have no index.
type Key0 struct{}

// Without implements Key.
func (k Key0) Without(Mask) Key0 { return k }

// Key1 is a key of one field.
type Key1[A comparable] struct{ A A }

// Without implements Key.
func (k Key1[A]) Without(wild Mask) Key1[A] {
	blank(&k.A, wild&AnyA)
	return k
}

// Key2 is a key of two fields.
type Key2[A, B comparable] struct {
	A A
	B B
}

// Without implements Key.
func (k Key2[A, B]) Without(wild Mask) Key2[A, B] {
	blank(&k.A, wild&AnyA)
	blank(&k.B, wild&AnyB)
	return k
}

// Key3 is a key of three fields.
type Key3[A, B, C comparable] struct {
	A A
	B B
	C C
}

// Without implements Key.
func (k Key3[A, B, C]) Without(wild Mask) Key3[A, B, C] {
	blank(&k.A, wild&AnyA)
	blank(&k.B, wild&AnyB)
	blank(&k.C, wild&AnyC)
	return k
}

// Key4 is a key of four fields.
type Key4[A, B, C, D comparable] struct {
	A A
	B B
	C C
	D D
}

// Without implements Key.
func (k Key4[A, B, C, D]) Without(wild Mask) Key4[A, B, C, D] {
	blank(&k.A, wild&AnyA)
	blank(&k.B, wild&AnyB)
	blank(&k.C, wild&AnyC)
	blank(&k.D, wild&AnyD)
	return k
}

func blank[T any](field *T, wild Mask) {
	if wild != 0 {
		var zero T
		*field = zero
	}
}
