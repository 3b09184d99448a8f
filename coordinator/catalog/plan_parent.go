package catalog

import (
	"encoding/json"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// A sub-port is a port that another one's guest has in a VLAN of its interface. Its document is in its own network, as
// that of every port, and names the parent. Beside the parent, in the network of that, is a document that says which
// networks its sub-ports are in: agents follow the networks of the interfaces that they have, and would not hear of
// others. Both are written and deleted in one commit.
//
//	network blue:  port web1        subport web1-v20 {network: green, parent: web1}
//	network green: port web1-v20 {parent: web1, vlan: 20}
//
// The parent holds its sub-ports as a network holds its ports (in:port/web1). What tag each has is claimed, and so is
// its network: a guest that had two ports of one network on one interface would make a loop as soon as it bridged.

const (
	fieldParent = "parent"

	tagsOf  = "tags:"  // index of a parent: tag → sub-port
	reachOf = "reach:" // index of a parent: network → sub-port
)

// planParent checks what p is on, if it is a sub-port.
func (w *work) planParent(e *entry, p *model.Port) error {
	if old, exists := e.old.(*model.Port); exists && old.Parent != p.Parent {
		from, to := or(old.Parent, "none"), or(p.Parent, "none")
		return refuse(e.ref, fieldParent, "cannot be changed from %s to %s: delete the port and create it anew", from, to)
	}
	if p.Parent == "" {
		return nil
	}
	on, err := w.refer(e.ref, fieldParent, ref{model.KindPort, p.Parent}, true)
	if err != nil {
		return err
	}
	parent := on.now.(*model.Port)
	if parent.Parent != "" {
		return refuse(e.ref, fieldParent, "%s is a sub-port itself, and tags are not nested: name %s, which it is on",
			parent.Name, parent.Parent)
	}
	if parent.Network == p.Network {
		return refuse(e.ref, fieldNetwork, "%s is that of the parent %s, whose guest would have it twice on one interface "+
			"and could make a loop: choose another network, or another parent", p.Network, parent.Name)
	}
	return nil
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// parentClaims are what a sub-port holds of its parent.
func parentClaims(p *model.Port) []claim {
	r := ref{model.KindPort, p.Name}
	tag := numbered(tagsOf+p.Parent, int64(p.VLAN), r, fieldVLAN)
	tag.Bit = store.NoBit // nobody allocates it
	reach := named(reachOf+p.Parent, p.Network, r.String())
	reach.field = fieldNetwork
	return []claim{tag, reach, named(indexIn(ref{model.KindPort, p.Parent}), r.String(), r.String())}
}

// subPortDoc is what the network of the parent has of p.
func subPortDoc(p *model.Port, parentNetwork string) (store.Doc, error) {
	b, err := json.Marshal(p.SubPort())
	return store.Doc{Key: store.Key{Scope: store.NetworkScope(parentNetwork), Kind: string(model.KindSubPort),
		ID: p.Name}, Value: b}, err
}

// writeSubPort writes or deletes the document beside the parent.
func (w *work) writeSubPort(e *entry) error {
	p, of := e.now.(*model.Port)
	if !of {
		if p, of = e.old.(*model.Port); !of {
			return nil
		}
	}
	on := w.entries[ref{model.KindPort, p.Parent}]
	if p.Parent == "" || on == nil || on.network == "" || e.now != nil && e.old != nil { // it never changes
		return nil
	}
	d, err := subPortDoc(p, on.network)
	switch {
	case err != nil:
		return err
	case e.now == nil:
		w.txn.Deletes = append(w.txn.Deletes, d.Key)
	default:
		w.txn.Puts = append(w.txn.Puts, d)
	}
	return nil
}

// subPortStays reports whether a document beside a parent is of one of its sub-ports.
func (a *audit) subPortStays(d *store.Doc) bool {
	if a.unsure["port/"+d.Key.ID] {
		return true
	}
	x := a.objects[ref{model.KindPort, d.Key.ID}]
	if x != nil {
		p, ok := x.object.(*model.Port)
		if on := a.networkOfParent(p); ok && store.NetworkScope(on) == d.Key.Scope {
			want, err := subPortDoc(p, on)
			if err == nil && string(want.Value) == string(d.Value) {
				a.subPorts[p.Name] = true
				return true
			}
		}
	}
	a.add("subport_orphan", place(d.Key), "it is deleted", "port %s is no sub-port of a port there", d.Key.ID)
	return false
}

func (a *audit) networkOfParent(p *model.Port) string {
	if p == nil || p.Parent == "" {
		return ""
	}
	if x := a.objects[ref{model.KindPort, p.Parent}]; x != nil {
		return networkOf(x.object.(Object))
	}
	return ""
}

// addSubPorts writes anew what networks of parents lack.
func (a *audit) addSubPorts() {
	for _, d := range a.docs[:len(a.docs):len(a.docs)] {
		x := a.objects[ref{model.Kind(d.Key.Kind), d.Key.ID}]
		if x == nil || x.doc.Key != d.Key {
			continue
		}
		p, ok := x.object.(*model.Port)
		if !ok || a.subPorts[p.Name] {
			continue
		}
		on := a.networkOfParent(p)
		doc, err := subPortDoc(p, on)
		if on == "" || err != nil {
			continue
		}
		doc.Rev = d.Rev
		a.add("subport_missing", place(doc.Key), "it is written anew", "is missing: the host of %s does not know that its "+
			"guest has port %s", p.Parent, p.Name)
		a.docs = append(a.docs, doc)
		a.touched[doc.Key.Scope] = true
	}
}
