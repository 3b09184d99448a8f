package security_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/modules/arp"
	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcpflows"
	"github.com/vlcp-go/vlcp/agent/internal/modules/l2"
	"github.com/vlcp-go/vlcp/agent/internal/modules/mirror"
	"github.com/vlcp-go/vlcp/agent/internal/modules/security"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/ovstest"
	"github.com/vlcp-go/vlcp/common/vswitch"
)

// The guests, all on one host and in one network, by their ports.
const (
	mallory uint32 = 1 // attacks
	victim  uint32 = 2
	router  uint32 = 3 // with allowed addresses
	free    uint32 = 4 // without an address
	open    uint32 = 5 // without port security
	guests         = 5
)

func macOf(port uint32) model.MAC { return model.MAC{0x0a, 0, 0, 0, 0, byte(port)} }
func ipOf(port uint32) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, byte(port)}) }
func llOf(port uint32) netip.Addr { return macOf(port).LinkLocal() }
func addr(s string) netip.Addr    { return netip.MustParseAddr(s) }

var (
	vmac   = model.MAC{0, 0, 0x5e, 0, 1, 1}
	server = addr("10.0.0.254")

	victim6 = addr("2001:db8::2") // besides its IPv4 address
)

// flowsWith are the flows of what fill puts into the view of a host h0, and those that every bridge has.
func flowsWith(fill func(*view.View)) map[string]pipeline.Flow {
	flows := map[string]pipeline.Flow{}
	sink := func(_ string, changed, _ []*pipeline.Flow) {
		for _, f := range changed {
			flows[f.Key] = *f
		}
	}
	v := view.New()
	pipeline.Static(sink)
	for _, rules := range []func(*view.View, pipeline.Sink){security.Rules, l2.Rules, arp.Rules, dhcpflows.Rules,
		mirror.Rules} {
		rules(v, sink)
	}
	v.SetSelf(view.Self{Host: "h0"})
	fill(v)
	v.Graph.Flush()
	return flows
}

// flowsOf are the flows of the network, and those that every bridge has.
func flowsOf(with ...func(*view.View)) map[string]pipeline.Flow {
	return flowsWith(func(v *view.View) {
		defineGuests(v)
		for _, change := range with {
			change(v)
		}
	})
}

func defineGuests(v *view.View) {
	v.Networks.Set("blue", model.Network{Name: "blue", VNI: 10000, Tag: 1})
	v.Subnets.Set("v4", model.Subnet{Name: "v4", Network: "blue", CIDR: netip.MustParsePrefix("10.0.0.0/24"),
		DHCPServer: server})
	for port := mallory; port <= guests; port++ {
		p := view.Place{Network: "blue", Subnet: "v4", MAC: macOf(port), IP: ipOf(port), OFPort: port, Secured: port != open}
		switch port {
		case victim:
			p.More = []netip.Addr{victim6}
		case free:
			p.Subnet, p.IP = "", netip.Addr{}
		case router:
			for _, text := range []string{"10.0.0.100", "10.0.0.101," + vmac.String(), "10.9.0.0/16", "2001:db8::1"} {
				var a model.AllowedAddress
				if err := a.UnmarshalText([]byte(text)); err != nil {
					panic(err)
				}
				p.Allowed = append(p.Allowed, a)
			}
		}
		v.Places.Set(fmt.Sprint("p", port), p)
	}
}

// bed is a switch with the network.
type bed interface {
	// send puts a frame into a port, and returns the ports it comes out of, and whether the agent got it.
	send(t *testing.T, port uint32, frame []byte) (out []uint32, agent bool)
	// last is what the last frame that was sent has become, in the order of ports.
	last() [][]byte
	// tags are the ports that the last frame came out of, sorted, with its tag there: PORT or PORT/VLAN.
	tags() []string
	// drops is how often the frames of a port, or of a sub-port (by its way), were dropped for each reason.
	drops(t *testing.T) map[uint32]map[string]int
}

// beds are both kinds.
var beds = map[string]func(*testing.T, ...func(*view.View)) bed{
	"model":        func(t *testing.T, with ...func(*view.View)) bed { return newModel(t, with...) },
	"Open vSwitch": func(t *testing.T, with ...func(*view.View)) bed { return newReal(t, with...) },
}

// model is a bed in memory.
type modelBed struct {
	s     *vswitch.Switch
	out   []uint32
	got   [][]byte
	seen  []string
	agent int
}

func (b *modelBed) last() [][]byte { return b.got }

