package vswitch

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

const (
	ports      = 4
	pipelines  = 20 // VLCP_TEST_PIPELINES=500 makes 10,000 comparisons
	perPackets = 20
)

// TestModelIsTheSwitch sends random frames through random pipelines, in the model and in Open vSwitch, and compares
// every frame that comes out of every port.
func TestModelIsTheSwitch(t *testing.T) {
	seed, rounds := oracleSeed(t)
	r := newReal(t)
	out := 0
	for i := range rounds {
		g := &gen{Rand: rand.New(rand.NewPCG(seed, uint64(i)))}
		mods, frames := g.pipeline(), g.frames(perPackets)
		r.program(mods)
		r.sw.Appctl("revalidator/purge") // what its caches have of the pipeline before
		want := r.send(frames)
		got := model(t, mods, frames)
		for p := range want {
			require.True(t, slices.Equal(want[p], got[p]), "seed %d, pipeline %d, port %d: %s", seed, i, p,
				r.explain(want[p], got[p], frames))
			out += len(want[p])
		}
	}
	require.Greater(t, out, rounds*perPackets/4, "most frames were dropped: the pipelines test nothing")
	t.Logf("%d frames came out", out)
}

func oracleSeed(t *testing.T) (seed uint64, rounds int) {
	t.Helper()
	seed, rounds = uint64(time.Now().UnixNano()), pipelines
	if text := os.Getenv("VLCP_TEST_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		seed = n
	}
	if n, err := strconv.Atoi(os.Getenv("VLCP_TEST_PIPELINES")); err == nil {
		rounds = n
	}
	t.Logf("VLCP_TEST_SEED=%d", seed)
	return seed, rounds
}

// model is what the model does.
func model(t *testing.T, mods [][]byte, frames []injected) map[uint32][]string {
	t.Helper()
	out := map[uint32][]string{}
	s := New(Options{Now: func() time.Time { return time.Unix(0, 0) }, Emit: func(o Out) {
		out[o.Port] = append(out[o.Port], hex.EncodeToString(o.Frame))
	}})
	for p := range uint32(ports) {
		s.SetPort(Port{Number: p + 1, Name: fmt.Sprintf("p%d", p+1)})
	}
	c := s.Connect(func(msg []byte) {
		m, err := of13.Decode(msg)
		require.NoError(t, err)
		_, refused := m.(*of13.Error)
		require.False(t, refused, "%+v", m)
	})
	for _, m := range mods {
		c.Handle(m)
	}
	for _, f := range frames {
		s.Receive(f.port, f.frame, nil)
	}
	for p := range out {
		slices.Sort(out[p])
	}
	return out
}

// real is an Open vSwitch with dummy ports that record what they send.
type real struct {
	t    *testing.T
	sw   *ovstest.Switch
	nc   net.Conn
	read map[uint32]int64 // of each record
	sent int
}

func newReal(t *testing.T) *real {
	r := &real{t: t, sw: ovstest.Start(t), read: map[uint32]int64{}}
	address := r.sw.Bridge("br0")
	for p := range ports {
		n := fmt.Sprintf("p%d", p+1)
		r.sw.Vsctl("add-port", "br0", n, "--", "set", "interface", n, "type=dummy",
			fmt.Sprintf("ofport_request=%d", p+1), "options:tx_pcap="+r.record(uint32(p+1)))
	}
	nc, err := net.Dial("unix", strings.TrimPrefix(address, "unix:"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = nc.Close() })
	r.nc = nc
	r.write(of13.Encode(&of13.Hello{}))
	return r
}

func (r *real) record(p uint32) string { return filepath.Join(r.sw.Dir, fmt.Sprintf("p%d.pcap", p)) }

func (r *real) write(b []byte) {
	r.t.Helper()
	_, err := r.nc.Write(b)
	require.NoError(r.t, err)
}

