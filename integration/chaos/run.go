package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/integration/chaos/probe"
)

// faults are all, in the order of the first round.
var faults = slices.Concat(agentFaults, storeFaults, switchFaults, loadFaults)

// peace is how long the agent remembers who changed a flow, and a little more.
const peace = 130 * time.Second

const (
	apart   = 12  // trials, which most often take as long as that
	redraws = 100 // before one waits
)

// spoilt is when a contested fault happened last; never is the zero value.
type spoilt struct {
	trial int
	at    time.Time
}

// lately reports whether that is less than apart trials before number i.
func (s spoilt) lately(i int) bool { return !s.at.IsZero() && i-s.trial < apart }

// run is one run.
type run struct {
	l      *lab
	p      *probers
	random *rand.Rand        // for what happens where; each trial has one of its own for the rest
	log    io.Writer         // a line about each trial
	spoilt map[string]spoilt // when a contested fault happened to a host
	slack  float64           // times are limited to so many times the limits; 0: once
	report report
}

// start brings up the lab with the guests, which send.
func start(root string, seed uint64, log io.Writer) (*run, error) {
	l, err := newLab(root)
	if err != nil {
		return nil, err
	}
	r := &run{l: l, random: rand.New(rand.NewPCG(seed, 0)), log: log,
		spoilt: map[string]spoilt{}, report: report{Seed: seed}}
	if _, err := l.command(definitions, "exec", "hv1", "vlcp-coordinator", "apply", "-f", "-"); err != nil {
		return nil, err
	}
	for _, pair := range pairs {
		for i, guest := range pair {
			if err := l.run("guest", hosts[i], guest); err != nil {
				return nil, err
			}
		}
	}
	if err := l.coordinator("wait"); err != nil {
		return nil, err
	}
	r.p, err = newProbers(l)
	return r, err
}

// all has every fault happen once on a host by chance, then faults by chance, until the time is over or there are no
// more to be had. The first round is complete in any case.
func (r *run) all(ctx context.Context, list []fault, length time.Duration) error {
	began := time.Now()
	defer func() { r.report.Seconds = time.Since(began).Seconds() }()
	if err := r.quiet(); err != nil {
		return err
	}
	for i := 0; i < len(list) || time.Since(began) < length; i++ {
		f, host := r.next(ctx, list, i)
		if ctx.Err() != nil {
			return nil
		}
		if err := r.try(f, host); err != nil {
			return err
		}
		if f.contested {
			r.spoilt[host] = spoilt{i, time.Now()}
		}
	}
	return nil
}

// next is what happens where as number i: each fault once, which changes few flows twice, then faults by chance. The
// seed alone decides, whatever the time, so that a run can be had again.
func (r *run) next(ctx context.Context, list []fault, i int) (fault, string) {
	draw := func() (fault, string) { return list[r.random.IntN(len(list))], hosts[r.random.IntN(2)] }
	f, host := draw()
	if i < len(list) {
		return list[i], host
	}
	for n := 0; f.contested && r.spoilt[host].lately(i) && n < redraws; n++ {
		f, host = draw()
	}
	if f.contested {
		select {
		case <-time.After(peace - time.Since(r.spoilt[host].at)):
		case <-ctx.Done():
		}
	}
	return f, host
}

// quiet is the trial of nothing at all: what the machine itself costs.
func (r *run) quiet() error {
	return r.try(fault{"none", "nothing", harmless(converged), func(t *trial) error {
		time.Sleep(3 * time.Second)
		t.gone()
		return nil
	}, false}, hosts[0])
}

// try has a fault happen. The error is one that nothing can go on after.
func (r *run) try(f fault, host string) error {
	t := &trial{l: r.l, p: r.p, random: rand.New(rand.NewPCG(r.report.Seed, uint64(len(r.report.Trials))+1)), host: host,
		slack: max(r.slack, 1), noticed: -1, base: map[string]sent{}}
	starved := r.p.starved() // before the first frame that counts, and in the end after the last
	before, _, err := r.p.count(mark{})
	if err != nil {
		return err
	}
	from, err := r.p.mark()
	if err != nil {
		return err
	}
	if err := t.account(); err != nil {
		return err
	}
	t.inject()
	t.gone()
	if err := f.do(t); err != nil {
		t.fail("%v", err)
		r.mend()
	}
	settled := t.settle()
	took := time.Since(t.back)
	if settled != nil {
		t.fail("%v", settled)
		return r.broken(f, t, settled)
	}
	if err := t.account(); err != nil {
		return err
	}
	x := result{Fault: f.name, Host: t.host, Converged: took.Seconds(), FlowMods: t.mods, Notes: t.notes}
	if x.Count, x.Ways, err = r.p.count(from); err != nil {
		return err
	}
	x.Count.Foreign -= before.Foreign
	x.Starved = max(0, r.p.starved()-starved)
	if t.noticed >= 0 {
		x.Noticed = t.noticed.Seconds()
	}
	x.Failed = append(t.failed, f.limit.passed(x, t.slack)...)
	r.add(x)
	return nil
}

// mend takes away what an unfinished fault has left.
func (r *run) mend() {
	_ = exec.Command("ip", "netns", "exec", "underlay", "nft", "delete table inet hole").Run()
	_ = r.l.run("up", "--hosts", fmt.Sprint(len(hosts)))
	for _, guest := range []string{"b3", "b4", "b5"} {
		_ = r.l.run("unguest", guest) // most often there is none
	}
}

// broken ends the run: nothing that is counted from here on would mean anything.
func (r *run) broken(f fault, t *trial, why error) error {
	r.add(result{Fault: f.name, Host: t.host, Notes: t.notes, Failed: t.failed})
	return fmt.Errorf("%s: the hosts do not recover: %w", f.name, why)
}

func (r *run) add(x result) {
	r.report.Trials = append(r.report.Trials, x)
	fmt.Fprintln(r.log, x.String())
}

// passed says which limits were; the times, slack times.
func (l limit) passed(x result, slack float64) (out []string) {
	say := func(ok bool, format string, args ...any) {
		if !ok {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	say(x.Count.Foreign == 0, "%d frames of another network", x.Count.Foreign)
	say(x.Count.Duplicated == 0, "%d frames twice", x.Count.Duplicated)
	say(l.lost == noLimit || x.Count.Lost <= l.lost+x.Starved, "%d frames lost, %d of them starved, limit %d",
		x.Count.Lost, x.Starved, l.lost)
	gap := l.gap // a machine without processor time for ovs-vswitchd loses frames in a row
	if l.lost != noLimit {
		gap += x.Starved
	}
	say(l.gap == 0 || x.Count.Gap <= gap, "no frame for %d ms, limit %d", x.Count.Gap, gap)
	say(l.mods == noLimit || x.FlowMods <= l.mods, "%d flow-mods, limit %d", x.FlowMods, l.mods)
	say(l.noticed == 0 || x.Noticed <= slack*l.noticed.Seconds(), "noticed after %.1f s, limit %s", x.Noticed, l.noticed)
	say(x.Converged <= slack*l.converge.Seconds(), "converged after %.1f s, limit %s", x.Converged, l.converge)
	return out
}

// total adds up all trials.
func (r *report) total() (c probe.Count, mods int64) {
	for _, x := range r.Trials {
		c, mods = c.Add(x.Count), mods+x.FlowMods
	}
	return c, mods
}
