package agent

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// meterFlags are those of our meters.
const meterFlags = of13.MeterPktps | of13.MeterBurst | of13.MeterStats

// meterRetry is how long flows go without a meter that the switch refused.
const meterRetry = 30 * time.Second

var errNoRates = errors.New("the switch has no meters that count bits, or too few")

var errNoMeters = errors.New("the switch has no meters that count packets")

// meters keeps the switch's meters equal to those that flows use: of each port, one for what goes to the agent and one
// for what goes to everybody. A switch that has none is used without; who floods the agent is then held back by the
// responder alone, and who floods everybody is not. So is a port whose meter it refuses, until it takes that.
type meters struct {
	a       *Agent
	want    map[uint32]int                  // flows that go through each
	through map[user]uint32                 // and which it is
	have    map[uint32]bool                 // in the switch; false: set up in another way than ours
	touched map[uint32]bool                 // where the two may differ
	doubt   bool                            // somebody else may have changed them
	why     error                           // meters are not used, though they should be
	noRates error                           // why there are none that count bits
	limits  map[uint32]map[string]meterSpec // by meter and port, see limits.go
	making  []uint32                        // that mods returned last
	refused map[uint32]error                // the switch does not take them: flows go without
	retry   *coroutine.Timer                // of them

	counted  map[uint32]uint64 // packets that the switch dropped by each, when it was asked last
	flooding map[uint32]bool   // grew since the time before
	dropped  map[pipeline.Kind]int64
}

// user is a flow that goes through a meter. While an interface becomes another port, both may want one of the same key.
type user struct{ key, owner string }

func newMeters(a *Agent) *meters {
	return &meters{a: a, want: map[uint32]int{}, through: map[user]uint32{}, have: map[uint32]bool{},
		touched: map[uint32]bool{}, counted: map[uint32]uint64{}, flooding: map[uint32]bool{},
		refused: map[uint32]error{}, dropped: map[pipeline.Kind]int64{}, limits: map[uint32]map[string]meterSpec{}}
}

// sink takes the flows of modules on their way to the engine.
func (m *meters) sink(rule string, changed, removed []*pipeline.Flow) {
	for i := range removed {
		m.use(removed[i], 0)
	}
	for i := range changed {
		m.use(changed[i], pipeline.MeterOf(changed[i]))
	}
	m.a.engine.sink(rule, changed, removed)
}

// use notes which meter a flow goes through, 0 for none.
func (m *meters) use(f *pipeline.Flow, meter uint32) {
	u := user{f.Key, f.Owner}
	before := m.through[u]
	if before == meter {
		return
	}
	if before != 0 {
		m.touched[before] = true
		delete(m.through, u)
		if m.want[before]--; m.want[before] == 0 {
			delete(m.want, before)
		}
	}
	if meter != 0 {
		m.touched[meter] = true
		m.through[u] = meter
		m.want[meter]++
	}
}

// adopt reads what the switch can and has. Meters of ours that nobody wants any more are removed when flows are right.
func (m *meters) adopt(co *coroutine.Co, x *ofconn.Session) error {
	m.have, m.why, m.noRates = map[uint32]bool{}, nil, nil
	m.tryRefused()
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
	if !limitsRates(f) {
		m.noRates = errNoRates
		m.a.tellSelf()
	}
	return m.read(co, x)
}

// limitsRates reports whether a switch can limit rates.
func limitsRates(f *of13.MeterFeaturesReply) bool {
	return f.Capabilities&of13.MeterCanKbps != 0 && f.MaxMeters >= pipeline.RatesMin
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
		ours := (c.Flags == meterFlags || c.Flags == rateFlags) && len(c.Bands) == 1 &&
			c.Bands[0].Type == of13.MeterBandDrop
		if ours || m.want[c.Meter] > 0 {
			m.have[c.Meter] = ours && meterSpec{c.Flags, c.Bands[0].Rate, c.Bands[0].Burst} == m.spec(c.Meter)
			m.touched[c.Meter] = true
		}
	}
}

// metered says which kinds there are in this session.
func (m *meters) metered() view.Metered {
	return view.Metered{Agent: m.why == nil && m.a.cfg.DHCP.Rate > 0, Flood: m.why == nil && m.a.cfg.Broadcast.Rate > 0,
		Limits: m.noRates == nil}
}

// wanted reports whether there should be any.
func (m *meters) wanted() bool { return m.a.cfg.DHCP.Rate > 0 || m.a.cfg.Broadcast.Rate > 0 }

// without goes on without meters in this session.
func (m *meters) without(err error) {
	if m.why == nil && m.wanted() {
		m.a.log.Warn("no limit to broadcasts of guests, and to their DHCP requests only in the agent", "error", err)
	}
	m.why, m.noRates = err, err
	m.a.tellSelf()
}

// mods are the messages that make the meters that flows are about to use.
func (m *meters) mods() (msgs [][]byte) {
	m.making = m.making[:0]
	for _, n := range slices.Sorted(maps.Keys(m.touched)) {
		right, there := m.have[n]
		if m.want[n] == 0 || right {
			continue
		}
		spec := m.spec(n)
		mod := of13.MeterMod{Command: of13.MeterAdd, Flags: spec.flags, Meter: n,
			Bands: []of13.MeterBand{{Type: of13.MeterBandDrop, Rate: spec.rate, Burst: spec.burst, Extra: make([]byte, 4)}}}
		if there {
			mod.Command = of13.MeterModify
		}
		msgs, m.making = append(msgs, of13.Encode(&mod)), append(m.making, n)
		m.have[n] = true
		delete(m.touched, n)
	}
	return msgs
}

// made is told what the switch says to mods. Flows go without a meter that it refuses, for a while.
func (m *meters) made(errs []error) {
	for i, err := range errs {
		if err == nil {
			continue
		}
		n := m.making[i]
		if len(m.refused) == 0 {
			m.a.log.Warn("the switch refuses a meter, its port is not limited", "meter", n, "error", err)
			m.retryLater()
		}
		m.refused[n] = err
		m.a.view.Refused.Set(n, true)
		delete(m.have, n)
		m.doubt = true // whether it is there in another way
		m.a.engine.wake.Notify()
	}
}

func (m *meters) retryLater() {
	if m.retry == nil {
		m.retry = m.a.s.After(meterRetry, m.tryRefused)
		return
	}
	m.retry.Reset(meterRetry)
}

// tryRefused has flows go through the meters again that the switch has refused, so that they are made. Who else has
// one of their numbers is looked at before.
func (m *meters) tryRefused() {
	for n := range m.refused {
		m.a.view.Refused.Delete(n)
	}
	clear(m.refused)
	m.doubt = true
	m.a.engine.wake.Notify()
}

// lacks reports whether the switch does not have a meter for a flow, which is on its way without.
func (m *meters) lacks(meter uint32) bool {
	return meter != 0 && (m.why != nil || m.refused[meter] != nil)
}

// remove has the switch forget the meters that no flow uses any more.
func (m *meters) remove(co *coroutine.Co, x *ofconn.Session) error {
	var msgs [][]byte
	for _, n := range slices.Sorted(maps.Keys(m.touched)) {
		if m.want[n] > 0 {
			continue
		}
		delete(m.touched, n)
		delete(m.counted, n) // also of one that the switch has lost
		delete(m.flooding, n)
		if _, there := m.have[n]; there {
			msgs = append(msgs, of13.Encode(&of13.MeterMod{Command: of13.MeterDelete, Meter: n}))
			delete(m.have, n)
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
