package of10

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/wire"
)

// Decode reads one framed packet-in into p, which may be used again and again: it allocates nothing. p keeps parts of
// b. What is not a packet-in of this version is an error that wraps ErrUnknown.
func (p *PacketIn) Decode(b []byte) error {
	r := wire.NewReader(b)
	p.DecodeWire(r)
	if r.OK() && r.Len() > 0 {
		r.Fail("PacketIn", "end", wire.ErrTrailing)
	}
	if err := r.Err(); err != nil {
		return err
	}
	if p.Version != openflow.Version10 || p.Type != TypePacketIn {
		return fmt.Errorf("offset 0: version %s, type %s is no packet-in: %w", p.Version, p.Type, ErrUnknown)
	}
	return nil
}