// program gives the switch flows and waits until it has them.
func (r *real) program(mods [][]byte) {
	r.t.Helper()
	for _, m := range mods {
		r.write(m)
	}
	r.write(of13.Encode(&of13.BarrierRequest{}))
	head := make([]byte, openflow.HeaderLen)
	for {
		_, err := io.ReadFull(r.nc, head)
		require.NoError(r.t, err)
		body := make([]byte, binary.BigEndian.Uint16(head[2:])-openflow.HeaderLen)
		_, err = io.ReadFull(r.nc, body)
		require.NoError(r.t, err)
		if openflow.MessageType(head) == openflow.TypeHello {
			continue // in the newest version that the switch has
		}
		m, err := of13.Decode(append(slices.Clone(head), body...))
		require.NoError(r.t, err)
		switch m := m.(type) {
		case *of13.BarrierReply:
			return
		case *of13.Error:
			require.Fail(r.t, "refused", "%s code %d: %s", m.Class, m.Code, hex.EncodeToString(m.Data))
		}
	}
}

// send sends frames, and returns what came out of each port. A last frame of each port marks the end: a flow that no
// pipeline touches sends it back.
func (r *real) send(frames []injected) map[uint32][]string {
	r.t.Helper()
	r.sent++
	mark := make([]byte, 60)
	copy(mark, []byte{2, 0xee, 0, 0, 0, 0, 2, 0xee, 0, 0, 0, 1, 0x77, 0x77})
	binary.BigEndian.PutUint32(mark[20:], uint32(r.sent))
	for p := range uint32(ports) {
		args := []string{"netdev-dummy/receive", fmt.Sprintf("p%d", p+1)}
		for _, f := range frames {
			if f.port == p+1 {
				args = append(args, hex.EncodeToString(f.frame))
			}
		}
		if len(args) > 2 {
			r.sw.Appctl(args...)
		}
	}
	for p := range ports { // when all others are in
		r.sw.Appctl("netdev-dummy/receive", fmt.Sprintf("p%d", p+1), hex.EncodeToString(mark))
	}
	out := map[uint32][]string{}
	for p := uint32(1); p <= ports; p++ {
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
			got, marks := r.recorded(p, mark)
			out[p] = append(out[p], got...)
			if marks > 0 {
				break
			}
			require.True(r.t, time.Now().Before(end), "frames did not come out of port %d", p)
		}
	}
	for p := range out {
		got, _ := r.recorded(p, mark) // of a port that was read before another sent to it
		out[p] = append(out[p], got...)
		if slices.Sort(out[p]); len(out[p]) == 0 {
			delete(out, p)
		}
	}
	return out
}

// recorded reads what a port has sent since the last time, from its file in pcap format.
func (r *real) recorded(p uint32, mark []byte) (frames []string, marks int) {
	r.t.Helper()
	b, err := os.ReadFile(r.record(p))
	require.NoError(r.t, err)
	at := max(r.read[p], 24)
	for int64(len(b)) >= at+16 {
		n := int64(binary.NativeEndian.Uint32(b[at+8:]))
		if int64(len(b)) < at+16+n {
			break
		}
		if f := b[at+16 : at+16+n]; bytes.Equal(f, mark) {
			marks++
		} else {
			frames = append(frames, hex.EncodeToString(f))
		}
		at += 16 + n
	}
	r.read[p] = at
	return frames, marks
}

// explain traces a frame that only one of them has.
func (r *real) explain(want, got []string, frames []injected) string {
	count := map[string]int{}
	for _, f := range want {
		count[f]++
	}
	for _, f := range got {
		count[f]--
	}
	for odd, n := range count {
		for _, f := range frames {
			if h := hex.EncodeToString(f.frame); n != 0 && h[len(h)-8:] == odd[len(odd)-8:] {
				return fmt.Sprintf("%d more in Open vSwitch of %s\n%s", n, odd,
					r.sw.Appctl("ofproto/trace", "br0", fmt.Sprintf("in_port=%d", f.port), h))
			}
		}
	}
	return ""
}
