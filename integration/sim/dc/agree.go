package dc

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/ovsdb"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/vswitch"
)

// checkAgree compares what the store says with where guests are, and with what agents say of themselves.
func (w *World) checkAgree() error {
	ctx := context.Background()
	bound := map[string]string{}
	for name := range w.defs.networks {
		docs, err := w.db.mem.Read(ctx, store.NetworkScope(name))
		if err != nil {
			return err
		}
		for _, d := range docs {
			var b model.Binding
			if model.Kind(d.Key.Kind) == model.KindBinding && json.Unmarshal(d.Value, &b) == nil {
				bound[b.Port] = b.Host
			}
		}
	}
	for _, g := range w.allGuests() {
		if w.defs.ports[g.port] == nil {
			continue
		}
		if bound[g.port] != g.h.id {
			w.fail("%v is bound to host %q in the store", g, bound[g.port])
		}
		delete(bound, g.port)
	}
	for _, port := range slices.Sorted(maps.Keys(bound)) {
		w.fail("port %s is bound to host %s in the store, and is nowhere", port, bound[port])
	}
	for _, h := range w.hosts {
		if err := h.checkHost(ctx); err != nil {
			return err
		}
	}
	return w.err
}

// checkHost compares what the store says of a host with what its agent says.
func (h *Host) checkHost(ctx context.Context) error {
	w := h.w
	list, err := w.db.mem.List(ctx, "bound:"+h.id)
	if err != nil {
		return err
	}
	up := map[string]string{}
	for _, g := range h.all() {
		if p := w.defs.ports[g.port]; p != nil {
			up[p.Name] = p.Network
		}
	}
	if !maps.Equal(list, up) {
		w.fail("host %s has %v in the store's index of its ports, and is %v", h.name, list, up)
	}
	if s := h.agent.Inspect(); h.view.lastBeat.Ports != len(up) || h.view.lastBeat.Applied > s.Store.Revision {
		w.fail("host %s says %+v in its heartbeat, has %d ports and revision %d", h.name, h.view.lastBeat, len(up),
			s.Store.Revision)
	}
	return nil
}

// checkDoubles starts an agent beside that of every host, with an empty switch and the present alone, and compares the
// flows that it makes: what was computed change by change has to be what is computed from scratch. It must not want to
// write anything.
func (w *World) checkDoubles() error {
	doubles := make([]*Host, len(w.hosts))
	for i, h := range w.hosts {
		doubles[i] = h.newDouble()
		if err := doubles[i].boot(); err != nil {
			return err
		}
	}
	before := make([]map[uint64]bool, len(w.hosts))
	for i, h := range w.hosts {
		before[i] = wants(h.sw)
	}
	err := w.run(freshTime)
	for i, d := range doubles {
		if err == nil {
			w.compare(w.hosts[i], d, before[i])
			w.hosts[i].checkCookies()
		}
		d.kill()
	}
	return w.err
}

func (h *Host) newDouble() *Host {
	d := &Host{w: h.w, index: h.index, id: h.id, name: h.name, addr: h.addr, dbUp: true, ofUp: true, lives: h.lives,
		clock: &hostClock{w: h.w}, disk: disk{}, double: true}
	d.tunnels = maps.Clone(h.tunnels)
	d.sw = d.newSwitch()
	for _, p := range h.sw.Ports() {
		d.sw.SetPort(p)
	}
	inherit(h.sw, d.sw)
	d.db = newDatabase(h.w)
	d.db.tables = map[string]map[string]ovsdb.Row{}
	for name, rows := range h.db.tables {
		d.db.tables[name] = maps.Clone(rows)
	}
	return d
}

// compare fails the run when two hosts' switches have other flows. Of flows on demand, which are wanted and not in the
// definitions, those count that were there before, too.
func (w *World) compare(h, d *Host, before map[uint64]bool) {
	if s := d.agent.Inspect(); !s.Ready || s.Flows.Pending > 0 {
		w.fail("a fresh agent of %s is not ready after %v: %+v", h.name, freshTime, s)
		return
	}
	now := wants(h.sw)
	same := func(f *vswitch.Flow) bool { return !onDemand(f) || before[f.Cookie] && now[f.Cookie] }
	have, want := flowTexts(h.sw, same), flowTexts(d.sw, same)
	var diff []string
	for _, f := range have {
		if !slices.Contains(want, f) {
			diff = append(diff, "has "+f)
		}
	}
	for _, f := range want {
		if !slices.Contains(have, f) {
			diff = append(diff, "lacks "+f)
		}
	}
	if len(diff) > 0 {
		w.fail("flows of %s are not what is computed from scratch: it %s", h.name, strings.Join(diff, ", "))
	}
}

// checkCookies checks that a cookie says whose a flow is: no two ports' flows have the same.
func (h *Host) checkCookies() {
	whose := map[uint64]string{}
	for _, f := range h.sw.Flows() {
		t, ok := f.Match.Get(oxm.EthDst)
		if !ok || t.Mask != nil || t.Value[0]&1 != 0 || f.Learned {
			continue
		}
		tag, _ := f.Match.GetUint(oxm.Reg(0))
		to := fmt.Sprintf("network %d, %x", tag, t.Value)
		if other, there := whose[f.Cookie]; there && other != to {
			h.w.fail("flows of %s to %s and to %s have the same cookie %#x", h.name, other, to, f.Cookie)
		}
		whose[f.Cookie] = to
	}
}

func flowTexts(s *vswitch.Switch, which func(*vswitch.Flow) bool) []string {
	var out []string
	for _, f := range s.Flows() {
		if !f.Learned && which(f) { // learned is of frames
			out = append(out, fmt.Sprintf("table=%d,priority=%d,%x,cookie=%#x,%x", f.Table, f.Priority, f.Match, f.Cookie,
				f.Instructions))
		}
	}
	return out
}

// checkCommit checks what an agent writes when it writes it: a port that it announces has its flows in the switch.
func (h *Host) checkCommit(t *store.Txn) {
	for _, p := range t.Puts {
		var b model.Binding
		if model.Kind(p.Key.Kind) != model.KindBinding || json.Unmarshal(p.Value, &b) != nil {
			continue
		}
		for _, g := range h.all() {
			known := g.since.Add(h.slow + time.Millisecond)
			meant := g.port == b.Port && !h.w.defs.down[b.Port] &&
				!b.At.Add(-h.clock.ahead).Before(known) // not one before it
			if meant && !h.takes(g) && h.w.clock.Now().Sub(g.shaken) > shakenMax &&
				h.w.clock.Now().Sub(h.shaken) > shakenMax && h.defined(p.Key.Scope, g) {
				h.w.fail("%v is announced, and the switch has no flow for its frames", g)
			}
		}
	}
}

// defined reports whether the store has the port of a guest in a scope as what the guest is: behind an interface of its
// own, or a sub-port. One that was restored may have it as what it was before.
func (h *Host) defined(scope store.Scope, g *Guest) bool {
	key := store.Key{Scope: scope, Kind: string(model.KindPort), ID: g.port}
	docs, err := h.view.server().Get(context.Background(), key)
	var def model.Port
	return err == nil && docs[0] != nil && json.Unmarshal(docs[0].Value, &def) == nil &&
		(def.Parent != "") == (g.parent != nil)
}

// shakenMax is how long an agent may not know that somebody else changed a guest or the switch.
const shakenMax = time.Minute
