package controller_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/controller"
	"github.com/vlcp-go/vlcp/common/controller/controllertest"
	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/packet"
)

var hello = packet.AppendEthernet(nil, &packet.Ethernet{Src: model.MAC{2, 1}, Dst: packet.Broadcast, Type: 0x88b5})

// want is a module with one table that wants some flows of every switch.
func want(name string, flows ...flow.Flow) controller.Module {
	table := controller.Table{Name: name, Miss: controller.MissDrop}
	return controller.Module{Name: name, Tables: []controller.Table{table},
		Start: func(m *controller.Instance) error {
			m.OnSwitch(func(sw *controller.Switch) error { return sw.Want("all", flows...) }, nil)
			return nil
		}}
}

// A packet reaches the module whose flow sent it, with what the flow gave along, or the one in whose table it missed.
func TestAPacketReachesTheModuleThatAsked(t *testing.T) {
	var got []string
	listen := func(name string, table controller.Table, f flow.Flow) controller.Module {
		return controller.Module{Name: name, Tables: []controller.Table{table}, Start: func(m *controller.Instance) error {
			m.OnSwitch(func(sw *controller.Switch) error { return sw.Want("all", f) }, nil)
			m.OnPacket(func(p *controller.PacketIn) error {
				require.Equal(t, model.MAC{2, 1}, p.Src)
				require.Equal(t, hello, p.Frame)
				got = append(got, name+" "+p.Table()+" "+string(p.UserData))
				return nil
			})
			return nil
		}}
	}
	first := listen("first", controller.Table{Name: "one", Before: []string{"two"}},
		flow.Flow{Priority: 9, Match: flow.Match{}.InPort(1), Do: flow.Actions{}.ControllerWith([]byte("hi"))})
	second := listen("second", controller.Table{Name: "two", Miss: controller.MissController},
		flow.Flow{Priority: 9, Match: flow.Match{}.InPort(2), Do: flow.Actions{}.Controller()})
	controllertest.Run(t, func(r *controllertest.Rig) {
		sw := r.Connect(openflow.Version13, 1, 2, 3)
		for port := uint32(1); port <= 3; port++ {
			sw.Receive(port, hello)
		}
		require.Equal(t, []string{"first one hi", "second two ", "second two "}, got)
		require.NoError(t, r.Controller.Unload("second"))
		sw.Receive(3, hello)
		require.Len(t, got, 3)
	}, first, second)
}

func TestInstalledFlowsTakeThePacketOn(t *testing.T) {
	gate := controller.Module{Name: "gate", Tables: []controller.Table{{Name: "gate", Before: []string{"all"},
		Miss: controller.MissController}}, Start: func(m *controller.Instance) error {
		m.OnPacket(func(p *controller.PacketIn) error {
			return p.Install(flow.Flow{Priority: 1, Match: flow.Match{}.InPort(p.InPort), Goto: flow.Next, IdleTimeout: 5})
		})
		return nil
	}}
	controllertest.Run(t, func(r *controllertest.Rig) {
		sw := r.Connect(openflow.Version13, 1, 2)
		require.Equal(t, "2", controllertest.Ports(sw.Receive(1, hello)))
		require.Contains(t, sw.Flows(), "table=0, priority=1,in_port=1,idle_timeout=5 actions=goto_table:10")
	}, gate, want("all", flow.Flow{Priority: 1, Do: flow.Actions{}.Flood()}))
}

// Modules that a test loads and unloads have their flows in place when the next frame comes in.
func TestAFrameComesAfterWhatIsUnderWay(t *testing.T) {
	drop := want("drop", flow.Flow{Table: "all", Priority: 2})
	controllertest.Run(t, func(r *controllertest.Rig) {
		sw := r.Connect(openflow.Version13, 1, 2)
		for range 3 {
			require.NoError(t, r.Controller.Load(drop))
			require.Empty(t, sw.Receive(1, hello))
			require.NoError(t, r.Controller.Unload("drop"))
			require.Equal(t, "2", controllertest.Ports(sw.Receive(1, hello)))
			require.NoError(t, r.Controller.Load(drop))
			require.Contains(t, sw.Flows(), "table=0, priority=2 actions=drop")
			require.NoError(t, r.Controller.Unload("drop"))
		}
	}, want("all", flow.Flow{Priority: 1, Do: flow.Actions{}.Flood()}))
}

// failing is a test that must fail.
type failing struct {
	testing.TB
	said string
}

func (f *failing) Helper()                      {}
func (f *failing) Errorf(s string, args ...any) { f.said += fmt.Sprintf(s, args...) }
func (f *failing) FailNow()                     { runtime.Goexit() }

// A packet that is sent in a circle fails the test, which would not end otherwise.
func TestACircleIsAFailure(t *testing.T) {
	circle := want("circle", flow.Flow{Priority: 1, Do: flow.Actions{}.Controller()})
	start := circle.Start
	circle.Start = func(m *controller.Instance) error {
		m.OnPacket(func(p *controller.PacketIn) error { return p.Output(flow.Actions{}.Output(flow.PortTable)) })
		return start(m)
	}
	f := &failing{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		controllertest.Run(f, func(r *controllertest.Rig) { r.Connect(openflow.Version13, 1, 2).Receive(1, hello) }, circle)
	}()
	<-done
	require.Contains(t, f.said, "answer one another for ever")
}

