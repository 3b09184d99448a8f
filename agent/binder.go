package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

const (
	maxBindingsPerCommit = 500
	lateCommit           = 15 * time.Second // when one whose outcome is unknown has happened if it ever will
)

// announced is a binding of ours that the store has acknowledged, and the interface that it is for.
type announced struct {
	network string
	rev     int64
	local   vport.Local
}

// binder announces the ports whose flows are in the switch and withdraws those that left. The newest attach wins: an
// interface without our claim is a new attach and takes the binding from whoever has it, one with our claim never does.
// It is announced anew also where the store says that the port is here: that is of an attach before, and another host
// may have had it since.
type binder struct {
	a        *Agent
	wake     *coroutine.Signal
	look     map[string]bool // ports to look at
	mine     map[string]announced
	again    map[string]rewrite // ours that the store has lost
	swept    bool               // the store has no binding of ours that we do not know of, see sweep
	found    map[string]bool    // ports that are here and that the sweep found bound to here
	late     *coroutine.Timer   // when swept ends
	standing map[string]bool    // ports on standby here, see standby.go
	refused  retrials
}

func newBinder(a *Agent) *binder {
	return &binder{a: a, wake: coroutine.NewSignal(a.s), look: map[string]bool{}, mine: map[string]announced{},
		again: map[string]rewrite{}, standing: map[string]bool{}, refused: retrials{}}
}

// add tells of ports whose flows the switch has acknowledged as they stand, gone ones included.
func (b *binder) add(ports []string) {
	for _, p := range ports {
		b.look[p] = true
	}
	b.wake.Notify() // also without any: the sweep may be waiting for the first acknowledgement
}

func (b *binder) run(co *coroutine.Co) error {
	retry := retryMin
	for {
		err := b.round(co)
		if co.Err() != nil {
			return co.Err()
		}
		if err == nil {
			retry = retryMin
			if err := b.wake.Wait(co); err != nil {
				return err
			}
			continue
		}
		b.a.log.Warn("bindings not written, trying again", "error", err, "in", retry)
		if err := co.Sleep(retry); err != nil {
			return err
		}
		retry = min(2*retry, retryMax)
	}
}

// round makes the bindings right as far as it is known what is here. Without OVSDB a port that was attached before may
// have left and be on another host, which would lose it to us.
func (b *binder) round(co *coroutine.Co) error {
	f := b.a.follower
	if b.a.st == nil || !b.a.ports.connected || !f.complete || !f.polled || f.blind() || b.a.hostID == "" {
		return nil
	}
	if err := b.sweep(co); err != nil {
		return err
	}
	for len(b.look) > 0 {
		names := slices.Sorted(maps.Keys(b.look))
		names = names[:min(len(names), maxBindingsPerCommit)]
		for _, n := range names {
			delete(b.look, n)
		}
		if err := b.settle(co, names); err != nil {
			b.add(names)
			if !errors.Is(err, store.ErrUnavailable) {
				b.doubt()
			}
			return err
		}
	}
	return nil
}

// doubt is for a commit of which nobody knows whether it happened, or still will: the store may have a binding of a
// port that has left meanwhile, and that nothing here knows of. It is looked for when it is there if it ever will be,
// and once more: the clock of a machine that slept jumps, and the first time comes early.
func (b *binder) doubt() { b.doubtAgain(2) }

func (b *binder) doubtAgain(times int) {
	b.swept = false
	if b.late != nil {
		b.late.Stop()
	}
	if times == 0 {
		return
	}
	b.late = b.a.s.After(lateCommit, func() {
		b.doubtAgain(times - 1)
		b.wake.Notify()
	})
}

