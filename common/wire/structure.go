package wire

// Structure is a structure with a generated codec.
type Structure interface {
	AppendWire(b []byte) ([]byte, error)
	DecodeWire(r *Reader)
}
