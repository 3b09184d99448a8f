// Package wire is what generated codecs of binary structures run on; wiregen, beside it, makes them from Go structs.
//
// A structure is declared as a Go struct whose fields are in wire order, with a tag where the type does not say it all:
//
//	Length  uint16   `wire:"size"`        the length of the whole structure in bytes, written and checked by the codec
//	Header           `wire:"base"`        an embedded structure that comes first, and whose fields choose the kind
//	_       [3]byte                       padding: zeros out, anything in
//	Data    []byte   `wire:"rest"`        what is left of the structure; also of structures, one after another
//	Actions Actions  `wire:"bytes=N"`     as many bytes as field N says; N is written by the codec
//
// README.md lists all tags. Comment directives on a type: "//wire:base" (others embed it), "//wire:when
// Type=TypeHello" (this is what a base with these fields is; of a base that embeds a base also "Type=A|B"),
// "//wire:else" (this is what a base is that nothing else fits), "//wire:custom" (its two codec methods are written by
// hand), "//wire:little" (least significant byte first), "//wire:struct" (a structure that needs no tag), "//wire:enum"
// and "//wire:bitset" (names). A struct takes part when it has a tag or a directive, or is inside of one that does.
//
//	declaration ─ wiregen ─► zz_wire.go: AppendWire, DecodeWire, WireFields, MarshalJSON, String, pick, new
//	bytes ─ Reader ─► DecodeWire ─► struct          struct ─ AppendWire ─► bytes
//	struct ─ MarshalJSON ─► JSON ─ UnmarshalJSON ─► struct          struct ─ Dump ─► text
//
// Bytes that a sized structure has beyond its fields are an error, unless its last field is tagged "extra".
//
// Generated code uses no reflection. Decoding never panics and never reads past the end of what it was given; an error
// says offset, structure and field. Byte slices of a decoded structure are parts of the input.
package wire
