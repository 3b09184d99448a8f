package dc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/agent"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/ovsdb"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/vswitch"
)

const (
	bridge     = "br-int"
	tunnelPort = "vxlan0"
	dbAddress  = "unix:/ovs/db.sock"
)

// Host is a hypervisor: a switch, its database, the agent that runs at the moment, and guests.
type Host struct {
	w      *World
	name   string
	addr   netip.Addr
	sw     *vswitch.Switch
	db     *database
	dbUp   bool
	ofUp   bool
	conns  []*conn
	files  files
	away   bool         // the store cannot be reached from here
	agent  *agent.Agent // nil while none runs
	view   *view        // of the store, of the agent that runs
	ofport uint32       // given last
	guests map[uint32]*Guest
}

func newHost(w *World, i int) *Host {
	h := &Host{w: w, name: fmt.Sprintf("hv%d", i+1), addr: address(i), dbUp: true, ofUp: true, files: files{},
		guests: map[uint32]*Guest{}}
	h.sw = vswitch.New(vswitch.Options{DatapathID: uint64(i + 1), Software: "3.1.0", Now: w.clock.Now, Emit: h.emit})
	h.db = newDatabase(w)
	h.db.commit(change{table: "Open_vSwitch", uuid: h.db.newRow(), after: ovsdb.Row{"external_ids": ovsdb.Map{
		"system-id": "id-" + h.name, "hostname": h.name}}})
	return h
}

// boot starts an agent.
func (h *Host) boot() error {
	w := h.w
	cfg := agent.DefaultConfig()
	cfg.OVS.DB, cfg.OVS.Bridge = dbAddress, bridge
	cfg.Tunnel.Address, cfg.Tunnel.Port = h.addr, tunnelPort
	h.view = &view{Store: w.mem, h: h}
	w.agent++
	a, err := agent.New(cfg, agent.Env{
		Clock: w.clock, Seed: w.o.Seed<<20 + uint64(w.agent), Offloader: delayed{w},
		Dialer: func(s *coroutine.Scheduler) netio.Dialer { return &dialer{h: h, s: s} },
		OpenStore: func(view *view) func(context.Context, agent.RedisConfig) (store.Store, error) {
			return func(context.Context, agent.RedisConfig) (store.Store, error) { return view, nil }
		}(h.view),
		Switch: setup{h}, Files: h.files, Logger: w.o.Agents.With(slog.String("on", h.name)),
		Hostname: func() (string, error) { return h.name, nil },
	})
	if err != nil {
		return err
	}
	h.agent = a
	a.Start()
	return nil
}

// kill ends the agent between two of its steps. Its connections end with it; what it sent is on its way.
func (h *Host) kill() {
	if h.agent == nil {
		return
	}
	a := h.agent
	h.agent = nil
	h.view.dead = true
	for _, c := range slices.Clone(h.conns) {
		c.h = netio.Handler{Message: func([]byte) {}, Closed: func(error) {}}
		c.end(errCut)
	}
	a.Scheduler().Abandon()
	a.Close()
}

// delayed runs blocking calls of agents after a moment, and brings the result after another.
type delayed struct{ w *World }

// Offload implements coroutine.Offloader.
func (d delayed) Offload(s *coroutine.Scheduler, work func() func()) {
	d.w.after(d.w.between(50*time.Microsecond, time.Millisecond), func() {
		deliver := work()
		d.w.after(d.w.between(50*time.Microsecond, time.Millisecond), func() { s.Defer(deliver) })
	})
}

// dialer connects an agent to what is on its host.
type dialer struct {
	h *Host
	s *coroutine.Scheduler
}

var errRefused = errors.New("connection refused")

// Dial implements netio.Dialer.
func (d *dialer) Dial(co *coroutine.Co, address string, handler netio.Handler) (netio.Conn, error) {
	h := d.h
	if err := co.Sleep(h.w.between(10*time.Microsecond, time.Millisecond)); err != nil {
		return nil, err
	}
	c := &conn{w: h.w, agent: d.s, h: handler}
	switch {
	case address == dbAddress && h.dbUp:
		c.server = func(b []byte) { h.db.serve(c, b) }
		c.gone = func() { h.db.leave(c); h.forget(c) }
	case strings.HasSuffix(address, bridge+".mgmt") && h.ofUp && h.bridged():
		h.serveOpenFlow(c)
	default:
		return nil, fmt.Errorf("dial %s: %w", address, errRefused)
	}
	h.conns = append(h.conns, c)
	return c, nil
}

