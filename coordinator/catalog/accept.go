package catalog

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// HostHold is a host whose agent refuses what the store says.
type HostHold struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	State string `json:"state"`
	model.Hold
}

// Held is an object that agents keep, against what the store says.
type Held struct {
	model.Refusal
	Hosts []string `json:"hosts"` // names
}

// Holds is what agents refuse.
type Holds struct {
	Epoch   string     `json:"epoch"` // of the store
	Rev     int64      `json:"rev"`
	Hosts   []HostHold `json:"hosts"`
	Objects []Held     `json:"objects"`
	// More is how many objects hosts refuse beyond those that they name.
	More int `json:"more,omitempty"`
}

// Holds collects from the heartbeats which hosts hold, and what.
func (c *Catalog) Holds(ctx context.Context) (*Holds, error) {
	info, err := c.s.Info(ctx)
	if err != nil {
		return nil, err
	}
	pulse, err := c.pulse(ctx)
	if err != nil {
		return nil, err
	}
	hosts, err := c.Hosts(ctx)
	if err != nil {
		return nil, err
	}
	h := &Holds{Epoch: info.Epoch, Rev: info.Rev, Hosts: []HostHold{}, Objects: []Held{}}
	objects := map[model.Refusal]*Held{}
	for _, host := range hosts {
		hold := pulse[host.ID].Hold
		if hold == nil {
			continue
		}
		h.Hosts = append(h.Hosts, HostHold{host.ID, host.Name, host.State, *hold})
		h.More += max(0, hold.Count-len(hold.Refused))
		for _, r := range hold.Refused {
			if objects[r] == nil {
				objects[r] = &Held{Refusal: r}
			}
			objects[r].Hosts = append(objects[r].Hosts, host.Name)
		}
	}
	for _, r := range slices.SortedFunc(maps.Keys(objects), compareRefusals) {
		h.Objects = append(h.Objects, *objects[r])
	}
	return h, nil
}

func compareRefusals(a, b model.Refusal) int {
	if a.Gone != b.Gone {
		if a.Gone {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.Object, b.Object)
}

// Accept says that the store is right as it is: agents that hold drop what it does not have, also those that are not
// there at the moment, if they know the same epoch as one that holds, or one of epochs.
func (c *Catalog) Accept(ctx context.Context, h *Holds, epochs ...string) error {
	key := store.Key{Scope: store.ScopeStore, Kind: string(model.KindAcceptance), ID: model.AcceptanceID}
	info, err := c.s.Info(ctx)
	if err != nil {
		return err
	}
	docs, err := c.s.Get(ctx, key)
	if err != nil {
		return err
	}
	acc, rev := model.Acceptance{}, store.Absent
	if docs[0] != nil {
		rev = docs[0].Rev
		if err := unmarshal(docs[0], &acc); err != nil {
			return err
		}
	}
	for _, host := range h.Hosts {
		epochs = append(epochs, host.Known)
	}
	for _, e := range epochs {
		if e != "" && e != info.Epoch && !slices.Contains(acc.Epochs, e) {
			acc.Epochs = append(acc.Epochs, e)
		}
	}
	acc.Epochs = acc.Epochs[max(0, len(acc.Epochs)-model.MaxAcceptedEpochs):]
	acc.By, acc.At = c.o.Author, info.Time.UTC()
	value, err := json.Marshal(acc)
	if err != nil {
		return err
	}
	_, err = c.s.Commit(ctx, store.Txn{ID: c.o.NewID(), Author: c.o.Author, Note: "accept the store as it is",
		NewTerm: true, Checks: []store.Check{{Key: key, Rev: rev}}, Puts: []store.Doc{{Key: key, Value: value}}})
	return err
}
