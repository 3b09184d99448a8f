package catalog

import (
	"encoding/json"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// A companion is a document of an object in another network than the object's own, for the hosts that follow that one:
// of a sub-port beside its parent, see plan_parent.go, of a mirror beside the port that gets the copies, see
// plan_mirror.go. It is written and deleted with the object, in one commit.

// companionOf is the companion of an object, if it has one. networkOfPort is where a port is, "" for nowhere.
func companionOf(o Object, networkOfPort func(port string) string) (d store.Doc, has bool, err error) {
	var what any
	switch o := o.(type) {
	case *model.Port:
		if o.Parent == "" {
			return d, false, nil
		}
		d.Key = store.Key{Kind: string(model.KindSubPort), ID: o.Name, Scope: store.NetworkScope(networkOfPort(o.Parent))}
		what = o.SubPort()
	case *model.Mirror:
		if o.To == "" {
			return d, false, nil
		}
		d.Key = store.Key{Kind: string(model.KindMirrorEnd), ID: o.Name, Scope: store.NetworkScope(o.ToNetwork)}
		what = o
	default:
		return d, false, nil
	}
	d.Value, err = json.Marshal(what)
	return d, d.Key.Scope != store.NetworkScope(""), err
}

// writeCompanion writes or deletes that of e. Where it is never changes.
func (w *work) writeCompanion(e *entry) error {
	networkOfPort := func(port string) string {
		if on := w.entries[ref{model.KindPort, port}]; on != nil {
			return on.network
		}
		return ""
	}
	old, had, err := companionOf(e.old, networkOfPort)
	if err != nil {
		return err
	}
	now, has, err := companionOf(e.now, networkOfPort)
	switch {
	case err != nil:
		return err
	case had && !has:
		w.txn.Deletes = append(w.txn.Deletes, old.Key)
	case has && string(now.Value) != string(old.Value):
		w.txn.Puts = append(w.txn.Puts, now)
	}
	return nil
}

// companionKinds are those of companions, with that of whose they are.
var companionKinds = map[model.Kind]model.Kind{model.KindSubPort: model.KindPort, model.KindMirrorEnd: model.KindMirror}

// companionStays reports whether a companion is of something.
func (a *audit) companionStays(d *store.Doc) bool {
	of := ref{companionKinds[model.Kind(d.Key.Kind)], d.Key.ID}
	if a.unsure[of.String()] {
		return true
	}
	if x := a.objects[of]; x != nil {
		want, has, err := companionOf(x.object.(Object), a.networkOfPort)
		if err == nil && has && want.Key == d.Key && string(want.Value) == string(d.Value) {
			a.companions[d.Key] = true
			return true
		}
	}
	a.add(d.Key.Kind+"_orphan", place(d.Key), "it is deleted", "there is no %s to which it belongs", of.words())
	return false
}

func (a *audit) networkOfPort(port string) string {
	if x := a.objects[ref{model.KindPort, port}]; x != nil {
		return networkOf(x.object.(Object))
	}
	return ""
}

// addCompanions writes those anew that are missing.
func (a *audit) addCompanions() {
	for _, d := range a.docs[:len(a.docs):len(a.docs)] {
		x := a.objects[ref{model.Kind(d.Key.Kind), d.Key.ID}]
		if x == nil || x.doc.Key != d.Key {
			continue
		}
		o, ok := x.object.(Object)
		if !ok {
			continue
		}
		doc, has, err := companionOf(o, a.networkOfPort)
		if err != nil || !has || a.companions[doc.Key] {
			continue
		}
		doc.Rev = d.Rev
		a.add(doc.Key.Kind+"_missing", place(doc.Key), "it is written anew", "is missing: hosts that follow that network do "+
			"not know of %s %s", d.Key.Kind, d.Key.ID)
		a.docs = append(a.docs, doc)
		a.touched[doc.Key.Scope] = true
	}
}
