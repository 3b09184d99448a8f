package cookie

import "hash/fnv"

const (
	markShift = 48
	markMask  = 0xffff << markShift
)

// Scheme is how one program makes its cookies.
type Scheme struct {
	// Mark is the program.
	Mark uint16
	// ModuleBits is the width of the module's number, 1..47.
	ModuleBits uint8
}

func (s Scheme) moduleShift() uint8 { return markShift - s.ModuleBits }

// Base is the cookie of a module without an owner.
func (s Scheme) Base(module uint16) uint64 {
	return uint64(s.Mark)<<markShift | uint64(module)<<s.moduleShift()&^uint64(markMask)
}

// Of is the cookie of owner's flows in a module.
func (s Scheme) Of(module uint16, owner string) uint64 {
	return s.Base(module) | Hash(owner)&s.OwnerMask()
}

// Ours reports whether a flow with this cookie was made by the program.
func (s Scheme) Ours(cookie uint64) bool { return cookie>>markShift == uint64(s.Mark) }

// Module is the module's number in a cookie of ours.
func (s Scheme) Module(cookie uint64) uint16 { return uint16(cookie &^ markMask >> s.moduleShift()) }

// OwnerMask has the bits of the owner.
func (s Scheme) OwnerMask() uint64 { return 1<<s.moduleShift() - 1 }

// Hash is the number that a name has in every process (FNV-1a).
func Hash(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name)) //nolint:errcheck // hash.Hash never fails
	return h.Sum64()
}