func newModel(t *testing.T, with ...func(*view.View)) *modelBed { return modelOf(t, flowsOf(with...)) }

func modelOf(t *testing.T, flows map[string]pipeline.Flow) *modelBed {
	b := &modelBed{}
	b.s = vswitch.New(vswitch.Options{Now: time.Now, Emit: func(o vswitch.Out) {
		b.out, b.got, b.seen = append(b.out, o.Port), append(b.got, o.Frame), append(b.seen, tagOf(o.Port, o.Frame))
	}})
	for p := mallory; p <= guests; p++ {
		b.s.SetPort(vswitch.Port{Number: p})
	}
	c := b.s.Connect(func(msg []byte) {
		m, err := of13.Decode(msg)
		require.NoError(t, err)
		switch m.(type) {
		case *of13.Error:
			require.Fail(t, "refused", "%+v", m)
		case *of13.PacketIn:
			b.agent++
		}
	})
	c.Handle(of13.Encode(&of13.SetConfig{Flags: of13.FragNXMatch, MissSendLen: of13.MaxLenAll}))
	for _, f := range flows {
		c.Handle(of13.AppendFlow(nil, 0, &of13.FlowSend{Key: f.Key, Instructions: f.Instr, Cookie: f.Cookie}))
	}
	return b
}

func (b *modelBed) send(_ *testing.T, port uint32, frame []byte) ([]uint32, bool) {
	b.out, b.got, b.seen, b.agent = nil, nil, nil, 0
	b.s.Receive(port, frame, nil)
	slices.Sort(b.out)
	return b.out, b.agent > 0
}

func (b *modelBed) tags() []string { return slices.Sorted(slices.Values(b.seen)) }

// tagOf is a port, and the tag of a frame there.
func tagOf(port uint32, frame []byte) string {
	if binary.BigEndian.Uint16(frame[12:]) == 0x8100 {
		return fmt.Sprint(port, "/", binary.BigEndian.Uint16(frame[14:])&0xfff)
	}
	return fmt.Sprint(port)
}

func (b *modelBed) drops(*testing.T) map[uint32]map[string]int {
	out := map[uint32]map[string]int{}
	for _, f := range b.s.Flows() {
		if !pipeline.Learned(f.Table, f.Cookie, f.Instructions) {
			continue
		}
		port, vlan := pipeline.Sender(f.Match)
		why, _ := f.Match.GetUint(oxm.Reg(pipeline.RegVerdict))
		count(out, pipeline.WayTo(port, vlan, false), pipeline.Reason(why), int(f.Packets))
	}
	return out
}

// count notes the packets of a counter, and the one that made it.
func count(out map[uint32]map[string]int, port uint32, why pipeline.Reason, n int) {
	if out[port] == nil {
		out[port] = map[string]int{}
	}
	out[port][why.String()] = n + 1
}

// realBed is an Open vSwitch with dummy ports that record what they send.
type realBed struct {
	sw   *ovstest.Switch
	nc   net.Conn
	read map[uint32]int64
	got  [][]byte
	sent uint32
	seen []string
}

func (b *realBed) last() [][]byte { return b.got }

func newReal(t *testing.T, with ...func(*view.View)) *realBed { return realOf(t, flowsOf(with...)) }

func realOf(t *testing.T, flows map[string]pipeline.Flow) *realBed {
	b := &realBed{sw: ovstest.Start(t), read: map[uint32]int64{}}
	address := b.sw.Bridge("br0")
	for p := mallory; p <= guests; p++ {
		b.sw.Vsctl("add-port", "br0", fmt.Sprint("p", p), "--", "set", "interface", fmt.Sprint("p", p), "type=dummy",
			fmt.Sprint("ofport_request=", p), "options:tx_pcap="+b.record(p))
	}
	nc, err := net.Dial("unix", strings.TrimPrefix(address, "unix:"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = nc.Close() })
	b.nc = nc
	var msgs []byte
	msgs = append(msgs, of13.Encode(&of13.Hello{})...)
	msgs = append(msgs, of13.Encode(&of13.SetConfig{Flags: of13.FragNXMatch, MissSendLen: of13.MaxLenAll})...)
	mark := oxm.Match(nil).Uint(oxm.EthType, 0x7777)
	msgs = of13.AppendFlow(msgs, 0, &of13.FlowSend{Key: of13.FlowKey(0, 60000, mark),
		Instructions: string(of13.Instructions(nil).Apply(of13.Actions(nil).Output(of13.PortInPort, 0)))})
	for _, f := range flows {
		msgs = of13.AppendFlow(msgs, 0, &of13.FlowSend{Key: f.Key, Instructions: f.Instr, Cookie: f.Cookie})
	}
	_, err = nc.Write(append(msgs, of13.Encode(&of13.BarrierRequest{})...))
	require.NoError(t, err)
	b.await(t, &of13.BarrierReply{})
	return b
}

