package catalog

import (
	"cmp"

	"github.com/vlcp-go/vlcp/common/model"
)

func (w *work) planSubnet(e *entry, s *model.Subnet) error {
	old, exists := e.old.(*model.Subnet)
	if exists {
		if err := fixed(e.ref, fieldNetwork, old.Network, s.Network); err != nil {
			return err
		}
		if err := fixed(e.ref, fieldCIDR, old.CIDR.String(), s.CIDR.String()); err != nil {
			return err
		}
		keepServer(e.verb, s, old)
	}
	if err := s.Validate(); err != nil {
		return err
	}
	s.Lease = cmp.Or(s.Lease, model.DefaultLease)
	if s.DHCPEnabled() {
		s.DHCP = nil // one way to say it, so that equal objects are equal documents
		if !s.DHCPServer.IsValid() {
			s.DHCPServer = s.PickDHCPServer()
		}
	}
	n, err := w.refer(e.ref, fieldNetwork, ref{model.KindNetwork, s.Network}, !exists)
	if err != nil {
		return err
	}
	if !exists {
		if err := w.checkOverlap(e.ref, s); err != nil {
			return err
		}
		n.touch = true
		w.subnets[s.Network] = append(w.subnets[s.Network], e)
	}
	e.network, e.now = s.Network, s
	return nil
}

// keepServer carries the address of the DHCP server over, unless the gateway has taken it.
func keepServer(v Verb, s, old *model.Subnet) {
	if v == Apply && !s.DHCPServer.IsValid() {
		s.DHCPServer = old.DHCPServer
	}
	if s.DHCPServer == old.DHCPServer && s.DHCPServer == s.Gateway && s.DHCPServer.IsValid() {
		s.DHCPServer = s.PickDHCPServer()
	}
}

// checkOverlap refuses a subnet that shares addresses with another one of its network. That no other one comes in
// between is ensured by the check of the network's revision, and by writing the network with every new subnet.
func (w *work) checkOverlap(r ref, s *model.Subnet) error {
	others, err := w.subnetsOf(s.Network)
	if err != nil {
		return err
	}
	for _, o := range others {
		if x := o.now.(*model.Subnet); o.ref != r && x.CIDR.Overlaps(s.CIDR) {
			return refuse(r, fieldCIDR, "%s overlaps %s of subnet %s in network %s: choose another range", s.CIDR, x.CIDR,
				x.Name, s.Network)
		}
	}
	return nil
}
