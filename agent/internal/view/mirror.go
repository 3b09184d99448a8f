package view

import (
	"github.com/vlcp-go/vlcp/common/incremental"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// A mirror is known to the hosts that follow the network of the port that is copied from: the one that has the port
// makes the copies. It follows the network of the port that gets them, too, to know where that is. Hosts that follow
// that network know the mirror as a mirror's end: the one that has the port takes copies that come in a tunnel.

func mirrorsOf(name string, m model.Mirror) []incremental.Pair[string, string] {
	return []incremental.Pair[string, string]{{Group: m.From, Member: name}}
}

func (v *View) putMirror(d store.Doc) error {
	m, err := decode[model.Mirror](d)
	if err == nil {
		v.setMirror(d.Key, &m)
	}
	return err
}

// setMirror takes a mirror or a mirror's end in, nil when it is gone.
func (v *View) setMirror(k store.Key, m *model.Mirror) {
	t := v.MirrorEnds
	if model.Kind(k.Kind) == model.KindMirror {
		t = v.Mirrors
	}
	old, _ := t.Peek(k.ID)
	if m == nil {
		t.Delete(k.ID)
	} else {
		t.Set(k.ID, *m)
	}
	if t == v.MirrorEnds {
		return
	}
	v.place(old.From)
	if m != nil && m.From != old.From {
		v.place(m.From)
	}
}

// Mirrored reports whether what is delivered to a port is copied, and what it sends.
func (v *View) Mirrored(port string) (in, out bool) {
	for _, name := range v.MirrorsOf.Peek(port) {
		m, _ := v.Mirrors.Peek(name)
		in, out = in || m.In(), out || m.Out()
	}
	return in, out
}

// mirrorNetworks are those of the ports that ports here are copied to.
func (v *View) mirrorNetworks(yield func(network string) bool) {
	stop := false
	v.Mirrors.Each(func(_ string, m model.Mirror) {
		if !stop && m.ToNetwork != "" && v.Here(m.From) {
			stop = !yield(m.ToNetwork)
		}
	})
}
