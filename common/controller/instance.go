package controller

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// Instance is a loaded module, in the hands of its own code: where it sets handlers, starts coroutines, and finds
// switches and other modules. It is used on the scheduler.
type Instance struct {
	c      *Controller
	mod    Module
	number uint16
	status Status

	epoch   uint64 // of its starts and stops
	started time.Time
	backoff time.Duration
	tasks   []*coroutine.Task
	onStop  []func()

	onPacket  func(*PacketIn) error
	onUp      func(*Switch) error
	onDown    func(*Switch)
	onPort    func(*Switch, PortChange)
	onRemoved func(*Switch, FlowRemoved)
	api       any

	errors     uint64 // of onPacket
	complained time.Time
}

func newInstance(c *Controller, m Module, number uint16) *Instance {
	return &Instance{c: c, mod: m, number: number, status: Status{Name: m.Name}}
}

// start runs the module's Start, which may panic.
func (in *Instance) start() (err error) {
	in.epoch++
	in.started = in.c.s.Now()
	defer func() {
		if v := recover(); v != nil {
			err = &coroutine.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return in.mod.Start(in)
}

// stop ends everything that start began. Flows stay.
func (in *Instance) stop() {
	in.epoch++
	for _, t := range in.tasks {
		t.Cancel()
	}
	stops := in.onStop
	in.tasks, in.onStop, in.api = nil, nil, nil
	in.onPacket, in.onUp, in.onDown, in.onPort, in.onRemoved = nil, nil, nil, nil, nil
	for _, fn := range slices.Backward(stops) {
		in.call(fn)
	}
}

func (in *Instance) call(fn func()) {
	defer in.guard("OnStop")
	fn()
}

// Name of the module.
func (in *Instance) Name() string { return in.mod.Name }

// Log is a logger that names the module.
func (in *Instance) Log() *slog.Logger { return in.c.log.With("module", in.mod.Name) }

// Controller is the controller that the module is loaded in.
func (in *Instance) Controller() *Controller { return in.c }

// Scheduler is the scheduler that the module runs on.
func (in *Instance) Scheduler() *coroutine.Scheduler { return in.c.s }

// Now is the time of the current step.
func (in *Instance) Now() time.Time { return in.c.s.Now() }

// Go starts a coroutine that ends with the module. If it panics or returns an error, the module has failed.
func (in *Instance) Go(name string, body func(co *coroutine.Co) error) *coroutine.Task {
	in.tasks = slices.DeleteFunc(in.tasks, (*coroutine.Task).Done)
	t := in.c.s.Go(in.mod.Name+"/"+name, func(co *coroutine.Co) error { return in.body(co, name, body) },
		coroutine.Daemon())
	in.tasks = append(in.tasks, t)
	return t
}

// OnPacket sets what is done with packets that come to the module: those that its flows send to the controller, and
// those that miss in a table of its own with MissController. An error is logged; it does not make the module fail.
func (in *Instance) OnPacket(fn func(p *PacketIn) error) { in.onPacket = fn }

// OnSwitch sets what is done when a switch has connected, and when it has gone; either may be nil. Switches that are
// connected already are told of when Start has returned. An error means that the module cannot use the switch as it
// would; it is logged.
func (in *Instance) OnSwitch(up func(sw *Switch) error, down func(sw *Switch)) {
	in.onUp, in.onDown = up, down
}

// OnPort sets what is done when a port came, went or changed. The ports that a new switch has are in Switch.Ports.
func (in *Instance) OnPort(fn func(sw *Switch, p PortChange)) { in.onPort = fn }

// OnRemoved sets what is done when a flow has ended that was sent with TellRemoved.
func (in *Instance) OnRemoved(fn func(sw *Switch, r FlowRemoved)) { in.onRemoved = fn }

// OnStop adds what is to be done when the module ends, the last first.
func (in *Instance) OnStop(fn func()) { in.onStop = append(in.onStop, fn) }

// Switches are the connected switches.
func (in *Instance) Switches() []*Switch {
	var out []*Switch
	for _, dp := range in.c.switches {
		if dp.ready {
			out = append(out, dp.bind(in))
		}
	}
	return out
}

// Export offers v to the modules that need this one, see API.
func (in *Instance) Export(v any) { in.api = v }

// API is what module name, which must be among those that m needs, has exported. Ask for it where it is used, not once:
// a module that was restarted exports another one.
func API[T any](m *Instance, name string) (T, error) {
	var none T
	if !slices.Contains(m.mod.Needs, name) {
		return none, fmt.Errorf("use of %s by %s, which does not need it: %w", name, m.mod.Name, ErrNotFound)
	}
	return Exported[T](m.c, name)
}

// Exported is what module name has exported, for the program around the modules, and for tests.
func Exported[T any](c *Controller, name string) (T, error) {
	var none T
	of := c.byName[name]
	if of == nil {
		return none, fmt.Errorf("use of %s: %w", name, ErrNotFound)
	}
	v, ok := of.api.(T)
	if !ok {
		return none, fmt.Errorf("use of %s, which exports %T and not %T: %w", name, of.api, none, ErrNotFound)
	}
	return v, nil
}

// welcome tells a module of the switches there are.
func (c *Controller) welcome(in *Instance) {
	for _, dp := range c.switches {
		if dp.ready {
			dp.tellUp(in)
		}
	}
}