func (h *Host) serveOpenFlow(c *conn) {
	control := h.sw.Connect(c.reply)
	c.server = func(b []byte) {
		for len(b) > 0 {
			n, err := openflow.Frame(b)
			if err != nil || n == 0 || n > len(b) {
				h.w.fail("agent of %s sends what is not OpenFlow: %x", h.name, b[:min(len(b), 32)])
				return
			}
			control.Handle(b[:n])
			b = b[n:]
		}
	}
	c.gone = func() { control.Close(); h.forget(c) }
}

func (h *Host) forget(c *conn) {
	h.conns = slices.DeleteFunc(h.conns, func(o *conn) bool { return o == c })
}

// cut ends all connections of the agent, or those to one side.
func (h *Host) cut() {
	for _, c := range slices.Clone(h.conns) {
		c.end(errCut)
	}
}

// setup makes bridge and tunnel port, in place of ovs-vsctl.
type setup struct{ h *Host }

// Ensure implements agent.SwitchSetup.
func (s setup) Ensure(_ context.Context, _ agent.BridgeSetup) error {
	h := s.h
	if !h.dbUp {
		return errRefused
	}
	if !h.bridged() {
		h.db.commit(change{table: "Bridge", uuid: h.db.newRow(), after: ovsdb.Row{"name": bridge, "ports": ovsdb.Set{}}})
	}
	if _, r := h.db.find("Interface", "name", tunnelPort); r == nil {
		h.addPort(tunnelPort, "", true)
	}
	return nil
}

func (h *Host) bridged() bool {
	_, r := h.db.find("Bridge", "name", bridge)
	return r != nil
}

// addPort puts an interface on the bridge, for a port of the network if id is not "", and returns its number.
func (h *Host) addPort(ifname, id string, tunnel bool) uint32 {
	h.ofport++
	number := h.ofport
	ids := ovsdb.Map{}
	if id != "" {
		ids["iface-id"] = id
	}
	iface := ovsdb.Row{"name": ifname, "external_ids": ids, "ofport": int64(number), "error": ovsdb.Set{}}
	if tunnel {
		iface["type"] = "vxlan"
		iface["options"] = ovsdb.Map{"remote_ip": "flow", "key": "flow"}
	}
	ifaceID, portID := h.db.newRow(), h.db.newRow()
	bridgeID, b := h.db.find("Bridge", "name", bridge)
	ports, _ := b["ports"].(ovsdb.Set)
	h.sw.SetPort(vswitch.Port{Number: number, Name: ifname, Tunnel: tunnel})
	h.db.commit(change{table: "Interface", uuid: ifaceID, after: iface},
		change{table: "Port", uuid: portID, after: ovsdb.Row{"name": ifname, "interfaces": ovsdb.Set{ovsdb.UUID(ifaceID)}}},
		change{table: "Bridge", uuid: bridgeID, after: with(b, ovsdb.Row{"ports": append(slices.Clone(ports),
			ovsdb.UUID(portID))})})
	return number
}

// removePort takes an interface off the bridge.
func (h *Host) removePort(ifname string) {
	ifaceID, iface := h.db.find("Interface", "name", ifname)
	portID, _ := h.db.find("Port", "name", ifname)
	bridgeID, b := h.db.find("Bridge", "name", bridge)
	ports, _ := b["ports"].(ovsdb.Set)
	ports = slices.DeleteFunc(slices.Clone(ports), func(v any) bool { return v == ovsdb.UUID(portID) })
	h.db.commit(change{table: "Interface", uuid: ifaceID}, change{table: "Port", uuid: portID},
		change{table: "Bridge", uuid: bridgeID, after: with(b, ovsdb.Row{"ports": ports})})
	n, _ := iface.Int("ofport")
	h.sw.RemovePort(uint32(n))
}

// setID changes which port of a network an interface is.
func (h *Host) setID(ifname, id string) {
	uuid, r := h.db.find("Interface", "name", ifname)
	ids := maps.Clone(r.Map("external_ids"))
	if ids == nil {
		ids = ovsdb.Map{}
	}
	ids["iface-id"] = id
	h.db.commit(change{table: "Interface", uuid: uuid, after: with(r, ovsdb.Row{"external_ids": ids})})
}

// emit takes a frame that leaves the switch.
func (h *Host) emit(o vswitch.Out) {
	h.w.stats.Frames++
	if o.Tunnel != nil {
		h.w.net.send(h, o.Tunnel.Dst, o.Tunnel.Key, o.Frame)
		return
	}
	if g := h.guests[o.Port]; g != nil {
		g.receive(o.Frame)
	}
}
