package controller

import (
	"errors"
	"slices"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// Serve connects the controller to switches, by an address as Open vSwitch writes it: ptcp:PORT[:HOST] and punix:PATH
// to listen for switches, tcp:HOST:PORT and unix:PATH to connect to one, again and again. It returns where it listens,
// "" when it does not.
func (c *Controller) Serve(address string) (string, error) {
	a, err := ofconn.ParseAddress(address)
	if err != nil {
		return "", err
	}
	if !a.Passive {
		c.s.Go("switch "+address, func(co *coroutine.Co) error {
			return ofconn.Dial(co, c.dialer, address, c.options())
		}, coroutine.Daemon())
		return "", nil
	}
	l, err := ofconn.Listen(c.s, address, c.options())
	if err != nil {
		return "", err
	}
	return l.Addr().String(), nil
}

// options connect one listener or dialer with the controller.
func (c *Controller) options() ofconn.Options {
	up := map[*ofconn.Session]*datapath{}
	return ofconn.Options{
		Versions: []openflow.Version{openflow.Version13},
		Logger:   c.log,
		OnUp:     func(x *ofconn.Session) { up[x] = c.up(x) },
		OnDown: func(x *ofconn.Session, err error) {
			if dp := up[x]; dp != nil {
				delete(up, x)
				c.down(dp, err)
				return
			}
			c.log.Warn("no switch", "error", err)
		},
		OnMessage: func(x *ofconn.Session, m openflow.Message) {
			dp := up[x.Main()]
			if m, ok := m.(of13.Message); ok && dp != nil {
				dp.receive(m)
			}
		},
	}
}

// up takes a switch that has connected.
func (c *Controller) up(x *ofconn.Session) *datapath {
	dp := newDatapath(c, x.Features.DatapathID, x, &encoder13{})
	c.s.Go("switch "+dp.name(), func(co *coroutine.Co) error {
		err := dp.serve(co)
		if err != nil && co.Err() == nil && !dp.gone && !errors.Is(err, ofconn.ErrDown) {
			c.log.Warn("switch is connected anew", "switch", dp.name(), "error", err)
		}
		x.Close()
		return err
	}, coroutine.Daemon())
	return dp
}

// serve greets the switch, tells the modules of it, reads what it has, and keeps it as they want it.
func (dp *datapath) serve(co *coroutine.Co) error {
	dp.enc.setup(dp.sess)
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

// down takes note that a switch has gone.
func (c *Controller) down(dp *datapath, why error) {
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
