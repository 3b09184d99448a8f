package catalog

import (
	"encoding/binary"
	"hash/fnv"

	"github.com/vlcp-go/vlcp/common/model"
)

const (
	patientAttempts = 3    // of a change, before competing allocations are spread
	spread          = 64   // free numbers that each attempt after those chooses among, growing
	macLocal        = 0x0a // first byte of our MACs: locally administered (IEEE 802), not a group
	macNumbers      = 1 << 24
)

// span is an inclusive range of numbers.
type span struct{ lo, hi int64 }

// allocate gives values to the fields that were left out, with one call for each range, however many objects.
func (w *work) allocate() error {
	used := w.wantedNumbers()
	if err := w.allocateNetworks(used); err != nil {
		return err
	}
	if err := w.allocateMirrors(used); err != nil {
		return err
	}
	if err := w.allocateIPs(used); err != nil {
		return err
	}
	return w.allocateMACs()
}

// turning is a range of numbers from where the last allocation ended, and then from its beginning, so that a number
// that was given back is given out again as late as can be: a switch that is being told of the end of one network and
// of the beginning of another must not take one for the other. counter never goes back.
func (w *work) turning(counter string, s span, n int) ([]span, error) {
	first, ok := w.run.turns[counter]
	if !ok {
		var err error
		if first, err = w.c.s.Sequence(w.ctx, counter, n); err != nil {
			return nil, err
		}
		w.run.turns[counter] = first
	}
	from := s.lo + (first-1)%(s.hi-s.lo+1)
	return []span{{from, s.hi}, {s.lo, from - 1}}, nil
}

// wantedNumbers are those that objects of this change have already, by index: stored ones are not free anyway, new ones
// the store does not know yet.
func (w *work) wantedNumbers() map[string]map[int64]bool {
	used := map[string]map[int64]bool{}
	for _, e := range w.entries {
		if e.verb == "" || e.now == nil {
			continue
		}
		for _, c := range claimsOf(e.now, w.subnetOf(e.now)) {
			if c.Bit < 0 {
				continue
			}
			if used[c.Index] == nil {
				used[c.Index] = map[int64]bool{}
			}
			used[c.Index][c.Bit] = true
		}
	}
	return used
}

// subnetOf is the subnet of a port, whether it stays or goes; nil for anything else.
func (w *work) subnetOf(o Object) *model.Subnet {
	p, ok := o.(*model.Port)
	if !ok || p.Subnet == "" {
		return nil
	}
	e := w.entries[ref{model.KindSubnet, p.Subnet}]
	if e == nil {
		return nil
	}
	if s, ok := e.now.(*model.Subnet); ok {
		return s
	}
	s, _ := e.old.(*model.Subnet)
	return s
}

// free finds n numbers, the lowest ones at first. A change that lost to others several times chooses at random among
// the next ones, so that many competitors do not all try the same again. What it finds is used from then on: spans may
// overlap, and so may the ranges of two physical networks.
func (w *work) free(index string, spans []span, all map[string]map[int64]bool, n int) ([]int64, error) {
	used := all[index]
	if used == nil {
		used = map[int64]bool{}
		all[index] = used
	}
	extra := max(0, w.attempt-patientAttempts+1) * spread
	var out []int64
	for _, sp := range spans {
		missing := n + extra - len(out)
		if missing <= 0 {
			break
		}
		got, err := w.c.s.Free(w.ctx, index, sp.lo, sp.hi, missing+len(used))
		if err != nil {
			return nil, err
		}
		for _, b := range got {
			if !used[b] && len(out) < n+extra {
				out, used[b] = append(out, b), true
			}
		}
	}
	if extra > 0 && len(out) > n {
		from := w.c.o.Pick(len(out) - n + 1)
		out = out[from:]
	}
	return out[:min(n, len(out))], nil
}

func (w *work) allocateNetworks(used map[string]map[int64]bool) error {
	var tags []*entry
	vnis := map[string][]*entry{}
	var physnets []string
	for _, o := range w.ops {
		e := w.entries[o.ref]
		n, ok := e.now.(*model.Network)
		if !ok {
			continue
		}
		if n.Tag == 0 {
			tags = append(tags, e)
		}
		p, _ := w.entries[ref{model.KindPhysNet, n.PhysNet}].now.(*model.PhysNet)
		if p.Tunnelled() && n.VNI == 0 || p.Type == model.TypeVLAN && n.VLAN == 0 {
			if vnis[n.PhysNet] == nil {
				physnets = append(physnets, n.PhysNet)
			}
			vnis[n.PhysNet] = append(vnis[n.PhysNet], e)
		}
	}
	for _, p := range physnets {
		if err := w.allocateVNIs(p, vnis[p], used); err != nil {
			return err
		}
	}
	if len(tags) == 0 {
		return nil
	}
	spans, err := w.turning(indexTag, span{tagMin, tagMax}, len(tags))
	if err != nil {
		return err
	}
	got, err := w.free(indexTag, spans, used, len(tags))
	if err != nil {
		return err
	}
	for i, e := range tags {
		if i >= len(got) {
			return refuse(e.ref, fieldTag, "all numbers are in use: delete networks that are not needed")
		}
		e.now.(*model.Network).Tag = uint32(got[i])
		e.allocated(fieldTag)
	}
	return nil
}

