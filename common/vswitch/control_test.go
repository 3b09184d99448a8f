package vswitch

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// bench is a switch with a controller whose messages are kept.
type bench struct {
	t    *testing.T
	s    *Switch
	c    *Control
	now  time.Time
	said []of13.Message
	out  []Out
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, now: time.Unix(1000, 0)}
	b.s = New(Options{DatapathID: 7, Now: func() time.Time { return b.now }, Emit: func(o Out) {
		b.out = append(b.out, o)
	}})
	b.s.SetPort(Port{Number: 1, Name: "p1"})
	b.s.SetPort(Port{Number: 2, Name: "p2"})
	b.c = b.s.Connect(func(msg []byte) {
		m, err := of13.Decode(slices.Clone(msg))
		require.NoError(t, err)
		b.said = append(b.said, m)
	})
	return b
}

// ask sends a message and returns what is said to it.
func (b *bench) ask(m of13.Message) []of13.Message {
	b.said = nil
	m.SetXid(9)
	b.c.Handle(of13.Encode(m))
	for _, r := range b.said {
		require.EqualValues(b.t, 9, r.Head().Xid)
	}
	return b.said
}

func (b *bench) flows() []of13.FlowStats {
	said := b.ask(&of13.FlowStatsRequest{Table: of13.AllTables, OutPort: of13.PortAny, OutGroup: of13.AnyGroup})
	var out []of13.FlowStats
	for i, m := range said {
		require.Equal(b.t, i < len(said)-1, m.(*of13.FlowStatsReply).More())
		out = append(out, m.(*of13.FlowStatsReply).Flows...)
	}
	return out
}

func flowMod(c of13.FlowCommand, prio uint16, m oxm.Match, out uint32) *of13.FlowMod {
	return &of13.FlowMod{Command: c, Priority: prio, BufferID: of13.NoBuffer, OutPort: of13.PortAny,
		OutGroup: of13.AnyGroup, Match: of13.Match{Fields: m},
		Instructions: of13.Instructions(nil).Apply(of13.Actions(nil).Output(out, 0))}
}

func frame() []byte { return append(make([]byte, 12), 0x12, 0x34, 0, 0) }

func TestFlowsAreAddedChangedAndDeleted(t *testing.T) {
	b := newBench(t)
	one := oxm.Match(nil).Uint(oxm.InPort, 1)
	add := flowMod(of13.FlowAdd, 5, one, 2)
	add.Cookie = 3
	require.Empty(t, b.ask(add))
	b.s.Receive(1, frame(), nil)
	b.now = b.now.Add(10 * time.Second)
	require.Len(t, b.out, 1)
	require.Empty(t, b.ask(flowMod(of13.FlowModifyStrict, 5, one, 1)))
	f := b.flows()
	require.Len(t, f, 1)
	require.EqualValues(t, 1, f[0].Packets, "a modify keeps counters")
	require.EqualValues(t, 10, f[0].DurationSec)
	require.Empty(t, b.ask(flowMod(of13.FlowAdd, 5, one, 2)))
	require.Zero(t, b.flows()[0].Packets, "an add does not")

	require.Empty(t, b.ask(flowMod(of13.FlowAdd, 6, nil, 1)))
	del := flowMod(of13.FlowDelete, 0, nil, 0)
	del.OutPort = 2
	require.Empty(t, b.ask(del))
	require.Len(t, b.flows(), 1, "only what outputs to port 2 is gone")
	require.Empty(t, b.ask(flowMod(of13.FlowDeleteStrict, 5, nil, 0)))
	require.Len(t, b.flows(), 1)
	require.Empty(t, b.ask(flowMod(of13.FlowDeleteStrict, 6, nil, 0)))
	require.Empty(t, b.flows())
}

func TestABundleIsAllOrNothing(t *testing.T) {
	b := newBench(t)
	bundle := func(id uint32, mods ...*of13.FlowMod) of13.Message {
		b.ask(of13.NewBundleControl(id, of13.BundleOpenRequest, of13.BundleAtomic))
		for _, m := range mods {
			require.Empty(t, b.ask(&of13.BundleAdd{Vendor: openflow.VendorONF, Subtype: of13.SubtypeBundleAdd, Bundle: id,
				Flags: of13.BundleAtomic, Message: of13.Encode(m)}))
		}
		require.Empty(t, b.flows(), "nothing happens before the commit")
		return b.ask(of13.NewBundleControl(id, of13.BundleCommitRequest, of13.BundleAtomic))[0]
	}
	bad := flowMod(of13.FlowAdd, 2, oxm.Match(nil).Uint(oxm.TCPDst, 80), 1)
	require.IsType(t, &of13.Error{}, bundle(1, flowMod(of13.FlowAdd, 1, nil, 1), bad))
	require.Empty(t, b.flows())
	require.IsType(t, &of13.BundleControl{}, bundle(2, flowMod(of13.FlowAdd, 1, nil, 1), flowMod(of13.FlowAdd, 2, nil, 1)))
	require.Len(t, b.flows(), 2)
}

