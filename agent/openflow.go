package agent

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcpflows"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/ofconn"
	of "github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// openflow is the adapter to the switch: sessions and dumps in, packets out of it to the responder.
type openflow struct {
	a      *Agent
	dialer netio.Dialer
	sess   *ofconn.Session // nil while there is none
	why    string          // there is none
	// software is the version of the switch that was connected last, in its own words.
	software  string
	sessions  int64            // since the agent started
	packetIns map[string]int64 // by what they are
}

func newOpenflow(a *Agent, d netio.Dialer) *openflow {
	return &openflow{a: a, dialer: d, why: "not connected yet", packetIns: map[string]int64{}}
}

// run keeps a session to the bridge.
func (o *openflow) run(co *coroutine.Co) error {
	return ofconn.Dial(co, o.dialer, o.a.cfg.OpenFlowAddress(), ofconn.Options{
		Versions: []of.Version{of.Version13}, RetryMax: o.retryMax(), OnUp: o.up, OnDown: o.down, OnMessage: o.message,
		Logger: o.a.log})
}

// switchRetryMax is for a socket on this host: asking costs nothing, and guests wait.
const switchRetryMax = 25 * time.Millisecond

func (o *openflow) retryMax() time.Duration {
	if strings.HasPrefix(o.a.cfg.OpenFlowAddress(), "unix:") {
		return switchRetryMax
	}
	return ofconn.DefaultRetryMax
}

// up readies a session: what the switch has is read before anything is sent, so that only the difference is.
func (o *openflow) up(x *ofconn.Session) {
	o.a.s.Go("adopt", func(co *coroutine.Co) error {
		foreign, err := o.adopt(co, x)
		if err != nil {
			if co.Err() == nil && !errors.Is(err, ofconn.ErrDown) {
				o.a.log.Warn("switch not adopted, connecting again", "error", err)
				x.Close()
			}
			return err
		}
		o.a.log.Info("switch connected", "bridge", o.a.cfg.OVS.Bridge,
			"datapath_id", fmt.Sprintf("%016x", x.Features.DatapathID), "flows", o.a.engine.set.Counts().Installed)
		o.sess, o.why = x, ""
		o.sessions++
		o.a.tellSelf()
		o.a.engine.connected(x, foreign)
		return nil
	})
}

// adopt tells the switch what we want to hear and how to treat fragments (the ports of the first one are looked at, so
// that an answer of DHCP cannot hide in fragments), and reads its flows. The bridge's management socket sends packets
// only to those who set a miss_send_len. It returns the flows that are not ours.
func (o *openflow) adopt(co *coroutine.Co, x *ofconn.Session) ([]reconcile.Installed, error) {
	for _, m := range []of.Message{&of13.SetConfig{Flags: of13.FragNXMatch, MissSendLen: of13.MaxLenAll},
		nicira.For13(&nicira.SetPacketInFormat{Format: nicira.PacketInNXM2})} {
		if err := x.Send(m); err != nil {
			return nil, fmt.Errorf("tell the switch what to send: %w", err)
		}
	}
	version, err := softwareOf(co, x)
	if err != nil {
		return nil, err
	}
	o.software = version
	if err := o.a.meters.adopt(co, x); err != nil {
		return nil, err
	}
	if err := o.a.drift.adopt(co, x); err != nil {
		return nil, err
	}
	return o.a.engine.adopt(co, x)
}

// softwareOf asks the switch for its version. The database has it only when somebody put it there.
func softwareOf(co *coroutine.Co, x *ofconn.Session) (string, error) {
	m, err := x.Request(co, &of13.DescRequest{})
	if err != nil {
		return "", fmt.Errorf("ask the switch who it is: %w", err)
	}
	d, ok := m.(*of13.DescReply)
	if !ok {
		return "", fmt.Errorf("ask the switch who it is: got %T", m)
	}
	text, _, _ := bytes.Cut(d.Software[:], []byte{0})
	return string(text), nil
}

// dumpFlows reads the flows of the switch whose cookie has these bits where mask has, all of them for 0.
func dumpFlows(co *coroutine.Co, x *ofconn.Session, cookie, mask uint64) ([]of13.FlowStats, error) {
	var flows []of13.FlowStats
	err := eachFlow(co, x, &of13.FlowStatsRequest{Cookie: cookie, CookieMask: mask}, func(f *of13.FlowStats) {
		flows = append(flows, *f)
	})
	return flows, err
}

// eachFlow has fn take the flows of the switch as they come. An error leaves open how many it took.
func eachFlow(co *coroutine.Co, x *ofconn.Session, q *of13.FlowStatsRequest, fn func(*of13.FlowStats)) error {
	q.Table, q.OutPort, q.OutGroup = of13.AllTables, of13.PortAny, of13.AnyGroup
	err := x.Each(co, q, func(p of.Part) {
		if r, ok := p.(*of13.FlowStatsReply); ok {
			for i := range r.Flows {
				fn(&r.Flows[i])
			}
		}
	})
	if err != nil {
		return fmt.Errorf("read the switch's flows: %w", err)
	}
	return nil
}

func (o *openflow) down(_ *ofconn.Session, err error) {
	if o.sess != nil || o.why == "not connected yet" {
		o.a.log.Warn("switch unreachable", "error", err)
	}
	o.sess, o.why = nil, err.Error()
	o.a.drift.fights.ended(o.a.s.Now())
	o.a.engine.disconnected()
}

func (o *openflow) message(x *ofconn.Session, m of.Message) {
	if r, ok := m.(*of13.FlowMonitorReply); ok {
		o.a.drift.updates(x, r.Updates)
		return
	}
	if p, ok := m.(*of13.PortStatus); ok {
		o.a.announcer.link(p)
		return
	}
	e, ok := m.(*of13.Experimenter)
	if !ok {
		return
	}
	p, err := nicira.DecodePacketIn(e)
	if err != nil {
		o.a.log.Debug("message from the switch passed over", "error", err)
		return
	}
	data := string(p.UserData)
	switch {
	case !pipeline.Ours(p.Cookie):
		data = otherPacketIn
	case data == dhcpflows.UserData:
		o.a.dhcp.packet(p)
	case data == pipeline.NeededData:
		o.a.demand.needed(p)
	case data == pipeline.ArrivedData:
		o.a.arrived(o.a.sender(p))
	default:
		data = otherPacketIn
	}
	o.packetIns[data]++
}

// sender names the port, or sub-port, whose guest has sent a packet that the switch hands up; "" when there is none.
func (a *Agent) sender(p *nicira.PacketIn) string {
	return a.view.PortBehind(pipeline.Sender(p.Metadata))
}

// otherPacketIn is what nobody of us asked for.
const otherPacketIn = "other"

// send has the switch do something with a frame, as if it came from nowhere, before the flows that wait to be sent: a
// guest waits for it. A switch that does not read loses it, as a full port would: whoever asked asks again. It reports
// whether a session took it.
func (o *openflow) send(do pipeline.Actions, frame []byte) bool {
	if o.sess == nil {
		return false
	}
	err := o.sess.SendUrgent(&of13.PacketOut{BufferID: of13.NoBuffer, InPort: of13.PortController, Actions: do.List(),
		Data: frame})
	if err != nil {
		o.a.log.Debug("packet not sent", "error", err)
	}
	return err == nil
}