// Where a packet cannot be taken up in the middle of the tables, Next says so.
func TestNextIsOfOpenVSwitch(t *testing.T) {
	var err error
	gate := func(do flow.Actions) controller.Module {
		m := want("gate", flow.Flow{Priority: 1, Do: do.Controller()})
		m.Tables[0].Before = []string{"all"}
		start := m.Start
		m.Start = func(m *controller.Instance) error {
			m.OnPacket(func(p *controller.PacketIn) error { err = p.Next(); return nil })
			return start(m)
		}
		return m
	}
	controllertest.Run(t, func(r *controllertest.Rig) {
		sw := r.Connect(openflow.Version13, 1, 2)
		require.Equal(t, "2", controllertest.Ports(sw.Receive(1, hello)))
		require.NoError(t, err)
	}, gate(flow.Actions{}.Reg(5, 7)),
		want("all", flow.Flow{Priority: 1, Match: flow.Match{}.Reg(5, 7), Do: flow.Actions{}.Flood()}))
	controllertest.Run(t, func(r *controllertest.Rig) {
		require.Empty(t, r.Connect(openflow.Version10, 1, 2).Receive(1, hello))
		require.ErrorIs(t, err, flow.ErrVersion)
	}, gate(flow.Actions{}))
}

// What a module cannot want is told to it, and the rest is wanted.
func TestWhatCannotBeWanted(t *testing.T) {
	var err error
	m := want("m")
	m.Start = func(m *controller.Instance) error {
		m.OnSwitch(func(sw *controller.Switch) error {
			err = sw.Want("all", flow.Flow{Priority: 1}, flow.Flow{Priority: 2, Goto: "nowhere"},
				flow.Flow{Priority: 3, IdleTimeout: 1}, flow.Flow{Priority: 4, Match: flow.Match{}.Reg(1, 2)})
			return nil
		}, nil)
		return nil
	}
	controllertest.Run(t, func(r *controllertest.Rig) {
		sw := r.Connect(openflow.Version10, 1)
		require.ErrorIs(t, err, flow.ErrTable)
		require.ErrorIs(t, err, flow.ErrVersion)
		require.ErrorContains(t, err, "cannot time out")
		require.Equal(t, []string{"table=0, priority=1 actions=drop", "table=0, priority=0 actions=drop"}, sw.Flows())
	}, m)
}

// While a module restarts its flows stay; then those go that the new run does not want.
func TestFlowsStayWhileAModuleRestarts(t *testing.T) {
	starts := 0
	m := want("m")
	m.OnFailure = controller.Restart
	m.Tables[0].Miss = controller.MissController
	m.Start = func(m *controller.Instance) error {
		starts++
		mine := uint16(starts)
		m.OnSwitch(func(sw *controller.Switch) error {
			return errors.Join(sw.Want("both", flow.Flow{Priority: 10, Match: flow.Match{}.InPort(9)}),
				sw.Want(fmt.Sprint(mine), flow.Flow{Priority: mine, Match: flow.Match{}.InPort(9)}))
		}, nil)
		m.OnPacket(func(*controller.PacketIn) error { panic("boom") })
		return nil
	}
	flowsOf := func(mine string) []string {
		return []string{"table=0, priority=10,in_port=9 actions=drop", "table=0, priority=" + mine +
			",in_port=9 actions=drop", "table=0, priority=0 actions=CONTROLLER:65535"}
	}
	controllertest.Run(t, func(r *controllertest.Rig) {
		sw := r.Connect(openflow.Version13, 1)
		require.Equal(t, flowsOf("1"), sw.Flows())
		sw.Receive(1, hello)
		require.Equal(t, controller.Restarting, r.Controller.Modules()[0].State)
		require.Equal(t, flowsOf("1"), sw.Flows())
		r.Wait(2 * time.Second)
		require.Equal(t, controller.Loaded, r.Controller.Modules()[0].State)
		require.Equal(t, flowsOf("2"), sw.Flows())
	}, m)
}

// A module that is late keeps what an earlier run left, until it says that it is done.
func TestALateModuleKeepsItsFlows(t *testing.T) {
	one, two := flow.Flow{Priority: 1}, flow.Flow{Priority: 2}
	late := want("m")
	late.Late = true
	both := true
	late.Start = func(m *controller.Instance) error {
		m.OnSwitch(func(sw *controller.Switch) error {
			m.Go("ask", func(co *coroutine.Co) error {
				if err := co.Sleep(time.Minute); err != nil {
					return err
				}
				err := sw.Want("one", one)
				if both {
					err = errors.Join(err, sw.Want("two", two))
				}
				sw.Complete()
				return err
			})
			return nil
		}, nil)
		return nil
	}
	controllertest.Run(t, func(r *controllertest.Rig) {
		sw := r.Connect(openflow.Version13, 1)
		r.Wait(2 * time.Minute)
		all := []string{"table=0, priority=2 actions=drop", "table=0, priority=1 actions=drop",
			"table=0, priority=0 actions=drop"}
		require.Equal(t, all, sw.Flows())
		both = false
		sw.Disconnect(false)
		r.Wait(30 * time.Second)
		require.Equal(t, all, sw.Flows(), "not decided yet")
		r.Wait(time.Minute)
		require.Equal(t, all[1:], sw.Flows())
	}, late)
}

