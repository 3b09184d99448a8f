package dc

import (
	"context"
	"encoding/json"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// What was on its way when the store forgot happens all the same, and may be given what the store does not know to be
// another's any more. Then operators do not mean the other one any more as it was: the store's word counts. Agents keep
// that one until it is accepted, and are to refuse the new one.

// retreatPort reports whether the store has forgotten that a port has an address of another, and has operators give up
// the port as it was.
func (d *definitions) retreatPort(o, p *model.Port) bool {
	now := new(model.Port)
	there := d.stored(store.Key{Scope: store.NetworkScope(o.Network), Kind: string(model.KindPort), ID: o.Name}, now)
	if !d.w.db.lost || there && sameAddress(now, p) {
		return false
	}
	d.w.log("%s is given up: the store has forgotten it, and has given its address to %s", o.Name, p.Name)
	if delete(d.ports, o.Name); there {
		d.ports[o.Name] = now
		d.remember(now)
	}
	d.w.redefined(o.Name)
	return true
}

// retreatNetwork is retreatPort for the numbers of a network, which goes with all that is in it.
func (d *definitions) retreatNetwork(o, n *model.Network) bool {
	now := new(model.Network)
	there := d.stored(store.Key{Scope: store.NetworkScope(o.Name), Kind: string(model.KindNetwork), ID: o.Name}, now)
	if !d.w.db.lost || there && sameNumbers(now, n) {
		return false
	}
	d.w.log("%s is given up: the store has forgotten it, and has given its numbers to %s", o.Name, n.Name)
	d.shifts[o.Name] = true
	if there {
		d.networks[o.Name] = now
		d.rememberNetwork(now)
		return true
	}
	delete(d.networks, o.Name)
	delete(d.subnets, o.Name+"-v4")
	for _, name := range d.w.portsOf(o.Name) {
		delete(d.ports, name)
		d.w.redefined(name)
	}
	return true
}

func (d *definitions) stored(k store.Key, into any) bool {
	docs, err := d.w.db.mem.Get(context.Background(), k)
	return err == nil && docs[0] != nil && json.Unmarshal(docs[0].Value, into) == nil
}
