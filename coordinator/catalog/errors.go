package catalog

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// NotFound says that an object does not exist.
type NotFound struct {
	Kind model.Kind
	Name string
	// By and Field say which object refers to it, if one does: "network blue", "physnet".
	By    string
	Field string
}

// Error implements error.
func (e *NotFound) Error() string {
	if e.By != "" {
		return fmt.Sprintf("%s: %s: there is no %s %s: create it first, or put it into the same file", e.By, e.Field,
			e.Kind, e.Name)
	}
	return fmt.Sprintf("%s %s: not found: list shows what there is", e.Kind, e.Name)
}

// Refused says that a change cannot be made as things are, and what would help.
type Refused struct {
	Kind    model.Kind
	Name    string
	Field   string
	Problem string
}

// Error implements error.
func (e *Refused) Error() string {
	return fmt.Sprintf("%s %s: %s: %s", e.Kind, e.Name, e.Field, e.Problem)
}

// TimedOut says what Wait was still waiting for.
type TimedOut struct{ Missing []string }

// Error implements error.
func (e *TimedOut) Error() string {
	if len(e.Missing) == 0 {
		return "time-out: the store did not answer in time"
	}
	return "time-out: " + strings.Join(e.Missing, "; ")
}

func refuse(r ref, field, format string, args ...any) error {
	return &Refused{Kind: r.kind, Name: r.name, Field: field, Problem: fmt.Sprintf(format, args...)}
}

func invalid(r ref, field, format string, args ...any) error {
	return &model.Invalid{Kind: r.kind, Name: r.name, Field: field, Problem: fmt.Sprintf(format, args...)}
}

// people turns an owner in an index ("port/web1") into words ("port web1").
func people(owner string) string { return strings.Replace(owner, "/", " ", 1) }

// verdict says what a failed commit means. It returns nil if planning again may help.
func (w *work) verdict(err error) error {
	var c *store.Conflict
	if !errors.As(err, &c) {
		return err
	}
	switch c.Reason {
	case store.ReasonClaimed:
		o, ours := w.origins[store.Entry{Index: c.Index, Key: c.Entry}]
		if !ours || o.auto || o.field == fieldName {
			w.run.forget(o.name, c)
			return nil
		}
		return taken(o, c)
	case store.ReasonInUse:
		return inUse(c)
	default:
		return nil
	}
}

// taken is the error for an address or a number that somebody else has.
func taken(o origin, c *store.Conflict) error {
	way := "choose another, or leave it out to have one allocated"
	switch o.field {
	case fieldGateway, fieldProxy:
		way = "choose another address, or give the holder another one first"
	case fieldVLAN:
		if o.kind == model.KindPort {
			way = "choose the tag of another VLAN of that guest's interface"
		}
	case fieldTo, fieldRemote:
		way = "it copies the same to there"
	case fieldNetwork:
		way = "a guest has one port of a network on an interface, or it could make a loop; choose another"
	case fieldDHCPServer:
		way = "choose another address with dhcp_server"
	}
	return refuse(o.ref, o.field, "%s is already used by %s: %s", c.Entry, people(c.Owner), way)
}

// inUse is the error for a deletion of what others depend on. The index is in:KIND/NAME.
func inUse(c *store.Conflict) error {
	kind, name, _ := strings.Cut(strings.TrimPrefix(c.Index, "in:"), "/")
	users := make([]string, len(c.Owners))
	for i, o := range c.Owners {
		users[i] = people(o)
	}
	more := ""
	if n := c.Count - len(users); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return refuse(ref{model.Kind(kind), name}, fieldName, "in use by %s%s: delete what uses it first",
		strings.Join(users, ", "), more)
}
