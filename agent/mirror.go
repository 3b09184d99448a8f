package agent

import (
	"cmp"
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/sorted"
)

// addMirrors adds the mirrors that copy to some ports to owners.
func (a *Agent) addMirrors(owners map[string]bool, is func(to string) bool) {
	a.view.MirrorEnds.Each(func(name string, m model.Mirror) {
		if is(m.To) {
			owners["mirror/"+name] = true
		}
	})
}

// mirrorStatus lists the mirrors that copy from a port here, or to one.
func (a *Agent) mirrorStatus() []status.Mirror {
	var out []status.Mirror
	add := func(m model.Mirror) {
		_, from := a.view.Local(m.From)
		_, to := a.view.Local(m.To)
		if !from && !to {
			return
		}
		s := status.Mirror{Name: m.Name, From: m.From, To: m.Target(), Direction: m.Direction, VNI: m.VNI,
			State: status.MirrorReceiving}
		if from {
			s.State, s.Host = a.mirrorState(&m)
		}
		out = append(out, s)
	}
	a.view.Mirrors.Each(func(_ string, m model.Mirror) { add(m) })
	a.view.MirrorEnds.Each(func(name string, m model.Mirror) {
		if _, both := a.view.Mirrors.Peek(name); !both {
			add(m)
		}
	})
	sorted.Func(out, func(x, y status.Mirror) int { return cmp.Compare(x.Name, y.Name) })
	return out
}

// mirrorState says what becomes of the copies of a port here, and which other host gets them.
func (a *Agent) mirrorState(m *model.Mirror) (state, host string) {
	p, here := a.view.Places.Peek(m.From)
	to, there := a.view.Places.Peek(m.To)
	switch {
	case !here || p.OFPort == 0 || p.Host != "":
		return status.MirrorIdle, ""
	case m.Remote.IsValid():
		return a.tunnelState(m.Remote), ""
	case !there:
		return status.MirrorNoTarget, ""
	case to.Host == "":
		return status.MirrorCopying, ""
	}
	h, _ := a.view.Hosts.Peek(to.Host)
	return a.tunnelState(h.Tunnel), a.nameOf(to.Host)
}

// tunnelState says whether copies can be sent to a tunnel address.
func (a *Agent) tunnelState(to netip.Addr) string {
	if a.ports.tunnelPort() == 0 || !to.IsValid() || to.Is6() != a.tunnel.Is6() {
		return status.MirrorNoTunnel
	}
	return status.MirrorCopying
}

// tooLarge says whether large copies are lost on their way through the tunnel. Of a network in tunnels it is said of
// that, see mtuProblems.
func (a *Agent) tooLarge(m *status.Mirror) string {
	from, _ := a.view.Places.Peek(m.From)
	_, toPort := a.view.Port(m.To)
	if m.State != status.MirrorCopying || toPort && m.Host == "" || a.tunnelled(from.Network) || a.link.MTU == 0 {
		return ""
	}
	n, _ := a.view.Networks.Peek(from.Network)
	need := n.MTU + model.VXLANOverhead
	if a.tunnel.Is6() {
		need += model.IPv6Overhead
	}
	if need <= a.link.MTU {
		return ""
	}
	return fmt.Sprintf("the interface of the tunnels, %s, has MTU %d, and copies of network %s need %d, so large ones "+
		"are lost: ip link set %s mtu %d, or copy to a port on the same host", a.link.Name, a.link.MTU, n.Name, need,
		a.link.Name, need)
}

// mirrorProblems says which copies are lost.
func (a *Agent) mirrorProblems(s *status.Status, add addProblem) {
	for _, m := range s.Mirrors {
		if text := a.tooLarge(&m); text != "" {
			add("mirror_mtu", m.Name, "%s", text)
		}
		switch m.State {
		case status.MirrorNoTarget:
			add("mirror_no_target", m.Name, "port %s, which gets the copies of %s, is on no host, or down, so there are none: "+
				"attach it, or vlcp-coordinator mirror delete %s", m.To, m.From, m.Name)
		case status.MirrorNoTunnel:
			add("mirror_no_tunnel", m.Name, "there is no tunnel from here to %s, which gets the copies of %s, so there are "+
				"none: see that both have tunnel addresses of the same family", cmp.Or(m.Host, m.To), m.From)
		}
	}
}
