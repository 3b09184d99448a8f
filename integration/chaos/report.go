package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/vlcp-go/vlcp/integration/chaos/probe"
)

// report is what a run came to.
type report struct {
	Seed    uint64   `json:"seed"`
	Seconds float64  `json:"seconds"`
	Trials  []result `json:"trials"`
	Error   string   `json:"error,omitempty"` // that ended it early
}

// result is what one fault came to.
type result struct {
	Fault     string      `json:"fault"`
	Host      string      `json:"host"`
	Count     probe.Count `json:"frames"`
	Starved   int         `json:"starved"` // frames that the kernel threw away because programs got no processor time
	Noticed   float64     `json:"noticed_seconds,omitempty"`
	Converged float64     `json:"converged_seconds"`
	FlowMods  int64       `json:"flow_mods"`
	Ways      []string    `json:"ways,omitempty"` // that lost frames; and the last foreign frame that was on the wire
	Notes     []string    `json:"notes,omitempty"`
	Failed    []string    `json:"failed,omitempty"`
}

func (x result) String() string {
	c := x.Count
	s := fmt.Sprintf("%-24s %-4s lost %d of %d (longest gap %d ms, starved %d), foreign %d, converged %.1f s, "+
		"flow-mods %d", x.Fault, x.Host, c.Lost, c.Sent, c.Gap, x.Starved, c.Foreign, x.Converged, x.FlowMods)
	if x.Noticed > 0 {
		s += fmt.Sprintf(", noticed %.1f s", x.Noticed)
	}
	for _, n := range x.Notes {
		s += "; " + n
	}
	if len(x.Failed) > 0 && len(x.Ways) > 0 {
		s += "\n    " + strings.Join(x.Ways, "\n    ")
	}
	for _, f := range x.Failed {
		s += "\n    FAILED: " + f
	}
	return s
}

func (r *report) failures() (n int) {
	for _, x := range r.Trials {
		n += min(1, len(x.Failed))
	}
	if r.Error != "" {
		n++
	}
	return n
}

// worst are the trials of one fault, as one line.
type worst struct {
	times, failed int
	frames        probe.Count
	starved       int
	noticed, conv float64
	mods          int64 // most of one
}

func (r *report) byFault() (names []string, by map[string]*worst) {
	by = map[string]*worst{}
	for _, x := range r.Trials {
		w := by[x.Fault]
		if w == nil {
			w = &worst{}
			by[x.Fault] = w
			names = append(names, x.Fault)
		}
		w.times++
		w.failed += min(1, len(x.Failed))
		w.frames = w.frames.Add(x.Count)
		w.starved += x.Starved
		w.noticed, w.conv, w.mods = max(w.noticed, x.Noticed), max(w.conv, x.Converged), max(w.mods, x.FlowMods)
	}
	return names, by
}

// text writes a table, a line for each kind of fault with the worst of its trials.
func (r *report) text(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.ReplaceAll("FAULT TIMES FAILED FRAMES LOST STARVED GAP-MS TWICE FOREIGN NOTICED-S "+
		"CONVERGED-S FLOW-MODS", " ", "\t"))
	names, by := r.byFault()
	for _, name := range names {
		w := by[name]
		noticed := "-"
		if w.noticed > 0 {
			noticed = fmt.Sprintf("%.1f", w.noticed)
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%.1f\t%d\n", name, w.times, w.failed, w.frames.Sent,
			w.frames.Lost, w.starved, w.frames.Gap, w.frames.Duplicated, w.frames.Foreign, noticed, w.conv, w.mods)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	var b strings.Builder
	for _, x := range r.Trials {
		for _, f := range x.Failed {
			fmt.Fprintf(&b, "FAILED: %s on %s: %s\n", x.Fault, x.Host, f)
		}
	}
	if r.Error != "" {
		fmt.Fprintf(&b, "FAILED: %s\n", r.Error)
	}
	c, mods := r.total()
	fmt.Fprintf(&b, "seed %d: %d faults in %.0f s, %d failed; %d frames, %d lost, %d twice, %d of another network; "+
		"%d flow-mods\n", r.Seed, len(r.Trials)-1, r.Seconds, r.failures(), c.Sent, c.Lost, c.Duplicated, c.Foreign, mods)
	_, err := io.WriteString(out, b.String())
	return err
}

func (r *report) json(out io.Writer) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
