package controller

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vlcp-go/vlcp/common/controller/cookie"
	"github.com/vlcp-go/vlcp/common/controller/tables"
)

// numberMax is the highest number of a module that fits into a cookie.
const numberMax = 1<<moduleBits - 1

// Provide makes modules known, so that they are loaded when another one needs them.
func (c *Controller) Provide(ms ...Module) {
	for _, m := range ms {
		c.available[m.Name] = m
	}
}

// Load loads modules, and before each one the modules that it needs: from ms, or from those that were provided. When
// one cannot be loaded, those that were loaded before it stay.
func (c *Controller) Load(ms ...Module) error {
	known := maps.Clone(c.available)
	for _, m := range ms {
		if c.byName[m.Name] != nil {
			return fmt.Errorf("load %s: %w", m.Name, ErrLoaded)
		}
		known[m.Name] = m
	}
	var order []Module
	for _, m := range ms {
		var err error
		if order, err = c.resolve(m.Name, known, order, nil); err != nil {
			return err
		}
	}
	for _, m := range order {
		if err := c.loadOne(m); err != nil {
			return fmt.Errorf("load %s: %w", m.Name, err)
		}
	}
	return nil
}

// resolve appends name, after what it needs, to order; above are the modules that need it.
func (c *Controller) resolve(name string, known map[string]Module, order []Module, above []string) ([]Module, error) {
	if c.byName[name] != nil || slices.ContainsFunc(order, func(m Module) bool { return m.Name == name }) {
		return order, nil
	}
	path := append(above, name)
	if slices.Contains(above, name) {
		return nil, fmt.Errorf("load %s: %w", strings.Join(path, " → "), ErrCircle)
	}
	m, ok := known[name]
	if !ok {
		return nil, fmt.Errorf("load %s: %w", strings.Join(path, " → "), ErrNotFound)
	}
	var err error
	for _, need := range m.Needs {
		if order, err = c.resolve(need, known, order, path); err != nil {
			return nil, err
		}
	}
	return append(order, m), nil
}

func (c *Controller) loadOne(m Module) error {
	number, err := c.number(&m)
	if err != nil {
		return err
	}
	layout, err := c.layout.Arrange(append(c.allTables(), m.Tables...))
	if err != nil {
		return fmt.Errorf("arrange tables: %w", err)
	}
	in := newInstance(c, m, number)
	before := c.layout
	c.layout = layout
	c.loaded = append(c.loaded, in)
	c.register()
	if err := in.start(); err != nil {
		in.stop()
		c.loaded = slices.DeleteFunc(c.loaded, func(o *Instance) bool { return o == in })
		c.layout = before
		c.register()
		return err
	}
	delete(c.gone, m.Name)
	c.rearranged(before)
	c.welcome(in)
	c.publish(in.status)
	c.log.Info("module loaded", "module", m.Name)
	return nil
}

// number checks the declaration and returns the module's number for cookies. It depends on nothing but the name, so
// that a program that starts again knows its flows.
func (c *Controller) number(m *Module) (uint16, error) {
	if m.Name == "" || m.Start == nil || m.Number > numberMax {
		return 0, fmt.Errorf("it takes a name, a Start and a number of at most %d: %w", numberMax, ErrInvalid)
	}
	for _, t := range m.Tables {
		if t.Name == "" {
			return 0, fmt.Errorf("table without a name: %w", ErrInvalid)
		}
	}
	n := m.Number
	if n == 0 {
		n = uint16(cookie.Hash(m.Name)%numberMax) + 1
	}
	if other := c.byNumber[n]; other != nil {
		return 0, fmt.Errorf("number %d in cookies is that of %s: give one of them another Number: %w", n, other.mod.Name,
			ErrInvalid)
	}
	return n, nil
}

func (c *Controller) allTables() []tables.Table {
	var out []tables.Table
	for _, in := range c.loaded {
		out = append(out, in.mod.Tables...)
	}
	return out
}

// register brings the maps up to date with loaded and layout.
func (c *Controller) register() {
	clear(c.byName)
	clear(c.byNumber)
	clear(c.owners)
	clear(c.byTable[:])
	for _, in := range c.loaded {
		c.byName[in.mod.Name], c.byNumber[in.number] = in, in
		for _, t := range in.mod.Tables {
			c.owners[t.Name] = in
			if n, ok := c.layout.Number(t.Name); ok {
				c.byTable[n] = in
			}
		}
	}
}

// Unload ends a module and removes its flows. It is refused, with their names, while others need it.
func (c *Controller) Unload(name string) error {
	in := c.byName[name]
	if in == nil {
		return fmt.Errorf("unload %s: %w", name, ErrNotFound)
	}
	if users := c.users(name); len(users) > 0 {
		return fmt.Errorf("unload %s: %w: %s", name, ErrNeeded, strings.Join(users, ", "))
	}
	c.remove(in)
	c.log.Info("module unloaded", "module", name)
	return nil
}

// users are the names of the modules that need one directly.
func (c *Controller) users(name string) []string {
	var out []string
	for _, in := range c.loaded {
		if slices.Contains(in.mod.Needs, name) {
			out = append(out, in.mod.Name)
		}
	}
	return out
}

func (c *Controller) remove(in *Instance) {
	in.stop()
	in.status.State = Unloaded
	c.loaded = slices.DeleteFunc(c.loaded, func(o *Instance) bool { return o == in })
	for _, dp := range c.switches {
		dp.forget(in)
	}
	before := c.layout
	layout, err := c.layout.Arrange(c.allTables())
	if err != nil { // fewer tables cannot contradict one another more
		panic(err)
	}
	c.layout = layout
	c.register()
	c.rearranged(before)
	c.publish(in.status)
}

// rearranged tells the switches that tables may have moved.
func (c *Controller) rearranged(before tables.Layout) {
	moved := before.Moved(c.layout)
	if len(moved) > 0 {
		c.log.Info("tables moved", "tables", moved)
	}
	for _, dp := range c.switches {
		dp.rearrange(before, moved)
	}
}

func (c *Controller) publish(s Status) { c.modules.Publish(ModuleEvent{s}) }
