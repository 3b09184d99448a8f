package vswitch

import (
	"cmp"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Flow is a flow in a table.
type Flow struct {
	Table        uint8
	Priority     uint16
	Cookie       uint64
	Flags        of13.FlowFlags
	IdleTimeout  uint16 // seconds
	HardTimeout  uint16
	Match        oxm.Match
	Instructions of13.Instructions
	Packets      uint64
	Bytes        uint64
	Created      time.Time
	Modified     time.Time // or learned again
	Used         time.Time
	Learned      bool // made by a learn action

	key    string
	fields oxm.Flow
	run    program
	shape  *shape
}

// table finds the flow for a packet: its flows are grouped by what they look at, and a group is a hash table.
type table struct {
	flows  map[string]*Flow // by of13.FlowKey
	list   []*Flow          // the same in one order: by priority, then by match
	shapes []*shape         // by the highest priority in them, the highest first
	buf    []byte
}

// shape is the flows of one shape: for each value, the flow of the highest priority first.
type shape struct {
	of   oxm.Shape
	at   map[string][]*Flow
	n    int
	best uint16
}

func newTable() *table { return &table{flows: map[string]*Flow{}} }

func (t *table) insert(f *Flow) {
	s := t.shape(f.fields.Shape())
	k := string(s.of.Append(nil, &f.fields))
	list := append(s.at[k], f)
	slices.SortStableFunc(list, func(a, b *Flow) int { return cmp.Compare(b.Priority, a.Priority) })
	s.at[k] = list
	s.n++
	f.shape = s
	t.flows[f.key] = f
	i, _ := slices.BinarySearchFunc(t.list, f, inOrder)
	t.list = slices.Insert(t.list, i, f)
	if f.Priority > s.best || s.n == 1 {
		s.best = f.Priority
		t.order()
	}
}

func (t *table) shape(of oxm.Shape) *shape {
	for _, s := range t.shapes {
		if s.of.Equal(of) {
			return s
		}
	}
	s := &shape{of: of, at: map[string][]*Flow{}}
	t.shapes = append(t.shapes, s)
	return s
}

func (t *table) order() {
	slices.SortStableFunc(t.shapes, func(a, b *shape) int { return cmp.Compare(b.best, a.best) })
}

func (t *table) remove(f *Flow) {
	s := f.shape
	k := string(s.of.Append(nil, &f.fields))
	list := slices.DeleteFunc(s.at[k], func(o *Flow) bool { return o == f })
	if s.at[k] = list; len(list) == 0 {
		delete(s.at, k)
	}
	if s.n--; s.n == 0 {
		t.shapes = slices.DeleteFunc(t.shapes, func(o *shape) bool { return o == s })
	}
	delete(t.flows, f.key)
	if i, there := slices.BinarySearchFunc(t.list, f, inOrder); there {
		t.list = slices.Delete(t.list, i, i+1)
	}
}

func inOrder(a, b *Flow) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.key, b.key))
}

// lookup returns the flow of the highest priority that matches, nil for none. Which of two of the same priority is not
// defined by OpenFlow; here it is the one whose shape is older.
func (t *table) lookup(p *oxm.Flow) *Flow {
	var best *Flow
	for _, s := range t.shapes {
		if best != nil && s.best <= best.Priority {
			break
		}
		t.buf = s.of.Append(t.buf[:0], p)
		if list := s.at[string(t.buf)]; len(list) > 0 && (best == nil || list[0].Priority > best.Priority) {
			best = list[0]
		}
	}
	return best
}

// lookup is that of a table. A fragment hides its transport ports, unless the switch was told to show them where they
// are, in the first one.
func (s *Switch) lookup(t int, p *packet) *Flow {
	if s.ports1st || p.fields.Value(oxm.IPFrag)[0] == 0 {
		return s.tables[t].lookup(&p.fields)
	}
	hidden := p.fields
	for _, f := range []oxm.Field{oxm.UDPSrc, oxm.UDPDst} { // where those of TCP and the types of ICMP are too
		_ = hidden.Set(oxm.TLV{Field: f, Value: []byte{0, 0}}) // a value of its length
	}
	return s.tables[t].lookup(&hidden)
}

// appendKept appends the flows that keep wants in one order: by priority, then by match.
func (t *table) appendKept(out []*Flow, keep func(*Flow) bool) []*Flow {
	for _, f := range t.list {
		if keep(f) {
			out = append(out, f)
		}
	}
	return out
}

// covers reports whether f is one that a command which is not strict means: matched by the command's match or narrower.
func (f *Flow) covers(m *oxm.Flow) bool { return m.Wider(&f.fields) }
