package controller

import (
	"time"

	"github.com/vlcp-go/vlcp/common/controller/flow"
)

// askedMax bounds the sent flows that are remembered for one switch.
const askedMax = 4096

// asked is who has asked a switch for which packets. It is for switches that send a packet and do not tell which flow
// sent it, which are those of plain OpenFlow 1.0: then the flow is found here as the switch has found it.
type asked struct {
	wanted map[string][]request // by the owner's name; of each flow of its that sends to the controller one
	sent   map[string]request   // by priority and match
	by     map[*Instance]int    // how many of them are whose
}

type request struct {
	in       *Instance
	priority uint16
	match    flow.Match
	since    time.Time // when the flow was sent
	until    time.Time // when it has ended for certain; zero: nobody knows
}

func newAsked() asked {
	return asked{map[string][]request{}, map[string]request{}, map[*Instance]int{}}
}

// count keeps by up to date.
func (a *asked) count(in *Instance, more int) {
	if a.by[in] += more; a.by[in] == 0 {
		delete(a.by, in)
	}
}

// only reports whether nobody else than in has asked for anything.
func (a *asked) only(in *Instance) bool { return len(a.by) == 0 || len(a.by) == 1 && a.by[in] > 0 }

// want takes the flows that an owner wants in place of those that it wanted before.
func (a *asked) want(in *Instance, owner string, flows []flow.Flow) {
	var list []request
	for i := range flows {
		if f := &flows[i]; f.Do.ToController() {
			list = append(list, request{in: in, priority: f.Priority, match: f.Match})
		}
	}
	name := in.mod.Name + "/" + owner
	a.count(in, len(list)-len(a.wanted[name]))
	if delete(a.wanted, name); list != nil {
		a.wanted[name] = list
	}
}

// send takes a flow that was sent. One that there is no room for asks for nothing.
func (a *asked) send(in *Instance, f *flow.Flow, now time.Time) {
	asks := f.Do.ToController()
	if !asks && len(a.sent) == 0 {
		return // as is usual, and often
	}
	r := request{in: in, priority: f.Priority, match: f.Match, since: now}
	key := r.key()
	if old, ok := a.sent[key]; ok { // it is replaced, also by one that does not ask
		a.count(old.in, -1)
		delete(a.sent, key)
	}
	if !asks {
		return
	}
	if f.HardTimeout > 0 {
		r.until = now.Add(time.Duration(f.HardTimeout) * time.Second)
	}
	if len(a.sent) >= askedMax {
		a.forget(func(_ *Instance, o request) bool { return o.over(now) })
	}
	if len(a.sent) < askedMax {
		a.sent[key] = r
		a.count(in, 1)
	}
}

func (r *request) key() string {
	return string(append([]byte{byte(r.priority >> 8), byte(r.priority)}, r.match.OXM().AppendCanonical(nil)...))
}

func (r *request) over(now time.Time) bool { return !r.until.IsZero() && now.After(r.until) }

// forget forgets sent flows.
func (a *asked) forget(which func(in *Instance, r request) bool) {
	for key, r := range a.sent {
		if which(r.in, r) {
			a.count(r.in, -1)
			delete(a.sent, key)
		}
	}
}

// ended takes what the switch tells of the end of a flow. It was made then, or a little earlier: what was sent later is
// another, in its place.
func (a *asked) ended(priority uint16, m flow.Match, made time.Time) {
	r := request{priority: priority, match: m}
	key := r.key()
	if sent, ok := a.sent[key]; ok && !made.Before(sent.since) {
		a.count(sent.in, -1)
		delete(a.sent, key)
	}
}

// claimant is the module whose flow has sent a packet with these fields, nil if none is known.
func (a *asked) claimant(fields flow.Match, now time.Time) *Instance {
	var best request
	look := func(r request) {
		if (best.in == nil || r.priority > best.priority) && !r.over(now) && r.match.Covers(fields) {
			best = r
		}
	}
	for _, list := range a.wanted {
		for _, r := range list {
			look(r)
		}
	}
	for _, r := range a.sent {
		look(r)
	}
	return best.in
}
