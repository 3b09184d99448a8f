package pipeline

import (
	"context"
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// everyForm is a flow of every form that modules make.
func everyForm() []Flow {
	var out []Flow
	Static(func(_ string, flows, _ []*Flow) {
		for _, f := range flows {
			out = append(out, *f)
		}
	})
	o := Owner{Module: ModuleL2, Name: "port/web1"}
	ip, mac := netip.MustParseAddr("10.0.0.9"), model.MAC{0x0a, 1, 2, 3, 4, 5}
	ip6, tag := netip.MustParseAddr("2001:db8::9"), Match().Reg(RegNetwork, 7)
	return append(out,
		o.Flow(Classify, PrioNormal, Match().InPort(3), Do().LoadReg(RegNetwork, 7).LoadReg(RegOrigin, 1), DHCP),
		o.Flow(Classify, PrioNormal, Match().InPort(4).TunID(10000), Do().LoadReg(RegNetwork, 7), L2),
		o.Flow(Arrive, PrioNormal, Match().InPort(3), Do().TellArrival(), End),
		o.Flow(DHCP, PrioNormal, tag.EthDst(Broadcast).UDPSrcDst(68, 67), Do().Controller("dhcp"), End),
		o.Flow(DHCP, PrioNormal, Match().InPort(3).UDPSrcDst(68, 67), Do().Controller("dhcp").Meter(3), End),
		o.Flow(Needed, PrioOutside, tag.Reg(RegOrigin, 1), Do().TellNeeded().Then(Do().TunID(9).TunDst(ip).Output(4)), End),
		o.Flow(L2, PrioLimited, Match().InPort(3).Multicast(), Do().Meter(MeterFlood.Of(3)), Flood),
		o.Flow(FloodLocal, PrioNormal, Match().Reg(0, 9), Do().Deliver(WayTo(4, 0, true)).Deliver(WayTo(3, 0, false)), End),
		o.Flow(Limit, PrioNormal, Match().Reg(RegPart, 4), Do().Meter(MeterIn.Of(3)), End),
		o.Flow(ARP, PrioNormal, tag.Request(ip), Do().Answer(ip, mac), Reply),
		o.Flow(ARP, PrioOwn, Match().InPort(3).Request(ip), Do(), L2),
		o.Flow(ARP, PrioNormal, tag.Request(ip6), Do().LoadReg(RegAnswer, AnswerRouter).Answer(ip6, mac), Reply),
		o.Flow(ARP, PrioOwn, Match().InPort(3).Request(ip6), Do(), L2),
		o.Flow(L2, PrioNormal, tag.Reg(RegOrigin, 1).EthDst(mac), Do().TunID(10000).TunDst(ip).Output(4), End),
		o.Flow(L2, PrioOwn, tag.EthDst(mac), Do().TunID(10000).TunDst(netip.MustParseAddr("fd00::7")).Output(4), End),
		o.Flow(FloodLocal, PrioNormal, tag, Do().Output(3).Output(5), End),
		o.Flow(Flood, PrioNormal, tag.Reg(RegOrigin, 1), Do().TunID(9).TunDst(ip).Output(4).TunDst(ip.Next()).Output(4),
			FloodLocal),
		o.Flow(FloodLocal, PrioNormal, Match().Reg(RegNetwork, 8), Do().LoadReg(RegPart, 3).Resubmit(FloodPorts), End),
	)
}

// Adopting flows without touching them rests on this: what a switch dumps is what it was sent, byte for byte.
func TestASwitchDumpsWhatItWasSent(t *testing.T) {
	sw := ovstest.Start(t)
	addr := sw.Bridge("br0")
	flows := everyForm()
	s := coroutine.New(coroutine.Options{})
	up := coroutine.NewQueue[*ofconn.Session](1)
	s.Go("client", func(co *coroutine.Co) error {
		return ofconn.Dial(co, netio.NewDialer(s), addr, ofconn.Options{OnUp: func(x *ofconn.Session) { up.TryPut(x) }})
	}, coroutine.Daemon())
	s.Go("test", func(co *coroutine.Co) error {
		x, err := up.Get(co)
		require.NoError(t, err)
		var msgs [][]byte
		for _, kind := range Kinds {
			msgs = append(msgs, of13.Encode(&of13.MeterMod{Flags: of13.MeterPktps, Meter: kind.Of(3),
				Bands: []of13.MeterBand{{Type: of13.MeterBandDrop, Rate: 1, Extra: make([]byte, 4)}}}))
		}
		for _, f := range flows {
			msgs = append(msgs, of13.AppendFlow(nil, 0, &of13.FlowSend{Key: f.Key, Instructions: f.Instr, Cookie: f.Cookie}))
		}
		errs, err := x.Batch(co, msgs)
		require.NoError(t, err)
		require.Nil(t, errs)
		parts, err := x.Multipart(co, &of13.FlowStatsRequest{Table: of13.AllTables, OutPort: of13.PortAny,
			OutGroup: of13.AnyGroup})
		require.NoError(t, err)
		have := map[string]of13.FlowStats{}
		for _, p := range parts {
			for _, f := range p.(*of13.FlowStatsReply).Flows {
				have[of13.FlowKey(f.Table, f.Priority, f.Match.Fields)] = f
			}
		}
		require.Len(t, have, len(flows))
		for _, f := range flows {
			h, ok := have[f.Key]
			require.True(t, ok, "%s", text(t, f))
			require.Equal(t, hex.EncodeToString([]byte(f.Instr)), hex.EncodeToString(h.Instructions), "%s", text(t, f))
			require.Equal(t, f.Cookie, h.Cookie)
		}
		return nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	require.NoError(t, s.Run(ctx))
}
