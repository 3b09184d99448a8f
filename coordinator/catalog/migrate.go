package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// Migrate says that a port will move to a host, by id or name, "" that it will not. It is a word to people and
// programs, which see it with the port: what moves it is that its guest is attached there, and speaks. The port must be
// on another host, and the target alive.
func (c *Catalog) Migrate(ctx context.Context, name, to string) (Port, error) {
	for range attemptsMax {
		err := c.migrate(ctx, name, to)
		var lost *store.Conflict
		if errors.As(err, &lost) {
			continue // it moved, or was changed, meanwhile
		}
		if err != nil {
			return Port{}, err
		}
		return c.Port(ctx, name)
	}
	return Port{}, refuse(ref{model.KindPort, name}, fieldHost, "others change it all the time: try again")
}

func (c *Catalog) migrate(ctx context.Context, name, to string) error {
	r := ref{model.KindPort, name}
	o, err := c.Get(ctx, model.KindPort, name)
	if err != nil {
		return err
	}
	if p := o.(*model.Port); p.Parent != "" {
		return refuse(r, fieldHost, "is a sub-port, which is where its parent is: migrate %s", p.Parent)
	}
	key := bindingKey(networkOf(o), name)
	docs, err := c.s.Get(ctx, key)
	if err != nil {
		return err
	}
	if docs[0] == nil {
		return refuse(r, fieldHost, "is on no host: attach its guest where it is to be")
	}
	var b model.Binding
	if err := unmarshal(docs[0], &b); err != nil {
		return err
	}
	id, err := c.target(ctx, r, &b, to)
	if err != nil || id == b.To {
		return err
	}
	b.To = id
	value, err := json.Marshal(&b)
	if err != nil {
		return fmt.Errorf("encode binding of %s: %w", name, err)
	}
	return c.commit(ctx, store.Txn{ID: c.o.NewID(), Author: c.o.Author, Note: "migrate port " + name,
		Checks: []store.Check{{Key: key, Rev: docs[0].Rev}}, Puts: []store.Doc{{Key: key, Value: value}}})
}

// target is the id of the host that a port can go to.
func (c *Catalog) target(ctx context.Context, r ref, b *model.Binding, to string) (string, error) {
	if to == "" {
		return "", nil
	}
	h, err := c.Host(ctx, to)
	switch {
	case err != nil:
		return "", err
	case h.ID == b.Host:
		return "", refuse(r, fieldHost, "is on host %s already", to)
	case h.State != HostLive:
		return "", refuse(r, fieldHost, "host %s is silent, its last heartbeat was %s ago: start its agent first", to, h.Age)
	}
	return h.ID, nil
}

// AwaitStandby returns the port when the host that it is said to migrate to has its flows, or has it already. It gives
// up with *TimedOut when ctx ends.
func (c *Catalog) AwaitStandby(ctx context.Context, name, to string) (Port, error) {
	missing := []string{fmt.Sprintf("host %s does not have port %s ready: attach its guest there, or set "+
		"external_ids:iface-id=%s on its interface", to, name, name)}
	for {
		p, err := c.Port(ctx, name)
		if err == nil {
			var h Host
			if h, err = c.Host(ctx, to); err != nil {
				return p, err
			}
			for _, ready := range append(p.Standby, p.Host) {
				if ready == h.Name || ready == h.ID {
					return p, nil
				}
			}
			err = c.o.Sleep(ctx, waitPause)
			if err == nil {
				continue
			}
		}
		if ctx.Err() != nil {
			return p, &TimedOut{Missing: missing}
		}
		return p, err
	}
}
