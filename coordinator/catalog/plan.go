package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

const maxProblems = 20 // said about one change

func compare(a, b string) int { return strings.Compare(a, b) }

// planAll works out what every object is to be. It goes on after a mistake, so that a file with several needs one
// correction; errors of the store end it.
func (w *work) planAll() error {
	var errs []error
	for _, o := range w.ops {
		err := w.planOne(o)
		if err == nil {
			continue
		}
		if errs = append(errs, err); !aboutDefinition(err) || len(errs) >= maxProblems {
			break
		}
	}
	return errors.Join(errs...)
}

func aboutDefinition(err error) bool {
	var n *NotFound
	var r *Refused
	var i *model.Invalid
	return errors.As(err, &n) || errors.As(err, &r) || errors.As(err, &i)
}

func (w *work) planOne(o op) error {
	e := w.entries[o.ref]
	if e == nil {
		return invalid(o.ref, fieldName, "is missing")
	}
	e.verb = o.verb
	switch {
	case o.verb == Delete && e.old == nil, o.verb == Update && e.old == nil:
		return &NotFound{Kind: o.kind, Name: o.name}
	case o.verb == Create && e.old != nil:
		where := ""
		if e.network != "" {
			where = " in network " + e.network
		}
		return refuse(o.ref, fieldName, "exists already%s: use update, or another name", where)
	case o.verb == Delete:
		e.now = nil
		return nil
	}
	want, err := wanted(e, o)
	if err != nil {
		return err
	}
	return w.planObject(e, want)
}

// wanted is the object that a wish describes, before defaults.
func wanted(e *entry, o op) (Object, error) {
	from := o.object
	if o.verb == Update {
		from = e.old
	}
	b, err := encode(o.ref, from) // a copy: the caller's object and the stored one stay as they are
	if err != nil {
		return nil, err
	}
	want, err := decode(o.kind, &store.Doc{Key: store.Key{ID: o.name}, Value: b})
	if err != nil || o.verb != Update {
		return want, err
	}
	if err := o.edit(want); err != nil {
		return nil, err
	}
	if r, err := refOf(want); err != nil || r != o.ref {
		return nil, invalid(o.ref, fieldName, "cannot be changed: create another object")
	}
	return want, nil
}

func (w *work) planObject(e *entry, want Object) error {
	switch want := want.(type) {
	case *model.PhysNet:
		return w.planPhysNet(e, want)
	case *model.PhysPort:
		return w.planPhysPort(e, want)
	case *model.Network:
		return w.planNetwork(e, want)
	case *model.Subnet:
		return w.planSubnet(e, want)
	case *model.Port:
		return w.planPort(e, want)
	case *model.Mirror:
		return w.planMirror(e, want)
	}
	return fmt.Errorf("%T is no definition", want)
}

// fixed refuses a change of what an object is identified by.
func fixed(r ref, field, old, now string) error {
	if old == now {
		return nil
	}
	return refuse(r, field, "cannot be changed from %s to %s: delete the %s and create it anew", old, now, r.kind)
}

// same reports whether two objects are stored as the same document.
func same(r ref, a, b Object) (bool, error) {
	if a == nil || b == nil {
		return a == nil && b == nil, nil
	}
	x, err := encode(r, a)
	if err != nil {
		return false, err
	}
	y, err := encode(r, b)
	return bytes.Equal(x, y), err
}
