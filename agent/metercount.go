package agent

import (
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// meterInterval is how often the switch is asked what its meters have dropped.
const meterInterval = 5 * time.Second

// How often the switch is asked whether its meters are as they should be: at most so often, and so seldom that it costs
// nothing to speak of.
const (
	meterCheck     = 800 * time.Millisecond
	meterCheckEach = 4 * time.Millisecond
)

// watch asks the switch from time to time what the meters have dropped, and whether they are as they should be. Nobody
// tells of meters that others change.
func (m *meters) watch(co *coroutine.Co) error {
	for asked := co.Now(); ; {
		if err := co.Sleep(max(meterCheck, time.Duration(len(m.have))*meterCheckEach)); err != nil {
			return err
		}
		if len(m.have) > 0 && m.a.engine.sess != nil {
			m.doubt = true
			m.a.engine.wake.Notify()
		}
		if co.Now().Sub(asked) < meterInterval {
			continue
		}
		asked = co.Now()
		if err := m.ask(co); err != nil && co.Err() == nil {
			m.a.log.Debug("meters not read", "error", err) // the next time, or the next session
		}
	}
}

func (m *meters) ask(co *coroutine.Co) error {
	x := m.a.engine.sess
	if x == nil || len(m.have) == 0 {
		return nil
	}
	parts, err := x.Multipart(co, &of13.MeterStatsRequest{Meter: of13.AllMeters})
	if err != nil {
		return err
	}
	for _, p := range parts {
		if r, ok := p.(*of13.MeterStatsReply); ok {
			m.count(r.Meters)
		}
	}
	return nil
}

func (m *meters) count(list []of13.MeterStatsEntry) {
	for _, s := range list {
		if m.want[s.Meter] == 0 || len(s.Bands) == 0 {
			continue
		}
		now, before := s.Bands[0].Packets, m.counted[s.Meter]
		if now < before {
			before = 0 // it is another meter, of a switch that was started again
		}
		m.counted[s.Meter] = now
		kind, _ := pipeline.SplitMeter(s.Meter)
		m.dropped[kind] += int64(now - before)
		delete(m.flooding, s.Meter)
		if now > before {
			m.flooding[s.Meter] = true
		}
	}
}

// metersOf are the meters that a local port has for itself. What a guest may send to everybody and to the agent is
// bounded by interface, and counts for the port that has it.
func (a *Agent) metersOf(port string, l vport.Local) (out []uint32) {
	if l.VLAN == 0 {
		out = append(out, pipeline.MeterAgent.Of(l.OFPort), pipeline.MeterFlood.Of(l.OFPort))
	}
	if n := a.view.LimitNumber(port); n != 0 {
		out = append(out, pipeline.MeterOut.Of(n), pipeline.MeterIn.Of(n))
	}
	return out
}

// drops adds to counts of a port's dropped frames, by reason, those that its meters have dropped since they were made.
func (m *meters) drops(counts map[string]uint64, of []uint32) map[string]uint64 {
	for _, meter := range of {
		kind, _ := pipeline.SplitMeter(meter)
		if n := m.counted[meter]; n > 0 {
			if counts == nil {
				counts = map[string]uint64{}
			}
			counts[kind.String()] = n
		}
	}
	return counts
}

// limited is how many frames were dropped by all, by reason.
func (m *meters) limited() map[string]int64 {
	out := map[string]int64{}
	for kind, n := range m.dropped {
		out[kind.String()] = n
	}
	return out
}
