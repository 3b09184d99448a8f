package reconcile

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/vlcp-go/vlcp/common/memtest"
)

// BenchmarkKept: what a set keeps for a flow that is wanted and installed (B/flow), beside the Flow itself, which is
// its rule's.
func BenchmarkKept(b *testing.B) {
	const size = 100_000
	flows := make([]*Flow, size)
	for i := range flows {
		flows[i] = flow(fmt.Sprintf("\x1e%032d", i), "port/a", 1)
	}
	ours := func(uint64) bool { return true }
	var kept uint64
	for b.Loop() {
		b.StopTimer()
		before := memtest.InUse()
		b.StartTimer()
		s := New()
		for _, f := range flows {
			s.Put(f)
		}
		s.BeginInstalled(ours)
		for _, f := range flows {
			s.Found([]byte(f.Key), f.Cookie, []byte(f.Instr))
		}
		s.EndInstalled()
		if n := len(s.Plan()); n != 0 {
			b.Fatal("flows that are right would be sent: ", n)
		}
		b.StopTimer()
		s.dirty = nil // as after a while
		kept = memtest.InUse() - before
		runtime.KeepAlive(s)
		b.StartTimer()
	}
	b.ReportMetric(float64(kept)/size, "B/flow")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/size, "ns/flow")
}
