package controller_test

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/vlcp-go/vlcp/common/controller"
	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
)

// hub is the module that sends every packet out of all ports.
func hub() controller.Module {
	return controller.Module{
		Name:   "hub",
		Tables: []controller.Table{{Name: "hub"}},
		Start: func(m *controller.Instance) error {
			m.OnSwitch(func(sw *controller.Switch) error {
				return sw.Want("everything", flow.Flow{Priority: 1, Do: flow.Actions{}.Flood()})
			}, nil)
			return nil
		},
	}
}

// portsec is the module that lets only one address speak on a port.
type portsec struct {
	m       *controller.Instance
	allowed map[uint32]model.MAC // by port
}

func portSecurity(allowed map[uint32]model.MAC) controller.Module {
	return controller.Module{
		Name:      "portsec",
		Tables:    []controller.Table{{Name: "portsec", Before: []string{"hub"}}},
		OnFailure: controller.Restart,
		Start: func(m *controller.Instance) error {
			p := &portsec{m: m, allowed: allowed}
			m.OnSwitch(p.up, nil)
			m.Export(p)
			return nil
		},
	}
}

// up says which flows a new switch is to have.
func (p *portsec) up(sw *controller.Switch) error {
	for port, mac := range p.allowed {
		err := sw.Want(fmt.Sprintf("port/%d", port),
			flow.Flow{Priority: 20, Match: flow.Match{}.InPort(port).EthSrc(mac), Goto: flow.Next},
			flow.Flow{Priority: 10, Match: flow.Match{}.InPort(port)}, // does nothing: drops all others
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// Ban closes a port of all switches for a while.
func (p *portsec) Ban(port uint32, d time.Duration) {
	owner := fmt.Sprintf("ban/%d", port)
	for _, sw := range p.m.Switches() {
		_ = sw.Want(owner, flow.Flow{Priority: 30, Match: flow.Match{}.InPort(port)})
	}
	p.m.Go("lift "+owner, func(co *coroutine.Co) error {
		if err := co.Sleep(d); err != nil {
			return err // the module ends
		}
		for _, sw := range p.m.Switches() {
			_ = sw.Want(owner)
		}
		return nil
	})
}

// jailer uses portsec.
func jailer() controller.Module {
	return controller.Module{
		Name:  "jailer",
		Needs: []string{"portsec"},
		Start: func(m *controller.Instance) error {
			m.OnPort(func(*controller.Switch, controller.PortChange) {
				if guard, err := controller.API[*portsec](m, "portsec"); err == nil {
					guard.Ban(2, time.Minute)
				}
			})
			return nil
		},
	}
}

// Modules are loaded and unloaded; only tables that must move do.
func Example() {
	c := controller.New(controller.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	show := func() {
		for _, name := range c.Tables().Names() {
			n, _ := c.Tables().Number(name)
			fmt.Printf("table %d is %s\n", n, name)
		}
	}
	fmt.Println(c.Load(hub()))
	show()
	c.Provide(portSecurity(nil))
	fmt.Println(c.Load(jailer())) // and portsec, which it needs
	show()
	fmt.Println(c.Unload("portsec"))
	fmt.Println(c.Unload("jailer"), c.Unload("portsec"))
	show()
	// Output:
	// <nil>
	// table 0 is hub
	// <nil>
	// table 0 is portsec
	// table 10 is hub
	// unload portsec: module is needed by others: jailer
	// <nil> <nil>
	// table 0 is hub
}
