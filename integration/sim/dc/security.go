package dc

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// secure says what a port may send from: most from their own addresses only, some from one more, some from all.
func (w *World) secure(p *model.Port) {
	switch open := false; {
	case w.chance(20):
		p.PortSecurity = &open
	case w.chance(20):
		p.AllowedAddresses = []model.AllowedAddress{{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0,
			byte(200 + w.rand.IntN(3))}), 32)}}
	}
}

// updateSecurity changes what a port may send from, and nothing else: its guest goes on as it was, without the loss of
// a frame.
func (w *World) updateSecurity() string {
	name, ok := choose(w, w.defs.ports)
	if !ok {
		return ""
	}
	open := w.chance(50)
	extra := w.chance(30)
	w.operator("update security of "+name, func(c *catalog.Changes) {
		c.Update(model.KindPort, name, func(o catalog.Object) error {
			p := o.(*model.Port)
			p.PortSecurity, p.AllowedAddresses = nil, nil
			if open {
				p.PortSecurity = new(bool)
			} else if extra {
				p.AllowedAddresses = []model.AllowedAddress{{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, 203}), 32)}}
			}
			return nil
		})
	})
	return "update security of " + name
}
