package dc

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/memstore"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// What a store forgets: agents hold what they have, so that nothing goes that no operator removed; operators notice,
// stop changing definitions, and put back what is missing or accept what there is.

// From the moment that the store forgets until everything is settled, operators define nothing new: numbers that were
// given out and forgotten would be given out again.

// noticeMax is how long operators take until they do something about it.
const noticeMax = 8 * time.Second

// failover makes a replica the master that has not got the last commits. Some hosts go on talking to the old one for a
// while, which answers, and whose subscriptions are silent.
func (w *World) failover() string {
	if w.db.lost {
		return ""
	}
	behind := w.db.mem.Snapshot()
	w.after(w.between(time.Millisecond, noticeMax), func() {
		if w.db.lost {
			return
		}
		old := w.demoted()
		w.lose("a failover loses the last commits", func() error {
			w.db.mem.Restore(behind)
			w.db.mem.Restart()
			return nil
		})
		for _, h := range w.hosts {
			if w.chance(30) {
				h.strand(old)
			}
		}
	})
	return "failover soon"
}

// demoted is a copy of the server as it is now.
func (w *World) demoted() *memstore.Store {
	run := ""
	if info, err := w.db.mem.Info(context.Background()); err == nil {
		run = info.RunID
	}
	old := memstore.New(memstore.Options{Now: w.db.now, Deliver: w.deliverHints, NewID: func() string { return run }})
	old.Restore(w.db.mem.Snapshot())
	return old
}

// strand has a host talk to a server that is not the master any more.
func (h *Host) strand(old *memstore.Store) {
	v := h.view
	if v.old != nil {
		return
	}
	v.old = old
	h.lasting(h.name+" talks to the demoted master", func() {
		v.old = nil
		if v.hint != nil && h.w.chance(50) {
			v.hint(store.Hint{Gap: true}) // or it finds out by itself
		}
	})
}

// flush is FLUSHALL; operators restore a backup of the moment before, or of a while before.
func (w *World) flush() string {
	if w.db.lost {
		return ""
	}
	ctx := context.Background()
	backup, err := w.onServer().Backup(ctx)
	if err != nil {
		w.fail("backup: %v", err)
		return ""
	}
	replace := w.chance(50)
	w.after(w.between(time.Millisecond, noticeMax), func() {
		if w.db.lost {
			return
		}
		restore := func() error {
			_, err := w.onServer().Restore(ctx, backup, catalog.RestoreOptions{Replace: true})
			return err
		}
		if replace {
			w.lose("a backup takes the place of everything", restore)
			return
		}
		w.db.lost = true
		w.trouble()
		w.db.epochs = append(w.db.epochs, backup.Epoch)
		w.db.mem.Flush()
		w.log("the store is emptied")
		w.after(w.between(time.Millisecond, noticeMax), func() { w.lose("a backup is restored", restore) })
	})
	return "the store is emptied or replaced soon"
}

// onServer is a coordinator that takes no time.
func (w *World) onServer() *catalog.Catalog {
	return catalog.New(w.db.mem, catalog.Options{NewID: w.newID, Pick: w.rand.IntN, Author: "operator"})
}

// lose has the store forget, and operators settle it.
func (w *World) lose(what string, forget func() error) {
	w.db.lost = true
	w.trouble()
	if info, err := w.db.mem.Info(context.Background()); err == nil {
		w.db.epochs = append(w.db.epochs, info.Epoch)
	}
	if err := forget(); err != nil {
		w.fail("%s: %v", what, err)
		return
	}
	info, err := w.db.mem.Info(context.Background())
	if err != nil {
		w.fail("%s: %v", what, err)
		return
	}
	w.defs.rev = info.Rev
	w.log("%s: the store is at revision %d", what, info.Rev)
	w.db.mem.CutWatchers(nil)
	w.after(w.between(noticeMax/2, noticeMax), func() {
		if w.chance(50) {
			w.command("put back what is missing", w.putBack)
			w.after(noticeMax, func() { w.command("accept the store", w.accept) })
			return
		}
		w.command("accept the store", func(co *coroutine.Co, d *desk) error {
			if err := w.takeOver(); err != nil {
				return err
			}
			return w.accept(co, d)
		})
	})
}

// behind reports whether a host still follows the history that was lost: what it holds then, has been given up before.
func (w *World) behind() bool {
	return slices.ContainsFunc(w.hosts, func(h *Host) bool { return h.view != nil && h.view.old != nil })
}

// accept has agents give up what the store does not have, those that were away included.
func (w *World) accept(co *coroutine.Co, d *desk) error {
	ctx := context.Background()
	c := w.onServer()
	for range 3 {
		h, err := c.Holds(ctx)
		if err != nil {
			return err
		}
		w.log("%d hosts hold %d objects", len(h.Hosts), len(h.Objects))
		w.db.given = w.db.given || len(h.Objects) > 0 || w.behind()
		if err := c.Accept(ctx, h, w.db.epochs...); err != nil {
			return err
		}
		if err := co.Sleep(noticeMax); err != nil { // some may begin to hold only now
			return err
		}
	}
	return nil
}

