package agent

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcpflows"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ofconn"
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

// meterFlags are those of our meters.
const meterFlags = of13.MeterPktps | of13.MeterBurst | of13.MeterStats

var errNoMeters = errors.New("the switch has no meters that count packets")

// meters keeps the switch's meters equal to those that flows use: one per port that has DHCP from us. A switch that has
// none, or refuses one, is used without; who floods is then held back by the responder alone.
type meters struct {
	a       *Agent
	want    map[uint32]bool
	users   map[uint32]map[user]bool // flows that go through each
	have    map[uint32]bool          // in the switch; false: set up in another way than ours
	touched map[uint32]bool          // where the two may differ
	doubt   bool                     // somebody else may have changed them
	why     error                    // meters are not used, though they should be

	counted  map[uint32]uint64 // packets that the switch dropped by each, when it was asked last
	flooding map[uint32]bool   // grew since the time before
	dropped  int64
}

// user is a flow that goes through a meter. While an interface becomes another port, both may want one of the same key.
type user struct{ key, owner string }

func newMeters(a *Agent) *meters {
	return &meters{a: a, want: map[uint32]bool{}, users: map[uint32]map[user]bool{}, have: map[uint32]bool{},
		touched: map[uint32]bool{}, counted: map[uint32]uint64{}, flooding: map[uint32]bool{}}
}

// sink takes the flows of the DHCP module on their way to the engine. All flows of a port go through its meter, or
// none.
func (m *meters) sink(rule string, changed, removed []pipeline.Flow) {
	for i := range removed {
		_, port := dhcpflows.Meter(&removed[i])
		m.use(port, &removed[i], false)
	}
	for i := range changed {
		meter, port := dhcpflows.Meter(&changed[i])
		m.use(port, &changed[i], meter != 0)
	}
	m.a.engine.sink(rule, changed, removed)
}

// use notes that a flow goes through a port's meter, or does not any more.
func (m *meters) use(port uint32, f *pipeline.Flow, does bool) {
	if port == 0 {
		return
	}
	m.touched[port] = true
	u := user{f.Key, f.Owner}
	if does {
		if m.users[port] == nil {
			m.users[port] = map[user]bool{}
		}
		m.users[port][u] = true
		m.want[port] = true
		return
	}
	delete(m.users[port], u)
	if len(m.users[port]) == 0 {
		delete(m.users, port)
		delete(m.want, port)
	}
}

// adopt reads what the switch can and has. Meters of ours that nobody wants any more are removed when flows are right.
func (m *meters) adopt(co *coroutine.Co, x *ofconn.Session) error {
	m.have, m.why = map[uint32]bool{}, nil
	can, err := x.Request(co, &of13.MeterFeaturesRequest{})
	var refused *ofconn.Refused
	switch {
	case errors.As(err, &refused):
		m.without(errNoMeters)
		return nil
	case err != nil:
		return fmt.Errorf("ask for meters: %w", err)
	}
	f, ok := can.(*of13.MeterFeaturesReply)
	if !ok || f.MaxMeters == 0 || f.Capabilities&of13.MeterCanPktps == 0 || f.BandTypes&(1<<of13.MeterBandDrop) == 0 {
		m.without(errNoMeters)
		return nil
	}
	return m.read(co, x)
}

// read reads what meters the switch has.
func (m *meters) read(co *coroutine.Co, x *ofconn.Session) error {
	parts, err := x.Multipart(co, &of13.MeterConfigRequest{Meter: of13.AllMeters})
	if err != nil {
		return fmt.Errorf("read the switch's meters: %w", err)
	}
	m.doubt, m.have = false, map[uint32]bool{}
	for _, p := range parts {
		if r, ok := p.(*of13.MeterConfigReply); ok {
			m.found(r.Meters)
		}
	}
	for n := range m.want {
		if !m.have[n] {
			m.touched[n] = true
		}
	}
	return nil
}