// settle makes the bindings of these ports right. One commit for all; if it is refused, each by itself, so that one
// port whose definition has just changed does not hold up the others.
func (b *binder) settle(co *coroutine.Co, names []string) error {
	names = b.waitForParents(names)
	plans := make([]plan, 0, len(names))
	for _, n := range names {
		if p, ok := b.planNow(n); ok {
			plans = append(plans, p)
		}
	}
	if len(plans) == 0 {
		return nil
	}
	err := b.commit(co, plans)
	var c *store.Conflict
	if !errors.As(err, &c) {
		return err
	}
	for _, old := range plans {
		p, ok := b.planNow(old.port) // those before have taken a while
		if !ok {
			continue
		}
		planned, had := b.again[p.port]
		err := b.commit(co, []plan{p})
		if had && b.again[p.port] == planned { // or a batch that came meanwhile has said why it was refused
			delete(b.again, p.port)
		}
		switch {
		case err == nil:
		case !errors.As(err, &c):
			return err
		case p.bind:
			b.refused.add(b.a.s, p.port, func() { b.lookAgain(p.port) })
		default: // somebody else has it, or removed it, or said where it goes
			if err := b.withdrawOld(co, p.port, p.network); err != nil {
				return err
			}
			delete(b.mine, p.port)
			b.swept = false // while holding, the store may have it bound to here in another network
			b.wake.Notify()
		}
	}
	b.a.follower.wake.Notify() // whoever was quicker is in the log
	return nil
}

// plan is what to write for one port.
type plan struct {
	port    string
	network string
	token   string
	bind    bool        // or withdraw
	from    string      // host that holds it now, when binding
	rev     int64       // of the binding that is there now
	uuid    string      // of the interface, when binding
	on      store.Check // binding of the parent, of a sub-port
}

// planNow is plan, which a port that has left, or that another host has, needs no more of.
func (b *binder) planNow(port string) (plan, bool) {
	p, ok := b.plan(port)
	if !ok && !b.a.engine.pending(port) {
		delete(b.again, port)
		b.refused.forget(port)
	}
	return p, ok
}

// plan says what is to be done for a port, if anything. What changed since the acknowledgement that had us look at it
// waits for the next one: a port may have been defined, or have got a network, since.
func (b *binder) plan(port string) (plan, bool) {
	if b.a.engine.pending(port) {
		return plan{}, false
	}
	v := b.a.view
	local, here := v.Local(port)
	def, defined := v.Port(port)
	mine, bound := b.mine[port]
	if !here && !bound && b.found[port] {
		b.swept = false // what it had is still there
		b.wake.Notify()
	}
	waits := defined && v.Standby(port)
	if b.standby(port, waits); waits {
		return plan{}, false
	}
	if !here || !defined {
		return plan{port: port, network: mine.network, rev: mine.rev}, bound
	}
	if v.Displaced(port) {
		b.lost(port, def.Parent == "", local)
		bound, ok := v.Binding(port) // of an interface that had it since, and has left
		return plan{port: port, network: def.Network, rev: bound.Rev}, ok && bound.Host == b.a.hostID
	}
	if def.Parent != "" {
		return b.planSub(port, def, local)
	}
	claim := view.ClaimOf(local, port)
	p := plan{port: port, network: def.Network, bind: true, token: claim, uuid: local.UUID}
	if bound, ok := v.Binding(port); ok {
		p.from, p.rev = bound.Host, bound.Rev
		if r, lost := b.again[port]; lost {
			p.from, p.rev = r.from, r.rev
		} else if bound.Host == b.a.hostID && claim != "" && claim == bound.Token {
			b.mine[port] = announced{def.Network, bound.Rev, local}
			return plan{}, false
		}
	}
	if p.token == "" {
		p.token = fmt.Sprintf("%016x", b.a.s.Rand().Uint64())
	}
	return p, true
}

// lost notes that another host has taken a port over, on the interface too if it has one.
func (b *binder) lost(port string, own bool, l vport.Local) {
	delete(b.mine, port)
	if !own || view.ClaimOf(l, port) == view.Lost {
		return
	}
	l.Claim = vport.Claim(port, view.Lost)
	b.a.view.SetLocal(port, &l)
	b.a.ports.stamp(l.UUID, l.Claim)
}

