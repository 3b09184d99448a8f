package bench

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// A network of 10,000 ports on other hosts gets its first port here: how long until that is ready, what it costs the
// agent, and what the switch has then.
func BenchmarkStrategy(b *testing.B) {
	for _, strategy := range []string{model.StrategyPrepush, model.StrategyOnDemand, model.StrategyAuto} {
		b.Run(strategy, func(b *testing.B) {
			r := newRig(b)
			r.fill("net0", 0)
			var c catalog.Changes
			c.Update(model.KindNetwork, "net0", func(o catalog.Object) error {
				o.(*model.Network).Strategy = strategy
				return nil
			})
			_, err := r.cat.Commit(context.Background(), &c)
			require.NoError(b, err)
			before, cpu := r.memoryMB("VmRSS"), r.cpuSeconds()
			began := time.Now()
			r.attach("here0")
			r.await("the port is up", func() bool {
				s := r.status()
				return len(s.Ports) == 1 && s.Ports[0].State == "up" && s.Flows.Pending == 0
			})
			b.ReportMetric(time.Since(began).Seconds(), "s-port-up")
			b.ReportMetric(r.cpuSeconds()-cpu, "s-agent-cpu")
			b.ReportMetric(float64(r.installed()), "flows")
			time.Sleep(returnTime)
			b.ReportMetric(r.memoryMB("VmRSS")-before, "MB-more")
			b.ReportMetric(r.memoryMB("VmHWM"), "MB-peak")
			r.stopAgent()
			began = time.Now()
			r.startAgent()
			b.ReportMetric(time.Since(began).Seconds(), "s-restart")
			b.ReportMetric(float64(r.status().Flows.Sent), "flow-mods-restart")
			b.ReportMetric(0, "ns/op")
		})
	}
}
