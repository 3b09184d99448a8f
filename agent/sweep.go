package agent

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// sweep withdraws the ports that this host has bound and that are no longer here: those that an earlier life of this
// agent announced, and those of a commit whose outcome was unknown.
func (b *binder) sweep(co *coroutine.Co) error {
	if b.swept {
		return nil
	}
	bound, err := call(co, func(ctx context.Context) (map[string]string, error) {
		return b.a.st.List(ctx, boundIndex(b.a.hostID))
	})
	if err != nil {
		return err
	}
	for _, port := range b.gone(bound) {
		if err := b.withdrawOld(co, port, bound[port]); err != nil {
			return err
		}
	}
	b.swept = true
	return nil
}

// gone are the ports that this host has bound and that are not here. It notes which are: one of them that leaves before
// its flows are acknowledged is nothing that mine knows of.
func (b *binder) gone(bound map[string]string) (out []string) {
	b.found = map[string]bool{}
	for _, port := range slices.Sorted(maps.Keys(bound)) {
		if b.a.view.Here(port) {
			b.found[port] = true
		} else {
			out = append(out, port)
		}
	}
	return out
}

func (b *binder) withdrawOld(co *coroutine.Co, port, network string) error {
	key := store.Key{Scope: store.NetworkScope(network), Kind: string(model.KindBinding), ID: port}
	docs, err := call(co, func(ctx context.Context) ([]*store.Doc, error) { return b.a.st.Get(ctx, key) })
	if err != nil {
		return err
	}
	p := plan{port: port, network: network}
	if docs[0] != nil {
		var old model.Binding
		if err := json.Unmarshal(docs[0].Value, &old); err != nil || old.Host != b.a.hostID {
			return nil // not ours any more
		}
		p.rev = docs[0].Rev
	}
	err = b.commit(co, []plan{p})
	var c *store.Conflict
	if errors.As(err, &c) {
		return nil // somebody was quicker
	}
	return err
}
