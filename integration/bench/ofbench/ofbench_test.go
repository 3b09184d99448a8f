package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// responder is a controller that answers each packet, but not every dropEach-th.
func responder(t *testing.T, address string, dropEach int) string {
	t.Helper()
	s := coroutine.New(coroutine.Options{})
	n := 0
	l, err := ofconn.Listen(s, address, ofconn.Options{OnMessage: func(x *ofconn.Session, m openflow.Message) {
		if n++; dropEach > 0 && n%dropEach == 0 {
			return
		}
		switch p := m.(type) {
		case *of10.PacketIn:
			require.NoError(t, x.Send(&of10.FlowMod{Match: of10.MatchAll(), BufferID: of10.NoBuffer}))
			require.NoError(t, x.Send(&of10.PacketOut{BufferID: p.BufferID, Actions: of10.Actions(nil).Output(1, 0),
				Data: unbuffered(p.BufferID, p.Data)}))
		case *of13.PacketIn:
			require.NoError(t, x.Send(&of13.FlowMod{BufferID: p.BufferID}))
			if p.BufferID == of13.NoBuffer {
				require.NoError(t, x.Send(&of13.PacketOut{BufferID: p.BufferID, Actions: of13.Actions(nil).Output(1, 0),
					Data: p.Data}))
			}
		}
	}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	s.Go("hold", func(co *coroutine.Co) error { return co.Sleep(time.Hour) })
	go func() { _ = s.Run(ctx); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended; _ = l.Close() })
	return netio.Address{Network: l.Addr().Network(), Addr: l.Addr().String()}.String()
}

func unbuffered(buffer uint32, data []byte) []byte {
	if buffer != of10.NoBuffer {
		return nil
	}
	return data
}

func TestEveryAnswerCountsOnce(t *testing.T) {
	for _, address := range []string{"ptcp:0:127.0.0.1", "punix:" + filepath.Join(t.TempDir(), "c")} {
		at := responder(t, address, 0)
		for _, args := range [][]string{{"--version", "1.0"}, {"--version", "1.3"}, {"--version", "1.0", "--buffers"},
			{"--version", "1.3", "--buffers"}} {
			for _, r := range measureJSON(t, append(args, "--address", at+","+at, "--switches", "1,3", "--hosts", "17")) {
				require.Positive(t, r.PacketIns)
				require.Zero(t, r.Lost)
				answers := r.AnswersPer * r.Seconds
				require.InDelta(t, r.PacketIns, answers, float64(64*r.Switches), "but for those in the window at the end")
				if r.Mode == Latency {
					require.InDelta(t, r.PacketIns, answers, float64(r.Switches))
				}
				require.Positive(t, r.P50)
				require.GreaterOrEqual(t, r.P99, r.P50)
				require.InDelta(t, r.FlowMods, answers, 4*float64(r.Switches)+1)
				if r.Buffers && r.Version == "1.3" {
					require.Zero(t, r.PacketOuts)
				} else {
					require.InDelta(t, r.PacketOuts, answers, 1)
				}
			}
		}
	}
}

func measureJSON(t *testing.T, args []string) (out []Result) {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, run(append(args, "--duration", "50ms", "--json"), &text))
	for dec := json.NewDecoder(&text); dec.More(); {
		var r Result
		require.NoError(t, dec.Decode(&r))
		out = append(out, r)
	}
	require.Len(t, out, 4)
	return out
}

func TestLostAnswersAreCounted(t *testing.T) {
	at := responder(t, "ptcp:0:127.0.0.1", 10)
	r, err := Measure(Options{Addresses: []string{at}, Version: openflow.Version13, Mode: Throughput, Switches: 1,
		Hosts: 15, Window: 64, Duration: 100 * time.Millisecond})
	require.NoError(t, err)
	require.InDelta(t, float64(r.PacketIns)/10, r.Lost, 64/10+2)
}

func TestWhatCannotBeMeasured(t *testing.T) {
	for _, args := range [][]string{{"more"}, {"--address", ""}, {"--version", "1.1"}, {"--mode", "fast"},
		{"--switches", "0"}, {"--switches", "x"}, {"--switches", "1000"}, {"--hosts", "1"}, {"--window", "0"},
		{"--duration", "2m"}, {"--address", "ptcp:6653"}, {"--address", "tcp:192.0.2.1:6653"},
		{"--address", "tcp:example.org"}} {
		require.ErrorIs(t, run(args, &bytes.Buffer{}), errUsage, "%v", args)
	}
	_, err := Measure(Options{Addresses: []string{"unix:/nowhere"}, Version: openflow.Version13, Mode: Latency,
		Switches: 1, Hosts: 2, Window: 1, Duration: time.Second})
	require.ErrorContains(t, err, "switch 0")
}

func TestQuantiles(t *testing.T) {
	var h, all histogram
	for i := range 1000 {
		h.note(time.Duration(i+1) * time.Microsecond)
	}
	all.add(&h)
	for q, want := range map[float64]time.Duration{0: time.Microsecond, 0.5: 500 * time.Microsecond,
		0.99: 990 * time.Microsecond} {
		require.InEpsilon(t, want, all.quantile(q), 0.04)
	}
	for _, d := range []time.Duration{0, 1, 31, 32, 63, 64, 65, 1000, time.Hour} {
		require.LessOrEqual(t, lowest(step(d)), d)
		require.Greater(t, lowest(step(d)+1), d)
	}
}
