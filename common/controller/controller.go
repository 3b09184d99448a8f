package controller

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/controller/cookie"
	"github.com/vlcp-go/vlcp/common/controller/tables"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/event"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow"
)

const (
	// DefaultMark is the mark of cookies when Options has none: "VC".
	DefaultMark = 0x5643

	moduleBits = 12
	restartMin = time.Second
	restartMax = time.Minute
)

// Errors of loading and unloading.
var (
	ErrLoaded   = errors.New("module is loaded already")
	ErrNotFound = errors.New("no such module")
	ErrCircle   = errors.New("modules need one another in a circle")
	ErrNeeded   = errors.New("module is needed by others")
	ErrInvalid  = errors.New("module declaration is not valid")
)

// Options of New. The zero value is right for most programs.
type Options struct {
	// Scheduler to run on, nil for one of the controller's own, which Run runs.
	Scheduler *coroutine.Scheduler
	// Dialer makes connections to switches; nil means sockets.
	Dialer netio.Dialer
	// Logger of what happens; nil is slog.Default().
	Logger *slog.Logger
	// Versions of OpenFlow that are spoken; nil is 1.0 and 1.3. The highest that a switch speaks too is used.
	Versions []openflow.Version
	// TLS of pssl: addresses. The Dialer has its own.
	TLS netio.TLS
	// Mark is the upper 16 bits of the cookies. Two controllers that work on one switch must have different ones.
	Mark uint16
}

// Controller has modules and switches. Its methods are used on its scheduler, or before Run; others reach it by Do.
type Controller struct {
	s        *coroutine.Scheduler
	log      *slog.Logger
	dialer   netio.Dialer
	cookies  cookie.Scheme
	versions []openflow.Version
	tls      netio.TLS

	available map[string]Module
	loaded    []*Instance // in the order of loading
	byName    map[string]*Instance
	byNumber  map[uint16]*Instance
	gone      map[string]Status // of modules that failed

	layout  tables.Layout
	owners  map[string]*Instance // of tables
	byTable [tables.Last + 2]*Instance

	switches  []*datapath // in the order of connecting
	bySession map[*ofconn.Session]*datapath
	bus       *event.Bus
	modules   *event.Topic[ModuleKey, ModuleEvent]
	unclaimed uint64

	saidUnclaimed time.Time
}

// New makes a controller without modules and switches.
func New(o Options) *Controller {
	c := &Controller{s: o.Scheduler, log: o.Logger, dialer: o.Dialer, versions: o.Versions, tls: o.TLS,
		cookies:   cookie.Scheme{Mark: o.Mark, ModuleBits: moduleBits},
		available: map[string]Module{}, byName: map[string]*Instance{}, byNumber: map[uint16]*Instance{},
		gone: map[string]Status{}, owners: map[string]*Instance{}, bySession: map[*ofconn.Session]*datapath{}}
	if c.log == nil {
		c.log = slog.Default()
	}
	if c.cookies.Mark == 0 {
		c.cookies.Mark = DefaultMark
	}
	if c.s == nil {
		c.s = coroutine.New(coroutine.Options{Logger: c.log})
	}
	if c.dialer == nil {
		c.dialer = netio.NewDialer(c.s)
	}
	c.bus = event.NewBus(c.s)
	c.modules = event.NewTopic(c.bus, "modules", func(e ModuleEvent) ModuleKey { return ModuleKey{A: e.Name} })
	return c
}

// ModuleKey is the key of ModuleEvent: the module's name.
type ModuleKey = event.Key1[string]

// ModuleEvent tells that a module is in another state.
type ModuleEvent struct{ Status }

// Events is where module changes are published.
func (c *Controller) Events() *event.Topic[ModuleKey, ModuleEvent] { return c.modules }

// Bus is where modules make topics of their own.
func (c *Controller) Bus() *event.Bus { return c.bus }

// Scheduler is the scheduler that everything runs on.
func (c *Controller) Scheduler() *coroutine.Scheduler { return c.s }

// Run works until ctx is done. It is for a controller with a scheduler of its own. Flows stay in the switches.
func (c *Controller) Run(ctx context.Context) error {
	c.s.Go("controller", func(co *coroutine.Co) error { return coroutine.NewSignal(c.s).Wait(co) })
	return c.s.Run(ctx)
}

// Do runs fn on the scheduler and waits for it. It is for other goroutines, while the scheduler runs.
func (c *Controller) Do(ctx context.Context, fn func() error) error {
	done := make(chan error, 1)
	if err := c.s.Post(func() { done <- fn() }); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Modules lists the modules that are loaded, in the order of loading, then those that failed and were unloaded.
func (c *Controller) Modules() []Status {
	var out []Status
	for _, in := range c.loaded {
		out = append(out, in.status)
	}
	for _, name := range slices.Sorted(maps.Keys(c.gone)) {
		out = append(out, c.gone[name])
	}
	return out
}

// Tables is the layout as it is.
func (c *Controller) Tables() tables.Layout { return c.layout }

// Unclaimed is how many packets came in that no module had asked for, or whose module has no OnPacket. The log says
// what they are, once a minute.
func (c *Controller) Unclaimed() uint64 { return c.unclaimed }