func TestPacketsGoToTheController(t *testing.T) {
	b := newBench(t)
	b.ask(nicira.For13(&nicira.SetPacketInFormat{Format: nicira.PacketInNXM2}))
	m := flowMod(of13.FlowAdd, 1, nil, 0)
	m.Cookie = 77
	m.Instructions = of13.Instructions(nil).Apply(nicira.Controller(of13.Actions(nil).
		SetField(oxm.Match(nil).Uint(oxm.Reg(3), 5)), []byte("who")))
	b.ask(m)
	b.s.Receive(2, frame(), nil)
	require.Empty(t, b.said, "nobody asked for packets yet")
	b.ask(&of13.SetConfig{MissSendLen: of13.MaxLenAll})
	b.said = nil
	b.s.Receive(2, frame(), nil)
	require.Len(t, b.said, 1)
	in, err := nicira.DecodePacketIn(b.said[0].(*of13.Experimenter))
	require.NoError(t, err)
	require.Equal(t, frame(), in.Packet)
	require.EqualValues(t, 77, in.Cookie)
	require.Equal(t, "who", string(in.UserData))
	require.EqualValues(t, 2, in.InPort())
	v, _ := in.Metadata.GetUint(oxm.Reg(3))
	require.EqualValues(t, 5, v)

	b.ask(&of13.PacketOut{BufferID: of13.NoBuffer, InPort: of13.PortController, Actions: of13.Actions(nil).Output(1, 0),
		Data: frame()})
	require.Equal(t, []Out{{Port: 1, Frame: frame()}}, b.out)
}

func TestMetersAndTimeouts(t *testing.T) {
	b := newBench(t)
	b.ask(&of13.MeterMod{Command: of13.MeterAdd, Flags: of13.MeterPktps | of13.MeterBurst, Meter: 4,
		Bands: []of13.MeterBand{{Type: of13.MeterBandDrop, Rate: 10, Burst: 3, Extra: make([]byte, 4)}}})
	m := flowMod(of13.FlowAdd, 1, nil, 1)
	m.Instructions = of13.Instructions(nil).Meter(4).Apply(of13.Actions(nil).Output(1, 0))
	m.IdleTimeout, m.Flags = 5, of13.FlowSendRemoved
	b.ask(m)
	for range 10 {
		b.s.Receive(2, frame(), nil)
	}
	require.Len(t, b.out, 3, "the burst")
	b.now = b.now.Add(100 * time.Millisecond)
	b.s.Receive(2, frame(), nil)
	require.Len(t, b.out, 4, "the rate")
	b.s.Expire()
	require.Len(t, b.flows(), 1)
	b.now, b.said = b.now.Add(5*time.Second), nil
	b.s.Expire()
	require.IsType(t, &of13.FlowRemoved{}, b.said[0])
	require.Empty(t, b.flows())
}

func TestWhatTheModelLacksIsRefused(t *testing.T) {
	b := newBench(t)
	m := flowMod(of13.FlowAdd, 1, nil, 1)
	m.Instructions = of13.Instructions(nil).Apply(of13.Actions(nil).PushMPLS(0x8847))
	require.IsType(t, &of13.Error{}, b.ask(m)[0])
	require.IsType(t, &of13.Error{}, b.ask(&of13.GetConfigRequest{})[0])
	require.Empty(t, b.flows())
}

// A meter that is asked in a clone drops the copy, where Open vSwitch makes one in the datapath, and else the packet.
func TestMeterInAClone(t *testing.T) {
	for text, reach := range map[string]int{
		"clone(resubmit(,5),output(port=1,max_len=65535)),output:3": 12, "clone(resubmit(,5),output:1),output:3": 4,
	} {
		b := newBench(t)
		b.s.SetPort(Port{Number: 3})
		b.ask(&of13.MeterMod{Command: of13.MeterAdd, Flags: of13.MeterPktps | of13.MeterBurst, Meter: 4,
			Bands: []of13.MeterBand{{Type: of13.MeterBandDrop, Rate: 10, Burst: 2, Extra: make([]byte, 4)}}})
		list, err := action.Parse(openflow.Version13, text)
		require.NoError(t, err)
		m := flowMod(of13.FlowAdd, 1, nil, 1)
		m.Instructions = of13.Instructions(nil).Apply(list)
		b.ask(m)
		m = flowMod(of13.FlowAdd, 1, nil, 1)
		m.Table, m.Instructions = 5, of13.Instructions(nil).Meter(4)
		b.ask(m)
		for range 10 {
			b.s.Receive(2, frame(), nil)
		}
		require.Len(t, b.out, reach, text)
	}
}
