package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/ovsctl"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/model"
)

// versionMin is the oldest Open vSwitch that has all that flows need.
const versionMin = "2.13"

// older compares the numbers of versions.
func older(a, than string) bool {
	x, y := strings.Split(a, "."), strings.Split(than, ".")
	for i := range y {
		var n int
		if i < len(x) {
			n, _ = strconv.Atoi(x[i]) // no number counts as 0
		}
		if m, _ := strconv.Atoi(y[i]); n != m {
			return n < m
		}
	}
	return false
}

func (r *Report) bridge(cfg config.Config, f ovsctl.Facts) {
	name := "bridge " + cfg.OVS.Bridge
	if !f.Bridge {
		r.ok(name, "not there; the agent creates it")
		return
	}
	if f.FailMode != "secure" {
		r.warn(Check{Name: name, Found: fmt.Sprintf("fail mode %q", f.FailMode),
			Why: "without an agent such a bridge joins the networks of all tenants after some seconds",
			Fix: "start the agent, which sets it, or: ovs-vsctl set-fail-mode " + cfg.OVS.Bridge + " secure"})
	} else {
		r.ok(name, "fail mode secure")
	}
	if len(f.Controllers) > 0 {
		r.fail(Check{Name: name + ", controllers", Found: strings.Join(f.Controllers, " "), Why: "another controller " +
			"changes flows too", Fix: "ovs-vsctl del-controller " + cfg.OVS.Bridge + ", or give the agent another bridge"})
	}
	if path, ok := strings.CutPrefix(cfg.OpenFlowAddress(), "unix:"); ok {
		c, err := net.DialTimeout("unix", path, checkTimeout)
		if err != nil {
			r.fail(Check{Name: name + ", OpenFlow", Found: err.Error(), Why: "the agent programs the bridge over it",
				Fix: "is ovs-vswitchd running, and this command as root? Else set ovs.openflow"})
			return
		}
		_ = c.Close() // nothing was written
		r.ok(name+", OpenFlow", path)
	}
}

// KernelDatapath reports whether the kernel has the datapath of Open vSwitch, loaded or built in.
func KernelDatapath() bool {
	_, err := os.Stat("/sys/module/openvswitch")
	return err == nil
}

func (r *Report) datapath(cfg config.Config, f ovsctl.Facts, env Env) {
	kind := cfg.OVS.DatapathType
	if f.Bridge {
		kind = f.DatapathType
	}
	switch {
	case kind == "netdev" && env.KernelDatapath():
		r.ok("datapath", "in userspace, though the kernel has one")
	case kind == "netdev":
		r.ok("datapath", "in userspace; the kernel has none")
	case kind != "" && kind != "system":
		r.ok("datapath", kind)
	case env.KernelDatapath():
		r.ok("datapath", "in the kernel")
	default:
		r.fail(Check{Name: "datapath", Found: "the kernel module openvswitch is not loaded",
			Why: "a bridge of this type forwards nothing without it",
			Fix: "modprobe openvswitch; or set ovs.datapath_type to netdev, and delete the bridge if it is there"})
	}
}

// userspaceTunnel: the datapath in userspace sends tunnelled frames by its own ports only, not by the kernel's routes.
func (r *Report) userspaceTunnel(ctx context.Context, cfg config.Config, f ovsctl.Facts, local netip.Addr) {
	netdev := f.DatapathType == "netdev" || !f.Bridge && cfg.OVS.DatapathType == "netdev"
	dev := interfaceOf(local)
	if !netdev || dev == nil {
		return
	}
	has, err := bounded(ctx, func(ctx context.Context) (bool, error) {
		return ovsctl.HasInterface(ctx, cfg.OVS.DB, dev.Name)
	})
	if err != nil || has {
		return // without an answer other checks have failed
	}
	r.warn(Check{Name: "userspace tunnels", Found: dev.Name + " is not an interface of Open vSwitch",
		Why: "the datapath in userspace reaches other hosts by its own bridges only",
		Fix: "put the network card on a bridge with datapath_type=netdev, and the tunnel's address on that bridge"})
}

// overhead is what a tunnel between addresses of this family adds, in bytes.
func overhead(local netip.Addr) int {
	if local.Is6() {
		return model.VXLANOverhead + model.IPv6Overhead
	}
	return model.VXLANOverhead
}

const mtuUsual = 1500 // of the tunnels' network, for which networks get their MTU unless told otherwise

