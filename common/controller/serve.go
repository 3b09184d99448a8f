package controller

import (
	"errors"
	"net"
	"slices"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow"
)

// Serve connects the controller to switches, by an address as Open vSwitch writes it: ptcp:PORT[:HOST],
// pssl:PORT[:HOST] and punix:PATH to listen for switches, tcp:HOST:PORT, ssl:HOST:PORT and unix:PATH to connect to one,
// again and again. It returns where it listens, nil when it does not.
func (c *Controller) Serve(address string) (net.Addr, error) {
	a, err := ofconn.ParseAddress(address)
	if err != nil {
		return nil, err
	}
	o := ofconn.Options{Logger: c.log, Versions: c.versions, TLS: c.tls, OnUp: c.up, OnDown: c.down,
		OnMessage: c.message}
	if a.Passive {
		l, err := ofconn.Listen(c.s, address, o)
		if err != nil {
			return nil, err
		}
		return l.Addr(), nil
	}
	c.s.Go("switch at "+address, func(co *coroutine.Co) error { return c.dial(co, address, o) }, coroutine.Daemon())
	return nil, nil
}

// dial connects again and again. Panics of modules do not come here; one of the controller's own ends the connection as
// that of a switch which has connected by itself, and like that one it is made anew.
func (c *Controller) dial(co *coroutine.Co, address string, o ofconn.Options) error {
	for {
		err := ofconn.Dial(co, c.dialer, address, o)
		if co.Err() != nil || !errors.As(err, new(*coroutine.PanicError)) {
			return err
		}
		if err := co.Sleep(restartMin); err != nil {
			return err
		}
	}
}

func (c *Controller) message(x *ofconn.Session, m openflow.Message) {
	if dp := c.bySession[x.Main()]; dp != nil {
		dp.receive(m)
	}
}

// up takes a switch that has connected.
func (c *Controller) up(x *ofconn.Session) {
	dp := newDatapath(c, x)
	c.bySession[x] = dp
	c.s.Go("switch "+dp.name(), func(co *coroutine.Co) error {
		err := dp.serve(co)
		if err != nil && co.Err() == nil && !dp.gone && !errors.Is(err, ofconn.ErrDown) {
			c.log.Warn("switch is connected anew", "switch", dp.name(), "error", err)
		}
		x.Close()
		return err
	}, coroutine.Daemon())
}

// serve greets the switch, tells the modules of it, reads what it has, and keeps it as they want it.
func (dp *datapath) serve(co *coroutine.Co) error {
	var err error
	if dp.enc, err = dp.enc.setup(co, dp.sess); err != nil {
		return err
	}
	ports, err := dp.enc.ports(co, dp.sess)
	if err != nil {
		return err
	}
	for _, p := range ports {
		dp.ports[p.Number] = p
	}
	if dp.gone {
		return ErrGone
	}
	c := dp.c
	for _, old := range c.switches {
		if old.id == dp.id {
			old.sess.Close()
		}
	}
	c.switches = append(c.switches, dp)
	dp.ready = true
	c.log.Info("switch connected", "switch", dp.name(), "version", dp.enc.version(), "ports", len(ports))
	for _, in := range slices.Clone(c.loaded) {
		if in.status.State == Loaded {
			dp.tellUp(in)
		}
	}
	if err := dp.adopt(co); err != nil {
		return err
	}
	return dp.converge(co)
}

// down takes note that a switch has gone, or that there is none.
func (c *Controller) down(x *ofconn.Session, why error) {
	dp := c.bySession[x]
	if x == nil || dp == nil {
		c.log.Warn("no switch", "error", why)
		return
	}
	delete(c.bySession, x)
	dp.gone = true
	c.switches = slices.DeleteFunc(c.switches, func(o *datapath) bool { return o == dp })
	dp.wake.Notify()
	for _, f := range dp.waiting {
		f.Resolve(struct{}{}, ErrGone)
	}
	dp.waiting = nil
	if !dp.ready {
		return
	}
	c.log.Warn("switch gone", "switch", dp.name(), "error", why)
	for _, in := range slices.Clone(c.loaded) {
		in.callDown(dp.bind(in))
	}
}

func (in *Instance) callDown(sw *Switch) {
	defer in.guard("OnSwitch")
	if in.onDown != nil {
		in.onDown(sw)
	}
}