func (b *binder) commit(co *coroutine.Co, plans []plan) error {
	t := store.Txn{Author: "agent " + b.a.hostName, Note: "bindings"}
	docs := make([]store.Doc, len(plans))
	for i, p := range plans {
		doc, err := b.addTo(&t, p)
		if err != nil {
			return err
		}
		docs[i] = doc
	}
	res, err := call(co, func(ctx context.Context) (store.Result, error) { return b.a.st.Commit(ctx, t) })
	if err != nil {
		return fmt.Errorf("commit %d bindings: %w", len(plans), err)
	}
	b.a.follower.committed(res)
	for i, p := range plans {
		b.committed(p, docs[i], res)
	}
	b.a.engine.wake.Notify()
	b.a.beater.wake.Notify() // the log may have told of the revision before this told of the ports
	return nil
}

// addTo adds one port's change to a commit.
func (b *binder) addTo(t *store.Txn, p plan) (store.Doc, error) {
	scope := store.NetworkScope(p.network)
	key := store.Key{Scope: scope, Kind: string(model.KindBinding), ID: p.port}
	ours := store.Claim{Index: boundIndex(b.a.hostID), Key: p.port, Owner: p.network, Bit: store.NoBit}
	t.Checks = append(t.Checks, store.Check{Key: key, Rev: p.rev})
	if !p.bind {
		t.Deletes = append(t.Deletes, key)
		t.Releases = append(t.Releases, ours)
		return store.Doc{Key: key}, nil
	}
	value, err := json.Marshal(model.Binding{Port: p.port, Host: b.a.hostID, Token: p.token, At: b.a.s.Now().UTC()})
	if err != nil {
		return store.Doc{}, fmt.Errorf("encode binding of %s: %w", p.port, err)
	}
	doc := store.Doc{Key: key, Value: value}
	port := store.Key{Scope: scope, Kind: string(model.KindPort), ID: p.port}
	t.Checks = append(t.Checks, store.Check{Key: port, Rev: store.Exists})
	if p.on.Key.ID != "" {
		t.Checks = append(t.Checks, p.on)
	}
	if p.from != "" && p.from != b.a.hostID {
		t.Releases = append(t.Releases, store.Claim{Index: boundIndex(p.from), Key: p.port, Bit: store.NoBit})
	}
	t.Releases = append(t.Releases, store.Claim{Index: ours.Index, Key: ours.Key, Bit: store.NoBit})
	t.Claims = append(t.Claims, ours)
	t.Puts = append(t.Puts, doc)
	return doc, nil
}

// committed takes our own commit into the view, ahead of the log, and notes the claim on the interface.
func (b *binder) committed(p plan, doc store.Doc, res store.Result) {
	b.refused.forget(p.port)
	if _, ok := b.again[p.port]; ok {
		delete(b.again, p.port)
		b.a.view.Remove(doc.Key) // its revision is of another history
		b.a.follower.wake.Notify()
	}
	if !p.bind {
		delete(b.mine, p.port)
		if b.a.follower.bindingHere(p.port) { // another host may have it by what was told meanwhile, or by what is held
			b.a.view.Remove(doc.Key)
		}
		b.a.log.Info("port withdrawn", "port", p.port, "network", p.network)
		return
	}
	doc.Rev = res.Rev
	l, ok := b.a.view.Local(p.port)
	b.mine[p.port] = announced{p.network, res.Rev, l}
	switch {
	case !ok || l.UUID != p.uuid:
		b.add([]string{p.port}) // it left while we were writing
	case p.on.Key.ID != "": // it is its parent that has a claim
	case view.ClaimOf(l, p.port) != p.token:
		l.Claim = vport.Claim(p.port, p.token)
		b.a.view.SetLocal(p.port, &l) // before the binding, or it would look like somebody else's for a moment
		b.a.ports.stamp(l.UUID, l.Claim)
	}
	if err := b.a.view.Put(doc); err != nil {
		b.a.log.Error("own binding unreadable", "port", p.port, "error", err)
	}
	b.keep(doc)
	b.a.log.Info("port up", "port", p.port, "network", p.network)
	b.a.announcer.port(p.port)
}

// keep puts a binding that we have written into the journal, unless the log has told of a later one.
func (b *binder) keep(doc store.Doc) {
	if now, ok := b.a.view.Binding(doc.Key.ID); ok && now.Rev == doc.Rev {
		b.a.keeper.put(doc, b.a.follower.rev)
	}
}

func boundIndex(hostID string) string { return "bound:" + hostID }