// tunnel checks this end, and returns its address.
func (r *Report) tunnel(cfg config.Config) netip.Addr {
	addr, err := cfg.TunnelAddress()
	if err != nil {
		r.fail(Check{Name: "tunnel address", Found: err.Error(), Why: "the other hosts send to it",
			Fix: "set tunnel.address or tunnel.interface to what the other hosts reach"})
		return netip.Addr{}
	}
	dev := interfaceOf(addr)
	switch {
	case dev == nil:
		r.fail(Check{Name: "tunnel address", Found: addr.String() + " is on no interface of this host",
			Why: "what the other hosts send to it does not arrive", Fix: "correct tunnel.address, or give it to an interface"})
		return netip.Addr{}
	case dev.Flags&net.FlagUp == 0:
		r.fail(Check{Name: "tunnel address", Found: dev.Name + " is down", Why: "the other hosts cannot be reached",
			Fix: "ip link set " + dev.Name + " up"})
	default:
		r.ok("tunnel address", addr.String()+" on "+dev.Name)
	}
	if dev.MTU < mtuUsual {
		r.warn(Check{Name: "MTU", Found: fmt.Sprintf("%s has %d", dev.Name, dev.MTU),
			Why: fmt.Sprintf("a tunnel adds %d bytes; large frames of networks with the usual MTU are lost", overhead(addr)),
			Fix: fmt.Sprintf("raise it to %d or more, or give networks an MTU of %d", mtuUsual, dev.MTU-overhead(addr))})
	} else {
		r.ok("MTU", fmt.Sprintf("%s has %d, networks can have %d", dev.Name, dev.MTU, dev.MTU-overhead(addr)))
	}
	return addr
}

func interfaceOf(addr netip.Addr) *net.Interface {
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for _, i := range all {
		addrs, _ := i.Addrs() // an interface may have gone since
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr() == addr {
				return &i
			}
		}
	}
	return nil
}

const (
	peersMax     = 20 // that are tried
	refusalWait  = 100 * time.Millisecond
	refusedMax   = 2 * time.Second                    // in which who refuses is asked again: it may just have started
	vxlanProbe   = "\x00\x00\x00\x00\x00\x00\x00\x00" // a header without the I flag, which is ignored (RFC 7348 section 5)
	peersMaxText = "more hosts were not tried"
)

// peers sends to the tunnel port of the other hosts. There is no answer to a tunnel, but a closed port or a missing
// route is reported back.
func (r *Report) peers(cfg config.Config, local netip.Addr, hosts []model.Host) {
	tried, until := 0, time.Now().Add(refusedMax)
	for _, h := range hosts {
		if h.Tunnel == local || !h.Tunnel.IsValid() {
			continue
		}
		if tried++; tried > peersMax {
			r.ok("tunnels", peersMaxText)
			return
		}
		name := "tunnel to " + h.Name
		if h.Tunnel.Is6() != local.Is6() {
			r.fail(Check{Name: name, Found: fmt.Sprintf("its tunnel address %s and ours, %s, are not of one family", h.Tunnel,
				local), Why: "neither reaches the other", Fix: "set tunnel.address on both to addresses of IPv4, or of IPv6"})
			continue
		}
		if err := probeUntil(until, local, netip.AddrPortFrom(h.Tunnel, uint16(cfg.Tunnel.DstPort))); err != nil {
			r.fail(Check{Name: name, Found: err.Error(), Why: "frames for ports on that host are lost",
				Fix: fmt.Sprintf("route and firewall must let UDP port %d through both ways; on that host run vlcp-agent doctor",
					cfg.Tunnel.DstPort)})
			continue
		}
		r.ok(name, fmt.Sprintf("nothing refuses UDP to port %d of %s", cfg.Tunnel.DstPort, h.Tunnel))
	}
}

// probeUntil is probe, again and again while there is time and the port is closed.
func probeUntil(until time.Time, local netip.Addr, to netip.AddrPort) error {
	for {
		err := probe(local, to)
		if !errors.Is(err, syscall.ECONNREFUSED) || time.Now().After(until) {
			return err
		}
		time.Sleep(refusalWait)
	}
}

func probe(local netip.Addr, to netip.AddrPort) error {
	c, err := net.DialUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0)), net.UDPAddrFromAddrPort(to))
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // nothing is lost
	if _, err := c.Write([]byte(vxlanProbe)); err != nil {
		return err
	}
	_ = c.SetReadDeadline(time.Now().Add(refusalWait)) // a UDP socket takes it
	_, err = c.Read(make([]byte, 1))
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EHOSTUNREACH) {
		return err
	}
	return nil
}

func (r *Report) agent(ctx context.Context, env Env) {
	s, err := bounded(ctx, func(ctx context.Context) (*status.Status, error) { return env.Status(ctx) })
	if err != nil {
		r.warn(Check{Name: "agent", Found: err.Error(), Why: "flows stay as they are until it runs",
			Fix: "systemctl enable --now vlcp-agent"})
		return
	}
	for _, p := range s.Problems {
		r.warn(Check{Name: "agent, " + p.Code, Found: p.Object + ": " + p.Message, Why: "the agent reports it",
			Fix: "as it says"})
	}
	if !s.Ready {
		r.warn(Check{Name: "agent", Found: "not ready", Why: "the switch does not have all flows yet",
			Fix: "systemctl status vlcp-agent says what it waits for"})
	} else if len(s.Problems) == 0 {
		r.ok("agent", fmt.Sprintf("%s, ready, %d ports, %d flows", s.Version, len(s.Ports), s.Flows.Installed))
	}
}
