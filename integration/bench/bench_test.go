package bench

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

const (
	tableL2     = 30
	networkSize = 1000
	latencyRuns = 200
	manyPorts   = 1000
	askPause    = 200 * time.Microsecond // between two questions to the switch
)

// asker is a second OpenFlow connection to the switch, which asks for flows.
type asker struct {
	s *coroutine.Scheduler
	x *ofconn.Session
}

func newAsker(b *testing.B, r *rig) *asker {
	b.Helper()
	a := &asker{s: coroutine.New(coroutine.Options{})}
	up := make(chan *ofconn.Session, 1)
	a.s.Go("asker", func(co *coroutine.Co) error {
		return ofconn.Dial(co, netio.NewDialer(a.s), r.sw.OpenFlow("br-int"), ofconn.Options{
			OnUp: func(x *ofconn.Session) { up <- x }})
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.s.Run(ctx) }()
	b.Cleanup(func() { cancel(); <-ended })
	a.x = <-up
	return a
}

// awaitMAC returns when the switch has an L2 flow to this address.
func (a *asker) awaitMAC(mac model.MAC) {
	found := make(chan error, 1)
	_ = a.s.Post(func() {
		a.s.Go("await", func(co *coroutine.Co) error {
			for {
				parts, err := a.x.Multipart(co, &of13.FlowStatsRequest{Table: tableL2, OutPort: of13.PortAny,
					OutGroup: of13.AnyGroup, Match: of13.Match{Fields: oxm.Match(nil).MAC(oxm.EthDst, mac)}})
				if err != nil || len(parts[0].(*of13.FlowStatsReply).Flows) > 0 {
					found <- err
					return err
				}
				if err := co.Sleep(askPause); err != nil {
					return err
				}
			}
		})
	})
	if err := <-found; err != nil {
		panic(err)
	}
}

// From the commit of a port's definition to its flow in the switch, in a network of 1,000 ports. The interface is there
// already, as when an operator defines a port for a guest that is waiting.
func BenchmarkCommitToFlow(b *testing.B) {
	r := newRig(b)
	r.define("blue", "10.0.0.0/16", "far", networkSize)
	r.bindElsewhere("blue", "far", 0, networkSize)
	r.attach(append(names("lat", latencyRuns), "anchor")...)
	r.definePort("anchor", "blue", model.MAC{})
	r.await("the network's flows", func() bool {
		s := r.status()
		return s.Flows.Installed > networkSize &&
			s.Flows.Pending == 0
	})
	ask := newAsker(b, r)
	var took, committed []time.Duration
	for i := range latencyRuns {
		mac := model.MAC{0x0a, 0xbe, 0, 0, byte(i >> 8), byte(i)}
		began := time.Now()
		r.definePort(fmt.Sprintf("lat%d", i), "blue", mac)
		committed = append(committed, time.Since(began))
		ask.awaitMAC(mac)
		took = append(took, time.Since(began))
	}
	b.ReportMetric(quantile(took, 0.5), "ms-p50")
	b.ReportMetric(quantile(took, 0.99), "ms-p99")
	b.ReportMetric(quantile(took, 1), "ms-max")
	b.ReportMetric(quantile(committed, 0.5), "ms-commit-p50")
	b.ReportMetric(quantile(committed, 0.99), "ms-commit-p99")
	b.ReportMetric(0, "ns/op")
}

// quantile is in milliseconds.
func quantile(list []time.Duration, q float64) float64 {
	slices.Sort(list)
	return float64(list[int(q*float64(len(list)-1))].Microseconds()) / 1000
}

func (r *rig) definePort(name, network string, mac model.MAC) {
	var c catalog.Changes
	c.Create(&model.Port{Name: name, Network: network, MAC: mac})
	_, err := r.cat.Commit(context.Background(), &c)
	require.NoError(r.b, err)
}

// 1,000 ports defined in one commit and attached in one transaction, from before both to all flows in the switch. What
// Open vSwitch itself needs to make 1,000 interfaces is measured beside it, on a bridge that nobody controls.
func BenchmarkThousandPorts(b *testing.B) {
	r := newRig(b)
	ports := names("vm", manyPorts)
	began := time.Now()
	r.define("blue", "10.0.0.0/16", "vm", manyPorts)
	r.attach(ports...)
	attached := time.Since(began)
	r.await("all ports up", r.allUp)
	b.ReportMetric(time.Since(began).Seconds(), "s-total")
	b.ReportMetric(attached.Seconds(), "s-defined-and-attached")
	b.ReportMetric(r.memoryMB("VmRSS"), "MB-resident")
	b.ReportMetric(0, "ns/op")
}

func (r *rig) allUp() bool {
	s := r.status()
	up := 0
	for _, p := range s.Ports {
		if p.State == "up" {
			up++
		}
	}
	return up == manyPorts && s.Flows.Pending == 0
}
