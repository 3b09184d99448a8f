package controller

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/packet"
	"github.com/vlcp-go/vlcp/common/vswitch"
)

// deafSwitch is a connection to a model of a switch, which stops to listen.
type deafSwitch struct {
	s       *coroutine.Scheduler
	h       netio.Handler
	control *vswitch.Control
	deaf    bool
	heard   int // messages since
}

func (d *deafSwitch) Dial(_ *coroutine.Co, _ string, h netio.Handler) (netio.Conn, error) {
	d.h = h
	sw := vswitch.New(vswitch.Options{DatapathID: 1, Now: time.Now, Emit: func(vswitch.Out) {}})
	d.control = sw.Connect(func(b []byte) { b = slices.Clone(b); d.s.Defer(func() { h.Message(b) }) })
	return d, nil
}

func (d *deafSwitch) Send(b []byte) {
	if d.deaf {
		d.heard++
		return
	}
	d.control.Handle(append([]byte(nil), b...))
}

func (d *deafSwitch) SendUrgent(b []byte)            { d.Send(b) }
func (d *deafSwitch) Queued() int                    { return 0 }
func (d *deafSwitch) Drain(*coroutine.Co, int) error { return nil }
func (d *deafSwitch) Close()                         {}

// BenchmarkPacketInToFlow: a packet-in arrives as bytes, and a flow-mod and a packet-out leave.
func BenchmarkPacketInToFlow(b *testing.B) {
	s := coroutine.New(coroutine.Options{})
	d := &deafSwitch{s: s}
	c := New(Options{Scheduler: s, Dialer: d, Versions: []openflow.Version{openflow.Version13}})
	require.NoError(b, c.Load(Module{Name: "l2", Tables: []Table{{Name: "l2", Miss: MissController}},
		Start: func(m *Instance) error {
			m.OnPacket(func(p *PacketIn) error {
				return p.Install(flow.Flow{Priority: 10, Match: flow.Match{}.InPort(p.InPort).EthSrc(p.Src).EthDst(p.Dst),
					Do: flow.Actions{}.Output(2), IdleTimeout: 60})
			})
			return nil
		}}))
	_, err := c.Serve("unix:nowhere")
	require.NoError(b, err)
	frame := packet.AppendEthernet(nil, &packet.Ethernet{Src: model.MAC{2, 1}, Dst: model.MAC{2, 2}, Type: 0x88b5})
	frame = append(frame, make([]byte, 50)...)
	msg := of13.Encode(&of13.PacketIn{BufferID: of13.NoBuffer, TotalLen: uint16(len(frame)), Data: frame,
		Match: of13.Match{Fields: oxm.Match(nil).Uint(oxm.InPort, 1)}})
	s.Go("bench", func(co *coroutine.Co) error {
		for len(c.switches) == 0 || c.switches[0].set.Counts().Installed == 0 {
			if err := co.Sleep(time.Millisecond); err != nil {
				return err
			}
		}
		d.deaf = true
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			d.h.Message(msg)
			n++
		}
		require.Equal(b, 2*n, d.heard)
		return nil
	})
	require.NoError(b, s.Run(context.Background()))
}
