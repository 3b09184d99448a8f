package agent

import (
	"context"
	"encoding/json"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// beatInterval is how often an agent says that it lives when it has nothing else to say.
const beatInterval = 5 * time.Second

// beater tells the store which revision is in the switch, at once when that moved (`vlcp-coordinator wait` waits for
// it) and else every interval; and it announces the host itself when its name or tunnel address changed.
type beater struct {
	a    *Agent
	wake *coroutine.Signal
}

func newBeater(a *Agent) *beater { return &beater{a: a, wake: coroutine.NewSignal(a.s)} }

func (b *beater) run(co *coroutine.Co) error {
	for {
		if b.a.st != nil && b.a.hostID != "" && b.tells() {
			if err := b.announce(co); err != nil && co.Err() == nil {
				b.a.log.Warn("host not announced, trying again", "error", err)
			}
			if err := b.beat(co); err != nil && co.Err() == nil {
				b.a.log.Debug("heartbeat not written", "error", err)
			}
		}
		if err := b.wake.WaitTimeout(co, beatInterval); err != nil && co.Err() != nil {
			return co.Err()
		}
	}
}

// tells reports whether the store is one to tell of us.
func (b *beater) tells() bool {
	f := b.a.follower
	return f.state == storeCurrent || f.state == storeHold && !f.blind()
}

func (b *beater) beat(co *coroutine.Co) error {
	value, err := json.Marshal(model.Beat{Host: b.a.hostID, Applied: b.a.engine.applied, Ports: len(b.a.binder.mine),
		IntervalMS: beatInterval.Milliseconds(), Epoch: b.a.follower.cursor.Epoch, Standby: b.a.binder.standbyPorts(),
		Hold: b.a.follower.hold.tell()})
	if err != nil {
		return err
	}
	_, err = call(co, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, b.a.st.Beat(ctx, b.a.hostID, value)
	})
	return err
}

// announce writes our host document when it is not what the store has, for whatever reason: also when somebody deleted
// it, or the store lost it.
func (b *beater) announce(co *coroutine.Co) error {
	now := b.a.self()
	key := store.Key{Scope: store.ScopeHosts, Kind: string(model.KindHost), ID: now.ID}
	if stored, ok := b.a.view.Hosts.Peek(now.ID); ok && stored == now {
		return nil
	}
	value, err := json.Marshal(now)
	if err != nil {
		return err
	}
	t := store.Txn{Puts: []store.Doc{{Key: key, Value: value}}, Author: "agent " + now.Name, Note: "host"}
	res, err := call(co, func(ctx context.Context) (store.Result, error) { return b.a.st.Commit(ctx, t) })
	if err != nil {
		return err
	}
	b.a.follower.committed(res)
	if err := b.a.view.Put(store.Doc{Key: key, Rev: res.Rev, Value: value}); err != nil { // ahead of the log
		return err
	}
	b.a.log.Info("host announced", "host", now.Name, "id", now.ID, "tunnel", now.Tunnel)
	return nil
}
