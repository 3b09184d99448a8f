package catalog

import (
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
