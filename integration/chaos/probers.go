package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"time"

	"github.com/vlcp-go/vlcp/integration/chaos/probe"
)

// inFlight is how long a frame may be under way before it counts as lost.
const inFlight = 500 * time.Millisecond

// definitions: blue and green have the same addresses. Ports without a guest are for faults.
const definitions = `
physnets:
  - {name: tenants, type: vxlan, vni: 10000-20000}
networks:
  - {name: blue, physnet: tenants}
  - {name: green, physnet: tenants}
subnets:
  - {name: blue-v4, network: blue, cidr: 10.10.0.0/24, gateway: 10.10.0.1}
  - {name: green-v4, network: green, cidr: 10.10.0.0/24, gateway: 10.10.0.1}
ports:
  - {name: b1, network: blue, ip: 10.10.0.11}
  - {name: b2, network: blue, ip: 10.10.0.12}
  - {name: b3, network: blue, ip: 10.10.0.13}
  - {name: b4, network: blue, ip: 10.10.0.14}
  - {name: b5, network: blue, ip: 10.10.0.15}
  - {name: g1, network: green, ip: 10.10.0.11}
  - {name: g2, network: green, ip: 10.10.0.12}
`

var networks = []string{"blue", "green"}

// pairs are the guests that send to one another, on hv1 and hv2; the index is the network's.
var pairs = [][2]string{{"b1", "b2"}, {"g1", "g2"}}

// probers are the programs in the guests, and the one that looks into the underlay.
type probers struct {
	l      *lab
	guests map[string]*probe.Process
	wire   *probe.Process
}

func newProbers(l *lab) (*probers, error) {
	p := &probers{l: l, guests: map[string]*probe.Process{}}
	for n, pair := range pairs {
		for i, name := range pair {
			c, err := p.config(byte(n), hosts[i], name)
			if err != nil {
				return nil, err
			}
			peer, err := p.config(byte(n), hosts[1-i], pair[1-i])
			if err != nil {
				return nil, err
			}
			c.PeerMAC, c.PeerIP = peer.MAC, peer.IP
			if p.guests[name], err = startProbe(name, c); err != nil {
				return nil, err
			}
		}
	}
	vnis, err := l.vnis()
	if err != nil {
		return nil, err
	}
	p.wire, err = startProbe("underlay", probe.Config{VNIs: vnis})
	return p, err
}

func startProbe(where string, c probe.Config) (*probe.Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.Command("ip", "netns", "exec", where, self)
	command.Env = append(os.Environ(), envRole+"="+roleProbe)
	return probe.Start(c, command)
}

// config has the addresses of a guest, which its host's agent knows.
func (p *probers) config(network byte, host, port string) (c probe.Config, err error) {
	s, err := p.l.status(host)
	if err != nil {
		return c, err
	}
	for _, x := range s.Ports {
		if x.ID != port || len(x.IPs) == 0 {
			continue
		}
		c.Network = network
		if c.IP, err = netip.ParseAddr(x.IPs[0]); err != nil {
			return c, err
		}
		return c, c.MAC.UnmarshalText([]byte(x.MAC))
	}
	return c, fmt.Errorf("%s has no port %s with an address", host, port)
}

func (l *lab) vnis() ([]uint32, error) {
	out, err := l.exec("hv1", "vlcp-coordinator", "network", "list", "-o", "json")
	if err != nil {
		return nil, err
	}
	var list []struct {
		Name string
		VNI  uint32
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		return nil, err
	}
	vnis := make([]uint32, len(networks))
	for _, n := range list {
		for i, name := range networks {
			if n.Name == name {
				vnis[i] = n.VNI
			}
		}
	}
	return vnis, nil
}

// mark is where every sender is.
type mark map[string]uint64

func (p *probers) mark() (mark, error) {
	m := mark{}
	for name, g := range p.guests {
		a, err := g.Do(probe.Command{What: "sent"})
		if err != nil {
			return nil, err
		}
		m[name] = a.Sent
	}
	return m, nil
}

// count says what became of all frames since a mark, and of each way that lost some. Foreign frames are those since the
// start.
func (p *probers) count(from mark) (c probe.Count, ways []string, err error) {
	to, err := p.mark()
	if err != nil {
		return c, nil, err
	}
	time.Sleep(inFlight)
	for _, pair := range pairs {
		for i, sender := range pair {
			a, err := p.guests[pair[1-i]].Do(probe.Command{What: "count", From: from[sender], To: to[sender]})
			if err != nil {
				return c, nil, err
			}
			if c = c.Add(a.Count); a.Count.Lost > 0 {
				ways = append(ways, fmt.Sprintf("%s to %s: %d lost, longest gap %d ms", sender, pair[1-i], a.Count.Lost,
					a.Count.Gap))
			}
		}
	}
	a, err := p.wire.Do(probe.Command{})
	c.Foreign += a.Count.Foreign
	if a.Sample != "" {
		ways = append(ways, a.Sample)
	}
	return c, ways, err
}

func (p *probers) stop() {
	for _, g := range p.guests {
		g.Stop()
	}
	p.wire.Stop()
}

// starved is probe.Starved of all guests and hosts.
func (p *probers) starved() int {
	var out [][]byte
	for _, ns := range append([]string{"b1", "b2", "g1", "g2"}, hosts...) {
		text, _ := exec.Command("ip", "netns", "exec", ns, "ss", "-0", "-a", "-m", "-H").Output()
		out = append(out, text)
	}
	for _, host := range hosts {
		for _, bridge := range []string{"br-int", "br-phy"} {
			text, _ := exec.Command("ovs-ofctl", "dump-ports", switchOf(host, bridge)).Output()
			out = append(out, text)
		}
	}
	return probe.Starved(out...)
}
