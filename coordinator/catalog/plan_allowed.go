package catalog

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// Allowed addresses may be shared by ports, as a virtual router's is, so they cannot be claimed as the address of a
// port is. Each port has an entry for each in an index of its network, and nobody gets an address for himself that is
// in it. That nothing comes in between is ensured by a document that the network has from its first allowed address on:
// every change of addresses there writes it, so they are one after the other. Networks without have none, and cost one
// read; the document is there before the first change that needs it is planned.

// allowances are what the ports of a network may use besides their own, as it will be: ports by address or MAC.
type allowances struct {
	users   map[string][]string
	guarded bool // the network has a document
}

// singles are the addresses and MACs that p may claim to have besides its own.
func singles(p *model.Port) (out []string) {
	for _, a := range p.AllowedAddresses {
		if a.Single() {
			out = append(out, a.Prefix.Addr().String())
		}
		if !a.MAC.IsZero() && a.MAC != p.MAC {
			out = append(out, a.MAC.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// checkAllowed refuses addresses that belong to somebody else.
func (w *work) checkAllowed() error {
	touched := map[string][]*entry{}
	for _, o := range w.ops {
		e := w.entries[o.ref]
		if p, ok := e.now.(*model.Port); ok && e.verb != "" && w.readdressed(e, p) {
			touched[p.Network] = append(touched[p.Network], e)
		}
	}
	for _, network := range slices.Sorted(maps.Keys(touched)) {
		a, err := w.allowancesOf(network)
		if err != nil {
			return err
		}
		w.allowed[network] = a
		for _, e := range touched[network] {
			if err := w.checkPortAllowed(e, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// readdressed reports whether a change gives p an address or lets it use one.
func (w *work) readdressed(e *entry, p *model.Port) bool {
	old, ok := e.old.(*model.Port)
	return !ok || !slices.Equal(old.Addresses(), p.Addresses()) || old.MAC != p.MAC ||
		!slices.Equal(old.AllowedAddresses, p.AllowedAddresses)
}

func (w *work) allowancesOf(network string) (*allowances, error) {
	a := &allowances{users: map[string][]string{}}
	key := addressesKey(network)
	guard, err := w.c.s.Get(w.ctx, key)
	if err != nil {
		return nil, err
	}
	w.checks[key] = store.Absent
	if guard[0] == nil && w.allows(network) && !w.run.dry {
		t := store.Txn{ID: w.c.o.NewID(), Author: w.c.o.Author, Note: "allowed addresses in network " + network,
			Checks: []store.Check{{Key: key, Rev: store.Absent}}, Puts: []store.Doc{{Key: key, Value: []byte("{}")}}}
		if _, err := w.c.s.Commit(w.ctx, t); err != nil && w.verdict(err) != nil {
			return nil, err
		}
		if guard, err = w.c.s.Get(w.ctx, key); err != nil {
			return nil, err
		}
	}
	if guard[0] != nil {
		a.guarded = true
		w.checks[key] = guard[0].Rev
		stored, err := w.c.s.List(w.ctx, indexAllowed(network))
		if err != nil {
			return nil, err
		}
		for k := range stored {
			what, port, _ := strings.Cut(k, " ")
			if e := w.entries[ref{model.KindPort, port}]; e == nil || e.verb == "" {
				a.users[what] = append(a.users[what], port)
			}
		}
	}
	for _, o := range w.ops {
		if p, ok := w.entries[o.ref].now.(*model.Port); ok && p.Network == network {
			for _, what := range singles(p) {
				a.users[what] = append(a.users[what], p.Name)
			}
		}
	}
	return a, nil
}

// allows reports whether a change has ports of a network use addresses besides their own.
func (w *work) allows(network string) bool {
	return slices.ContainsFunc(w.ops, func(o op) bool {
		p, ok := w.entries[o.ref].now.(*model.Port)
		return ok && p.Network == network && len(singles(p)) > 0
	})
}

// checkPortAllowed looks at one port's addresses: its own must be allowed to nobody else, and allowed ones be nobody
// else's own.
func (w *work) checkPortAllowed(e *entry, a *allowances) error {
	p := e.now.(*model.Port)
	own := map[string]string{p.MAC.String(): fieldMAC}
	for _, ip := range p.MoreIPs {
		own[ip.String()] = fieldMoreIPs
	}
	own[text(p.IP)] = fieldIP
	for what, field := range own {
		for _, user := range a.users[what] {
			if user != p.Name {
				return refuse(e.ref, field, "%s is an allowed address of port %s: choose another, or take it from that port "+
					"with port update %s --allowed-address", what, user, user)
			}
		}
	}
	for _, what := range singles(p) {
		owner, err := w.ownerOf(p.Network, what)
		if err != nil {
			return err
		}
		proxy := strings.HasPrefix(owner, string(model.KindSubnet)+"/") // several guests may share it, as a virtual router's
		if owner != "" && owner != e.ref.String() && owner != ownerGateway && !proxy {
			return refuse(e.ref, fieldAllowed, "%s belongs to %s: a guest that may send from it could pass for that one; "+
				"leave it out, or give the other one another address first", what, people(owner))
		}
	}
	return nil
}

func text(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// hasAddress reports whether p has an address or a MAC.
func hasAddress(p *model.Port, what string) bool {
	ip, err := netip.ParseAddr(what)
	return err == nil && p.HasIP(ip) || p.MAC.String() == what
}

// ownerOf is who will have an address or a MAC of a network, "" for nobody.
func (w *work) ownerOf(network, what string) (string, error) {
	for _, e := range w.entries { // of this change
		if p, ok := e.now.(*model.Port); ok && p.Network == network && hasAddress(p, what) {
			return e.ref.String(), nil
		}
	}
	indexes := []string{indexMAC(network)}
	if ip, err := netip.ParseAddr(what); err == nil {
		subnets, err := w.subnetsOf(network)
		if err != nil {
			return "", err
		}
		indexes = []string{indexIPv6(network)}
		for _, s := range subnets {
			if s.now.(*model.Subnet).CIDR.Contains(ip) {
				indexes = append(indexes, indexIP(s.name))
			}
		}
	}
	for _, index := range indexes {
		owners, err := w.c.s.Lookup(w.ctx, index, what)
		if err != nil {
			return "", err
		}
		kind, name, _ := strings.Cut(owners[0], "/")
		if e := w.entries[ref{model.Kind(kind), name}]; owners[0] != "" && (e == nil || e.verb == "") {
			return owners[0], nil // of this change, it was seen above, or gives the address up
		}
	}
	return "", nil
}

// reserve takes the allowed addresses of a subnet out of those that are given to ports.
func (w *work) reserve(s *model.Subnet, used map[string]map[int64]bool) {
	a := w.allowed[s.Network]
	if a == nil {
		return
	}
	index := indexIP(s.Name)
	for what := range a.users {
		if ip, err := netip.ParseAddr(what); err == nil && s.CIDR.Contains(ip) {
			if used[index] == nil {
				used[index] = map[int64]bool{}
			}
			used[index][s.Offset(ip)] = true
		}
	}
}