// check reads again what meters there are, when somebody else may have changed them. It is called by the engine, when
// nothing is under way. It reports whether it has waited.
func (m *meters) check(co *coroutine.Co, x *ofconn.Session) (waited bool, err error) {
	if !m.doubt || m.why != nil {
		return false, nil
	}
	before := m.have
	if err := m.read(co, x); err != nil {
		x.Close() // or the answer may come when nobody expects it
		return true, err
	}
	for _, n := range slices.Sorted(maps.Keys(before)) {
		if before[n] && !m.have[n] {
			m.a.drift.meters++
			m.a.log.Warn("somebody changed the switch", "what", "meter", "meter", n)
		}
	}
	return true, nil
}

func (m *meters) found(list []of13.MeterConfig) {
	for _, c := range list {
		ours := c.Flags == meterFlags && len(c.Bands) == 1 && c.Bands[0].Type == of13.MeterBandDrop
		if ours || m.want[c.Meter] {
			m.have[c.Meter] = ours && c.Bands[0].Rate == m.rate() && c.Bands[0].Burst == m.rate()
			m.touched[c.Meter] = true
		}
	}
}

func (m *meters) rate() uint32 { return uint32(m.a.cfg.DHCP.Rate) }

// without goes on without meters in this session.
func (m *meters) without(err error) {
	if m.why == nil && m.a.cfg.DHCP.Rate > 0 {
		m.a.log.Warn("no limit to DHCP requests in the switch, the agent has its own", "error", err)
	}
	m.why = err
	m.a.tellSelf()
}

// add has the switch make the meters that flows are about to use. It reports whether it has waited, so that inputs may
// have changed.
func (m *meters) add(co *coroutine.Co, x *ofconn.Session) (waited bool, err error) {
	var msgs [][]byte
	for _, n := range slices.Sorted(maps.Keys(m.touched)) {
		right, there := m.have[n]
		if !m.want[n] || right {
			continue
		}
		mod := of13.MeterMod{Command: of13.MeterAdd, Flags: meterFlags, Meter: n,
			Bands: []of13.MeterBand{{Type: of13.MeterBandDrop, Rate: m.rate(), Burst: m.rate(), Extra: make([]byte, 4)}}}
		if there {
			mod.Command = of13.MeterModify
		}
		msgs = append(msgs, of13.Encode(&mod))
		m.have[n] = true
		delete(m.touched, n)
	}
	if len(msgs) == 0 {
		return false, nil
	}
	refused, err := x.Batch(co, msgs)
	if err != nil {
		x.Close() // if it only was too slow, nobody knows how far the switch got
		return true, err
	}
	if err := errors.Join(refused...); err != nil {
		m.without(fmt.Errorf("the switch refuses a meter: %w", firstOf(refused)))
	}
	return true, nil
}

func firstOf(errs []error) error {
	i := slices.IndexFunc(errs, func(err error) bool { return err != nil })
	return errs[i]
}

// remove has the switch forget the meters that no flow uses any more.
func (m *meters) remove(co *coroutine.Co, x *ofconn.Session) error {
	var msgs [][]byte
	for _, n := range slices.Sorted(maps.Keys(m.touched)) {
		if m.want[n] {
			continue
		}
		delete(m.touched, n)
		if _, there := m.have[n]; there {
			msgs = append(msgs, of13.Encode(&of13.MeterMod{Command: of13.MeterDelete, Meter: n}))
			delete(m.have, n)
			delete(m.counted, n)
			delete(m.flooding, n)
		}
	}
	if len(msgs) == 0 {
		return nil
	}
	refused, err := x.Batch(co, msgs)
	if err != nil {
		x.Close()
	}
	if err := errors.Join(refused...); err != nil {
		m.a.log.Debug("meter not removed", "error", err) // it may have gone by itself, or not have come at all
	}
	return err
}

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
		if !m.want[s.Meter] || len(s.Bands) == 0 {
			continue
		}
		now, before := s.Bands[0].Packets, m.counted[s.Meter]
		if now < before {
			before = 0 // it is another meter, of a switch that was started again
		}
		m.counted[s.Meter] = now
		m.dropped += int64(now - before)
		delete(m.flooding, s.Meter)
		if now > before {
			m.flooding[s.Meter] = true
		}
	}
}
