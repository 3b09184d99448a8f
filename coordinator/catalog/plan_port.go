package catalog

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/vlcp-go/vlcp/common/model"
)

func (w *work) planPort(e *entry, p *model.Port) error {
	old, exists := e.old.(*model.Port)
	if exists {
		if err := fixed(e.ref, fieldNetwork, old.Network, p.Network); err != nil {
			return err
		}
		keepAddresses(e.verb, p, old)
	}
	if err := p.Validate(); err != nil {
		return err
	}
	p.Canonical()
	if _, err := w.refer(e.ref, fieldNetwork, ref{model.KindNetwork, p.Network}, false); err != nil {
		return err
	}
	if err := w.planParent(e, p); err != nil {
		return err
	}
	in, err := w.subnetFor(e, p)
	if err != nil {
		return err
	}
	if in != nil {
		s := in.now.(*model.Subnet)
		p.Subnet = s.Name
		if err := p.CheckIPs(s); err != nil {
			return err
		}
		if equal, err := same(e.ref, e.old, p); err != nil {
			return err
		} else if !equal {
			w.rely(in, true)
		}
	}
	e.network, e.now = p.Network, p
	return nil
}

// keepAddresses carries over what a file leaves out, and drops an address of another subnet.
func keepAddresses(v Verb, p, old *model.Port) {
	if v == Apply {
		if p.Subnet == "" {
			p.Subnet = old.Subnet
		}
		if p.MAC.IsZero() {
			p.MAC = old.MAC
		}
		if !p.IP.IsValid() {
			p.IP = old.IP
		}
	}
	if p.Subnet != old.Subnet && p.IP == old.IP {
		p.IP = netip.Addr{}
	}
}

// subnetFor is the subnet that a port's address is from; nil if it has none.
func (w *work) subnetFor(e *entry, p *model.Port) (*entry, error) {
	if p.Subnet != "" {
		s, err := w.refer(e.ref, fieldSubnet, ref{model.KindSubnet, p.Subnet}, false)
		if err != nil {
			return nil, err
		}
		if n := networkOf(s.now); n != p.Network {
			return nil, invalid(e.ref, fieldSubnet, "%s is in network %s, not in %s: name a subnet of the port's network",
				p.Subnet, n, p.Network)
		}
		return s, nil
	}
	given := p.Addresses()
	given = slices.DeleteFunc(slices.Clone(given), netip.Addr.Is6)
	if e.old != nil && len(given) == 0 {
		return nil, nil // it was made without an address, and stays so until told otherwise
	}
	list, err := w.subnetsOf(p.Network)
	if err != nil {
		return nil, err
	}
	switch {
	case len(list) == 1:
		return list[0], nil
	case len(list) > 1:
		names := make([]string, len(list))
		for i, s := range list {
			names[i] = s.name
		}
		return nil, invalid(e.ref, fieldSubnet, "network %s has several (%s): choose one with --subnet, or subnet in a file",
			p.Network, strings.Join(names, ", "))
	case len(given) > 0:
		return nil, invalid(e.ref, fieldIP, "%s cannot be given, network %s has no subnet: create one first", given[0],
			p.Network)
	}
	return nil, nil
}
