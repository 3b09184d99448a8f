package dc

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// What was on its way when the store forgot happens all the same, and may be given what the store does not know to be
// another's any more. Then operators do not mean the other one any more as it was: the store's word counts. Agents keep
// that one until it is accepted, and are to refuse the new one.

// retreatPort reports whether the store has forgotten that a port has an address of another, and has operators give up
// the port as it was.
func (d *definitions) retreatPort(o, p *model.Port) bool {
	key := store.Key{Scope: store.NetworkScope(o.Network), Kind: string(model.KindPort), ID: o.Name}
	now, ok := forgotten(d, key, func(now *model.Port) bool { return sameAddress(now, p) })
	if !ok {
		return false
	}
	d.w.log("%s is given up: the store has forgotten it, and has given its address to %s", o.Name, p.Name)
	if d.giveUp(o.Name); now != nil {
		d.ports[o.Name] = now
		d.remember(now)
		d.w.redefined(o.Name)
	}
	return true
}

// giveUp has operators not mean a port any more, nor its sub-ports, which are younger.
func (d *definitions) giveUp(port string) {
	for _, name := range slices.Sorted(maps.Keys(d.ports)) {
		if name == port || d.ports[name].Parent == port {
			delete(d.ports, name)
			d.w.redefined(name)
		}
	}
}

// retreatNetwork is retreatPort for the numbers of a network, which goes with all that is in it.
func (d *definitions) retreatNetwork(o, n *model.Network) bool {
	key := store.Key{Scope: store.NetworkScope(o.Name), Kind: string(model.KindNetwork), ID: o.Name}
	now, ok := forgotten(d, key, func(now *model.Network) bool { return sameNumbers(now, n) })
	if !ok {
		return false
	}
	d.w.log("%s is given up: the store has forgotten it, and has given its numbers to %s", o.Name, n.Name)
	d.shifts[o.Name] = true
	if now != nil {
		d.networks[o.Name] = now
		d.rememberNetwork(now)
		return true
	}
	delete(d.networks, o.Name)
	delete(d.subnets, o.Name+"-v4")
	for _, name := range d.w.portsOf(o.Name) {
		d.giveUp(name)
	}
	return true
}

// forgotten reports whether the store has forgotten that an object takes what another was given, as taken says of what
// the store has of it now: that is nil when there is none.
func forgotten[T any](d *definitions, k store.Key, taken func(*T) bool) (now *T, ok bool) {
	if !d.w.db.lost {
		return nil, false
	}
	docs, err := d.w.db.mem.Get(context.Background(), k)
	if err == nil && docs[0] != nil {
		now = new(T)
		err = json.Unmarshal(docs[0].Value, now)
	}
	if err != nil {
		d.w.fail("store: %v: %v", k, err)
		return nil, false
	}
	return now, now == nil || !taken(now)
}