// Every switch has its own flows, and one that goes is told of.
func TestSeveralSwitches(t *testing.T) {
	up, down := 0, 0
	m := want("m")
	var in *controller.Instance
	m.Start = func(m *controller.Instance) error {
		in = m
		m.OnSwitch(func(sw *controller.Switch) error {
			up++
			return errors.Join(sw.Want("all", flow.Flow{Priority: uint16(10 * sw.ID())}),
				sw.Send(flow.Flow{Priority: 7}))
		}, func(sw *controller.Switch) {
			down++
			require.ErrorIs(t, sw.Want("all"), controller.ErrGone)
			require.ErrorIs(t, sw.Send(flow.Flow{}), controller.ErrGone)
		})
		return nil
	}
	controllertest.Run(t, func(r *controllertest.Rig) {
		a, b := r.Connect(openflow.Version13, 1), r.Connect(openflow.Version10, 1, 2)
		require.Equal(t, "table=0, priority=10 actions=drop", a.Flows()[0])
		require.Equal(t, "table=0, priority=20 actions=drop", b.Flows()[0])
		require.Len(t, in.Switches(), 2)
		require.Len(t, in.Switches()[1].Ports(), 2)
		b.Disconnect(true)
		require.Len(t, in.Switches(), 1)
		require.Equal(t, []int{2, 1}, []int{up, down})
		require.NoError(t, r.Controller.Unload("m"))
		r.Settle()
		require.Empty(t, a.Flows())
		require.ErrorIs(t, in.Switches()[0].Want("all", flow.Flow{}), controller.ErrUnloaded)
		require.Len(t, b.Flows(), 3, "it is away")
		b.Disconnect(false)
		r.Wait(5 * time.Second)
		require.Empty(t, b.Flows(), "what a module left that is no more is removed")
	}, m)
}

// A plain switch of 1.0 has one table: what needs more is told, and the rest works.
func TestAPlainSwitchHasOneTable(t *testing.T) {
	first := want("first", flow.Flow{Priority: 1, Match: flow.Match{}.InPort(1), Do: flow.Actions{}.Flood()})
	second := want("second", flow.Flow{Priority: 2})
	second.Tables[0].After = []string{"first"}
	controllertest.Run(t, func(r *controllertest.Rig) {
		sw := r.Connect(openflow.Version10, 1, 2)
		require.Equal(t, "2", controllertest.Ports(sw.Receive(1, hello)))
		require.Len(t, sw.Flows(), 2)
		require.Equal(t, controller.Loaded, r.Controller.Modules()[1].State)
	}, first, second)
}

// An error of a coroutine's wait for flows that a switch refuses says which.
func TestSyncTellsOfRefusedFlows(t *testing.T) {
	m := want("m")
	var err error
	m.Start = func(m *controller.Instance) error {
		m.OnSwitch(func(sw *controller.Switch) error {
			m.Go("sync", func(co *coroutine.Co) error {
				err = sw.Sync(co)
				return nil
			})
			bad := flow.Match{}.Uint(oxm.IPProto, 17) // of what?
			return sw.Want("bad", flow.Flow{Priority: 1, Match: bad})
		}, nil)
		return nil
	}
	controllertest.Run(t, func(r *controllertest.Rig) {
		sw := r.Connect(openflow.Version13, 1)
		require.ErrorIs(t, err, controller.ErrRefused)
		require.ErrorContains(t, err, "m/owner/bad in table m")
		require.Len(t, sw.Flows(), 1)
	}, m)
}

// What was refused is tried again in one rhythm, however many other flows are wanted meanwhile.
func TestOneTimeToTryAgain(t *testing.T) {
	m := want("m")
	var sw *controller.Switch
	m.Start = func(m *controller.Instance) error {
		m.OnSwitch(func(s *controller.Switch) error {
			sw = s
			return s.Want("bad", flow.Flow{Priority: 1, Match: flow.Match{}.Uint(oxm.IPProto, 17)})
		}, nil)
		return nil
	}
	controllertest.Run(t, func(r *controllertest.Rig) {
		r.Connect(openflow.Version13, 1)
		for i := range uint16(20) {
			require.NoError(t, sw.Want(fmt.Sprint("good", i), flow.Flow{Priority: 10 + i}))
			r.Wait(time.Millisecond)
		}
		before := sw.Counts().Changes
		r.Wait(20 * time.Second)
		require.InDelta(t, 10, sw.Counts().Changes-before, 1)
	}, m)
}
