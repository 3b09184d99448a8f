package main

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow"
)

// Mode is how packets are sent.
type Mode string

// The modes.
const (
	Latency    Mode = "latency"
	Throughput Mode = "throughput"
)

// Times.
const (
	setupTimeout = 10 * time.Second // of a switch, until its hosts are learned
	answerWait   = 2 * time.Second  // after which a packet is taken for lost
)

// Options of a measurement.
type Options struct {
	Addresses []string // of one controller, or of some that share the switches
	Version   openflow.Version
	Mode      Mode
	Switches  int
	Hosts     int // of each switch
	Window    int // packets outstanding of each switch in throughput mode
	Duration  time.Duration
	Buffers   bool
}

// Result of a measurement. A response is a flow-mod or a packet-out, an answer is what takes care of one packet-in.
type Result struct {
	Version      string  `json:"version"`
	Transport    string  `json:"transport"`
	Mode         Mode    `json:"mode"`
	Switches     int     `json:"switches"`
	Buffers      bool    `json:"buffers"`
	Seconds      float64 `json:"seconds"`
	PacketIns    uint64  `json:"packet_ins"`
	FlowMods     uint64  `json:"flow_mods"`
	PacketOuts   uint64  `json:"packet_outs"`
	Lost         uint64  `json:"lost"` // packet-ins without an answer
	ResponsesPer float64 `json:"responses_per_second"`
	AnswersPer   float64 `json:"answers_per_second"`
	P50          float64 `json:"p50_us"` // from packet-in to its answer
	P99          float64 `json:"p99_us"`
}

// String is a line for people.
func (r *Result) String() string {
	return fmt.Sprintf("%s %-4s %-10s %2d switches: %7.0f responses/s %7.0f answers/s  p50 %6.0f µs  p99 %6.0f µs  "+
		"lost %d", r.Version, r.Transport, r.Mode, r.Switches, r.ResponsesPer, r.AnswersPer, r.P50, r.P99, r.Lost)
}

// Measure connects switches, has the controller learn their hosts, and measures.
func Measure(o Options) (*Result, error) {
	at, err := o.check()
	if err != nil {
		return nil, err
	}
	switches := make([]*fakeSwitch, o.Switches)
	defer func() {
		for _, s := range switches {
			if s != nil {
				_ = s.nc.Close()
			}
		}
	}()
	for i := range switches {
		if switches[i], err = connect(at[i*len(at)/len(switches)], &o, i); err != nil {
			return nil, fmt.Errorf("switch %d: %w", i, err)
		}
	}
	if err := each(switches, (*fakeSwitch).learn); err != nil {
		return nil, err
	}
	began := time.Now()
	err = each(switches, func(s *fakeSwitch) error { return s.measure(began.Add(o.Duration)) })
	if err != nil {
		return nil, err
	}
	return result(&o, at[0], switches, time.Since(began)), nil
}

// each runs f for every switch at the same time.
func each(switches []*fakeSwitch, f func(*fakeSwitch) error) error {
	errs := make([]error, len(switches))
	var wg sync.WaitGroup
	for i, s := range switches {
		wg.Go(func() {
			if err := f(s); err != nil {
				errs[i] = fmt.Errorf("switch %d: %w", i, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func result(o *Options, a netio.Address, switches []*fakeSwitch, took time.Duration) *Result {
	r := &Result{Version: o.Version.String(), Transport: a.Network, Mode: o.Mode, Switches: o.Switches,
		Buffers: o.Buffers, Seconds: took.Seconds()}
	var all histogram
	answers := uint64(0)
	for _, s := range switches {
		r.PacketIns += s.sent
		r.FlowMods += s.flowMods
		r.PacketOuts += s.packetOuts
		r.Lost += s.lost
		answers += s.answers
		all.add(&s.ages)
	}
	r.ResponsesPer = float64(r.FlowMods+r.PacketOuts) / r.Seconds
	r.AnswersPer = float64(answers) / r.Seconds
	r.P50, r.P99 = all.quantile(0.5).Seconds()*1e6, all.quantile(0.99).Seconds()*1e6
	return r
}