func (b *realBed) record(p uint32) string { return filepath.Join(b.sw.Dir, fmt.Sprintf("p%d.pcap", p)) }

// await reads until a barrier is answered, and reports whether there was a packet before it.
func (b *realBed) await(t *testing.T, _ *of13.BarrierReply) (packet bool) {
	head := make([]byte, openflow.HeaderLen)
	for {
		require.NoError(t, b.nc.SetReadDeadline(time.Now().Add(20*time.Second)))
		_, err := io.ReadFull(b.nc, head)
		require.NoError(t, err)
		body := make([]byte, binary.BigEndian.Uint16(head[2:])-openflow.HeaderLen)
		_, err = io.ReadFull(b.nc, body)
		require.NoError(t, err)
		if openflow.MessageType(head) == openflow.TypeHello {
			continue
		}
		m, err := of13.Decode(append(slices.Clone(head), body...))
		require.NoError(t, err)
		switch m := m.(type) {
		case *of13.PacketIn:
			packet = true
		case *of13.BarrierReply:
			return packet
		case *of13.Error:
			require.Fail(t, "refused", "%s code %d: %x", m.Class, m.Code, m.Data)
		}
	}
}

func (b *realBed) send(t *testing.T, port uint32, frame []byte) (out []uint32, agent bool) {
	b.sw.Appctl("revalidator/purge") // each frame is looked at by itself, and counted at once
	b.got = nil
	b.sent++
	b.seen = nil
	mark := make([]byte, 60)
	copy(mark, []byte{2, 0xee, 0, 0, 0, 0, 2, 0xee, 0, 0, 0, 1, 0x77, 0x77})
	binary.BigEndian.PutUint32(mark[20:], b.sent)
	b.sw.Appctl("netdev-dummy/receive", fmt.Sprint("p", port), hex.EncodeToString(frame), hex.EncodeToString(mark))
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		n, marks := b.recorded(t, port)
		for range n {
			out = append(out, port)
		}
		if marks > 0 {
			break
		}
		require.True(t, time.Now().Before(end), "the mark did not come back")
	}
	for p := mallory; p <= guests; p++ {
		n, _ := b.recorded(t, p)
		for range n {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	_, err := b.nc.Write(of13.Encode(&of13.BarrierRequest{}))
	require.NoError(t, err)
	return out, b.await(t, nil)
}

// recorded reads what a port has sent since the last time, from its file in pcap format.
func (b *realBed) recorded(t *testing.T, p uint32) (frames, marks int) {
	file, err := os.ReadFile(b.record(p))
	require.NoError(t, err)
	at := max(b.read[p], 24)
	for int64(len(file)) >= at+16 {
		n := int64(binary.NativeEndian.Uint32(file[at+8:]))
		if int64(len(file)) < at+16+n {
			break
		}
		if f := file[at+16 : at+16+n]; binary.BigEndian.Uint16(f[12:]) == 0x7777 {
			marks++
		} else {
			frames++
			b.got = append(b.got, slices.Clone(f))
			b.seen = append(b.seen, tagOf(p, f))
		}
		at += 16 + n
	}
	b.read[p] = at
	return frames, marks
}

var counter = regexp.MustCompile(`n_packets=(\d+),.*reg3=0x(\d+),reg15=(\w+),in_port=(\d+) actions=drop`)

func (b *realBed) tags() []string { return slices.Sorted(slices.Values(b.seen)) }

func (b *realBed) drops(*testing.T) map[uint32]map[string]int {
	out := map[uint32]map[string]int{}
	for _, m := range counter.FindAllStringSubmatch(b.sw.Ofctl("dump-flows", "--no-names", "br0", "table=9"), -1) {
		n, _ := strconv.Atoi(m[1]) // they are digits
		why, _ := strconv.Atoi(m[2])
		tag, _ := strconv.ParseUint(m[3], 0, 32)
		port, _ := strconv.Atoi(m[4])
		count(out, uint32(port)|uint32(tag&0xfff)<<16, pipeline.Reason(why), n)
	}
	return out
}