// takeOver makes what the store has what operators mean.
func (w *World) takeOver() error {
	f, err := w.onServer().Export(context.Background())
	if err != nil {
		return err
	}
	d := &w.defs
	before := d.ports
	d.spares = map[string]*model.PhysPort{}
	d.networks, d.subnets, d.ports = map[string]*model.Network{}, map[string]*model.Subnet{}, map[string]*model.Port{}
	for i := range f.PhysPorts {
		if p := &f.PhysPorts[i]; p.Interface == spare {
			d.spares[p.Name] = p
		}
	}
	for i := range f.Networks {
		d.networks[f.Networks[i].Name] = &f.Networks[i]
		d.shifts[f.Networks[i].Name] = true
	}
	for i := range f.Subnets {
		s := &f.Subnets[i]
		d.subnets[s.Name] = s
		d.servers[s.Network] = append(d.servers[s.Network], s.DHCPServer)
	}
	d.mirrors = map[string]*model.Mirror{}
	for i := range f.Mirrors {
		d.putMirror(&f.Mirrors[i])
	}
	touched := map[string]bool{}
	for i := range f.Ports {
		p := &f.Ports[i]
		d.ports[p.Name] = p
		d.remember(p)
		touched[p.Name] = !reflect.DeepEqual(before[p.Name], p)
	}
	for name := range before {
		touched[name] = touched[name] || d.ports[name] == nil
	}
	for _, name := range slices.Sorted(maps.Keys(touched)) {
		if touched[name] {
			w.redefined(name)
		}
	}
	return nil
}

// putBack makes the store have what operators mean: first what is not meant goes, then what is missing comes.
func (w *World) putBack(*coroutine.Co, *desk) error {
	ctx := context.Background()
	c := w.onServer()
	f, err := c.Export(ctx)
	if err != nil {
		return err
	}
	meant := maps.Clone(w.defs.mirrors)
	del := w.unmeant(f)
	apply := new(catalog.Changes)
	definePhysNets(apply)
	d := &w.defs
	for _, n := range slices.Sorted(maps.Keys(d.spares)) {
		apply.Apply(clone(d.spares[n]))
	}
	for _, n := range slices.Sorted(maps.Keys(d.networks)) {
		apply.Apply(clone(d.networks[n]))
	}
	for _, n := range slices.Sorted(maps.Keys(d.subnets)) {
		apply.Apply(clone(d.subnets[n]))
	}
	for _, n := range slices.Sorted(maps.Keys(d.ports)) {
		apply.Apply(clone(d.ports[n]))
	}
	for _, ch := range []*catalog.Changes{del, apply} {
		if _, err := c.Commit(ctx, ch); err != nil {
			return fmt.Errorf("put back: %w", err)
		}
	}
	w.putBackMirrors(meant)
	return nil
}

func clone[T any](v *T) *T {
	c := *v
	return &c
}

// unmeant deletes what a store has that operators do not mean, and what has to be made anew: with all that is in it.
func (w *World) unmeant(f *catalog.File) *catalog.Changes {
	del, d := new(catalog.Changes), &w.defs
	for i := range f.PhysPorts {
		if p := &f.PhysPorts[i]; p.Interface == spare && d.spares[p.Name] == nil {
			del.Delete(model.KindPhysPort, p.Name)
		}
	}
	for i := range f.Mirrors { // ports may have to go, and mirrors that are meant come back
		del.Delete(model.KindMirror, f.Mirrors[i].Name)
	}
	gone := map[string]bool{}
	for i := range f.Networks {
		n := &f.Networks[i]
		meant := d.networks[n.Name]
		gone[n.Name] = meant == nil || meant.Tag != n.Tag || meant.PhysNet != n.PhysNet
	}
	for i := range f.Subnets {
		s := &f.Subnets[i]
		meant := d.subnets[s.Name]
		gone[s.Network] = gone[s.Network] || meant == nil || meant.CIDR != s.CIDR || meant.Network != s.Network
	}
	anew := map[string]bool{}
	for i := range f.Ports {
		p := &f.Ports[i]
		meant := d.ports[p.Name]
		anew[p.Name] = gone[p.Network] || meant == nil || !sameGuest(meant, p)
	}
	for i := range f.Ports {
		if p := &f.Ports[i]; anew[p.Name] || anew[p.Parent] { // a sub-port goes with its parent
			del.Delete(model.KindPort, p.Name)
		}
	}
	for i := range f.Subnets {
		if gone[f.Subnets[i].Network] {
			del.Delete(model.KindSubnet, f.Subnets[i].Name)
		}
	}
	for i := range f.Networks {
		if gone[f.Networks[i].Name] {
			del.Delete(model.KindNetwork, f.Networks[i].Name)
		}
	}
	return del
}