func (w *work) allocateVNIs(physnet string, list []*entry, used map[string]map[int64]bool) error {
	p, _ := w.entries[ref{model.KindPhysNet, physnet}].now.(*model.PhysNet)
	if p.Type == model.TypeVLAN {
		return w.allocateVLANs(p, list, used)
	}
	got, err := w.freeOnWire(indexVNI, span{int64(p.VNI.Lo), int64(p.VNI.Hi)}, used, len(list))
	if err != nil {
		return err
	}
	for i, e := range list {
		if i >= len(got) {
			return refuse(e.ref, fieldVNI, "range %s of physnet %s is exhausted: extend it with physnet update %s --vni, "+
				"or delete networks that are not needed", p.VNI, physnet, physnet)
		}
		e.now.(*model.Network).VNI = uint32(got[i])
		e.allocated(fieldVNI)
	}
	return nil
}

func (w *work) allocateVLANs(p *model.PhysNet, list []*entry, used map[string]map[int64]bool) error {
	got, err := w.freeOnWire(indexVLAN(p.Name), span{int64(p.VLAN.Lo), int64(p.VLAN.Hi)}, used, len(list))
	if err != nil {
		return err
	}
	for i, e := range list {
		if i >= len(got) {
			return refuse(e.ref, fieldVLAN, "range %s of physnet %s is exhausted: extend it with physnet update %s --vlan, "+
				"or delete networks that are not needed", p.VLAN, p.Name, p.Name)
		}
		e.now.(*model.Network).VLAN = uint16(got[i])
		e.allocated(fieldVLAN)
	}
	return nil
}

func (w *work) allocateIPs(used map[string]map[int64]bool) error {
	bySubnet := map[string][]*entry{}
	var subnets []string
	for _, o := range w.ops {
		e := w.entries[o.ref]
		if p, ok := e.now.(*model.Port); ok && p.Subnet != "" && !p.IP.IsValid() {
			if bySubnet[p.Subnet] == nil {
				subnets = append(subnets, p.Subnet)
			}
			bySubnet[p.Subnet] = append(bySubnet[p.Subnet], e)
		}
	}
	for _, name := range subnets {
		s := w.subnetOf(bySubnet[name][0].now)
		w.reserve(s, used)
		var spans []span
		for _, r := range s.AllocationRanges() {
			spans = append(spans, span{s.Offset(r.From), s.Offset(r.To)})
		}
		got, err := w.free(indexIP(name), spans, used, len(bySubnet[name]))
		if err != nil {
			return err
		}
		for i, e := range bySubnet[name] {
			if i >= len(got) {
				return refuse(e.ref, fieldIP, "no address is free in subnet %s (%s): extend its range with subnet update %s "+
					"--range, or delete ports that are not needed", name, s.CIDR, name)
			}
			e.now.(*model.Port).IP = s.At(got[i])
			e.allocated(fieldIP)
		}
	}
	return nil
}

// allocateMACs numbers ports through a counter that never goes back, behind a prefix of the stored data's identity, so
// that two deployments on one wire are unlikely to meet.
func (w *work) allocateMACs() error {
	var list []*entry
	missing := 0
	for _, o := range w.ops {
		e := w.entries[o.ref]
		if p, ok := e.now.(*model.Port); ok && p.MAC.IsZero() {
			list = append(list, e)
			if _, ok := w.run.macs[e.name]; !ok {
				missing++
			}
		}
	}
	if missing > 0 {
		if err := w.reserveMACs(list, missing); err != nil {
			return err
		}
	}
	for _, e := range list {
		e.now.(*model.Port).MAC = w.run.macs[e.name]
		e.allocated(fieldMAC)
	}
	return nil
}

func (w *work) reserveMACs(list []*entry, missing int) error {
	info, err := w.c.s.Info(w.ctx)
	if err != nil {
		return err
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(info.Epoch)) // never fails
	next, err := w.c.s.Sequence(w.ctx, "mac", missing)
	if err != nil {
		return err
	}
	for _, e := range list {
		if _, ok := w.run.macs[e.name]; ok {
			continue
		}
		var m model.MAC
		binary.BigEndian.PutUint32(m[2:], uint32(next%macNumbers))
		binary.BigEndian.PutUint16(m[1:], uint16(h.Sum32()))
		m[0] = macLocal
		w.run.macs[e.name] = m
		next++
	}
	return nil
}
