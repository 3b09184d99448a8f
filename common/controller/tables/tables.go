package tables

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Limits of a pipeline.
const (
	// Last is the highest number a table can have; 255 means "all tables".
	Last = 254
	// step is the distance between tables while there is room.
	step = 10
)

// Errors of Arrange.
var (
	ErrCycle   = errors.New("tables are to be before one another in a circle")
	ErrTooMany = errors.New("too many tables")
	ErrTwice   = errors.New("table asked for twice")
	ErrBranch  = errors.New("table of a branch before the first table of the main path")
)

// Table is what a module says of a table it wants. Tables named in After, Before and To that nobody asks for do not
// count, so that a module can say how it stands to modules that may not be there.
type Table struct {
	Name string
	// Path is the line of tables it belongs to; "" is the main one, at whose first table packets enter.
	Path string
	// After and Before are tables that a packet sees before and after this one.
	After, Before []string
	// To are tables that flows of this one send packets to, besides the next of its path.
	To []string
	// Miss is what happens to a packet that no flow of the table takes. It plays no part in the numbers.
	Miss Miss
}

// Miss is what a table does with a packet that none of its flows takes.
type Miss uint8

// The ways.
const (
	MissNext       Miss = iota // it goes on along the path, and is dropped at its end
	MissDrop                   // it is dropped
	MissController             // it goes to the module that asked for the table
	MissOwn                    // the module has flows for that
)

// Layout is numbers for tables. The zero value has none.
type Layout struct {
	number map[string]uint8
	next   map[string]string
	order  []string
}

// Number of a table.
func (l Layout) Number(name string) (uint8, bool) {
	n, ok := l.number[name]
	return n, ok
}

// Next is the table that follows on the same path, "" at its end.
func (l Layout) Next(name string) string { return l.next[name] }

// Name of the table with a number, "" when there is none.
func (l Layout) Name(number uint8) string {
	for _, name := range l.order {
		if l.number[name] == number {
			return name
		}
	}
	return ""
}

// Names are the tables by number.
func (l Layout) Names() []string { return l.order }

// Moved are the tables that both layouts have, under other numbers.
func (l Layout) Moved(to Layout) []string {
	var out []string
	for _, name := range l.order {
		if n, ok := to.number[name]; ok && n != l.number[name] {
			out = append(out, name)
		}
	}
	return out
}

// Arrange numbers the tables, keeping as many numbers of l as it can.
func (l Layout) Arrange(ts []Table) (Layout, error) {
	if len(ts) > Last+1 {
		return Layout{}, fmt.Errorf("%d, of at most %d: %w", len(ts), Last+1, ErrTooMany)
	}
	sorted, err := l.sort(ts)
	if err != nil {
		return Layout{}, err
	}
	if len(sorted) > 0 && sorted[0].Path != "" {
		return Layout{}, fmt.Errorf("%s: %w", sorted[0].Name, ErrBranch)
	}
	return finish(sorted, l.assign(sorted)), nil
}

// finish makes the layout of tables in their order and their numbers.
func finish(sorted []Table, numbers []int) Layout {
	out := Layout{number: map[string]uint8{}, next: map[string]string{}}
	last := map[string]string{} // by path
	for i, t := range sorted {
		out.number[t.Name] = uint8(numbers[i])
		out.order = append(out.order, t.Name)
		if before, ok := last[t.Path]; ok {
			out.next[before] = t.Name
		}
		last[t.Path] = t.Name
	}
	return out
}

// node is a table while they are sorted.
type node struct {
	t     Table
	waits int // tables that must come first and have not
	then  []string
}

// sort puts the tables into an order that they all agree with, near that of l.
func (l Layout) sort(ts []Table) ([]Table, error) {
	nodes, err := graph(ts)
	if err != nil {
		return nil, err
	}
	var out []Table
	var ready []*node
	for _, n := range nodes {
		if n.waits == 0 {
			ready = append(ready, n)
		}
	}
	for len(ready) > 0 {
		i := l.first(ready)
		n := ready[i]
		ready = slices.Delete(ready, i, i+1)
		out = append(out, n.t)
		for _, name := range n.then {
			if nodes[name].waits--; nodes[name].waits == 0 {
				ready = append(ready, nodes[name])
			}
		}
	}
	if len(out) < len(ts) {
		return nil, fmt.Errorf("%v: %w", circle(nodes), ErrCycle)
	}
	return out, nil
}

// first is the index of the table that goes first: one that was there before by its number, then the main path, then
// by name.
func (l Layout) first(ready []*node) int {
	rank := func(n *node) (int, int, string) {
		place := Last + 1
		if old, ok := l.number[n.t.Name]; ok {
			place = int(old)
		}
		branch := 0
		if n.t.Path != "" {
			branch = 1
		}
		return place, branch, n.t.Name
	}
	best := 0
	for i := range ready {
		p1, b1, n1 := rank(ready[i])
		p2, b2, n2 := rank(ready[best])
		if cmp.Or(cmp.Compare(p1, p2), cmp.Compare(b1, b2), cmp.Compare(n1, n2)) < 0 {
			best = i
		}
	}
	return best
}

func graph(ts []Table) (map[string]*node, error) {
	nodes := map[string]*node{}
	for _, t := range ts {
		if nodes[t.Name] != nil {
			return nil, fmt.Errorf("%s: %w", t.Name, ErrTwice)
		}
		nodes[t.Name] = &node{t: t}
	}
	edge := func(a, b string) {
		if nodes[a] != nil && nodes[b] != nil {
			nodes[a].then = append(nodes[a].then, b)
			nodes[b].waits++
		}
	}
	for _, t := range ts {
		for _, a := range t.After {
			edge(a, t.Name)
		}
		for _, b := range slices.Concat(t.Before, t.To) {
			edge(t.Name, b)
		}
	}
	return nodes, nil
}

// circle names the tables that wait for one another.
func circle(nodes map[string]*node) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(nodes)) {
		if nodes[name].waits > 0 {
			out = append(out, name)
		}
	}
	return out
}
