package pkg

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/integration/chaos/probe"
)

const (
	roleProbe = "probe"                // first argument of the test's program that makes it a prober
	lead      = 500 * time.Millisecond // of traffic before and after what is done meanwhile
	inFlight  = 500 * time.Millisecond // after which a frame that did not come is lost
	settled   = 20                     // frames without loss, each way, before counting starts
	sentMin   = 100                    // frames each way: a tenth of those that lead alone would be
)

// way is the traffic from one guest to the other.
type way struct {
	name         string
	sender       *probe.Process
	receiver     *probe.Process
	from, to     uint64 // numbers of frames, from ≤ n < to
	start, ended time.Time
}

// prober sends a frame a millisecond each way between web1 and web2 while something is done, and requires that none of
// them is lost, and none comes twice. Where a machine is short of processor time a program sends fewer, so the rate is
// logged, and those that a full buffer threw away, of both ways together, are logged and do not count.
//
//	host1, netns web1: packet socket ◄── br-int ── tunnel ── br-int ──► packet socket: host2, netns web2
func (p *pair) prober(while func()) {
	p.t.Helper()
	guests := map[string]probe.Config{"web1": p.addresses("web1"), "web2": p.addresses("web2")}
	one := p.host1.probe("web1", guests["web1"], guests["web2"])
	two := p.host2.probe("web2", guests["web2"], guests["web1"])
	defer one.Stop()
	defer two.Stop()
	ways := []*way{{name: "web1 to web2", sender: one, receiver: two}, {name: "web2 to web1", sender: two, receiver: one}}
	for _, w := range ways {
		w.begin(p.t)
	}
	starved := p.starved()
	time.Sleep(lead)
	start := time.Now()
	while()
	took := time.Since(start)
	time.Sleep(lead)
	for _, w := range ways {
		w.to, w.ended = ask(p.t, w.sender, probe.Command{What: "sent"}).Sent, time.Now()
	}
	time.Sleep(inFlight)
	starved = max(0, p.starved()-starved)
	lost := 0
	for _, w := range ways {
		c := ask(p.t, w.receiver, probe.Command{What: "count", From: w.from, To: w.to}).Count
		seconds := w.ended.Sub(w.start).Seconds()
		p.t.Logf("prober, %s: %d sent, %d lost (starved, both ways: %d), in %.1f s: %.0f frames/s; what was done "+
			"meanwhile took %.1f s", w.name, c.Sent, c.Lost, starved, seconds, float64(c.Sent)/seconds, took.Seconds())
		lost += c.Lost
		require.GreaterOrEqual(p.t, c.Sent, sentMin, w.name)
		require.Equal(p.t, probe.Count{Sent: c.Sent, Lost: c.Lost, Gap: c.Gap}, c, w.name)
	}
	require.LessOrEqual(p.t, lost, starved, "frames lost, both ways")
}

// starved is probe.Starved of both machines and their guests.
func (p *pair) starved() int {
	p.t.Helper()
	text := func(m *machine, guest string) []byte {
		return []byte(m.run("ss -0 -a -m -H; ip netns exec " + guest + " ss -0 -a -m -H; " +
			"for b in $(ovs-vsctl list-br); do ovs-ofctl dump-ports $b; done"))
	}
	return probe.Starved(text(p.host1, "web1"), text(p.host2, "web2"))
}

// addresses are those of a port as the coordinator gave them.
func (p *pair) addresses(port string) (c probe.Config) {
	p.t.Helper()
	var x struct {
		MAC model.MAC
		IP  netip.Addr
	}
	out := p.host1.run("vlcp-coordinator port show " + port + " -o json")
	require.NoError(p.t, json.Unmarshal([]byte(out), &x), out)
	require.True(p.t, x.IP.IsValid() && x.MAC != model.MAC{}, out)
	return probe.Config{MAC: x.MAC, IP: x.IP}
}

// probe starts this program as the prober in the namespace of a guest. It ends with the test, whose pipe it reads.
func (m *machine) probe(netns string, guest, peer probe.Config) *probe.Process {
	m.t.Helper()
	guest.PeerMAC, guest.PeerIP = peer.MAC, peer.IP
	self, err := os.Executable()
	require.NoError(m.t, err)
	p, err := probe.Start(guest, exec.Command("nsenter", fmt.Sprintf("--net=/proc/%d/root/run/netns/%s", m.pid, netns),
		self, roleProbe))
	require.NoError(m.t, err)
	return p
}

// begin waits until the frames arrive, and takes the number from which on they count.
func (w *way) begin(t *testing.T) {
	t.Helper()
	eventually(t, func() bool {
		from := ask(t, w.sender, probe.Command{What: "sent"}).Sent
		time.Sleep(inFlight / 2)
		c := ask(t, w.receiver, probe.Command{What: "count", From: from, To: from + settled}).Count
		return c.Lost == 0
	}, "%s: frames do not arrive", w.name)
	w.from, w.start = ask(t, w.sender, probe.Command{What: "sent"}).Sent, time.Now()
}

func ask(t *testing.T, p *probe.Process, c probe.Command) probe.Answer {
	t.Helper()
	a, err := p.Do(c)
	require.NoError(t, err)
	return a
}
