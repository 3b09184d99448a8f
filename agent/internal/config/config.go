// Package config is the agent's configuration file: its shape, defaults and checks.
//
//	/etc/vlcp/agent.yaml ─ yamlconf (unknown keys refused) ─► Config ─ Validate ─► agent.New
//
// Every key has a default but the tunnel's address, so that a file of one line is enough.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/telemetry"
	"github.com/vlcp-go/vlcp/common/yamlconf"
)

// Defaults and the names of the environment.
const (
	DefaultPath    = "/etc/vlcp/agent.yaml"
	DefaultSocket  = "/run/vlcp/agent.sock"
	DefaultJournal = "/var/lib/vlcp/agent.journal"

	EnvConfig = "VLCP_AGENT_CONFIG"
	EnvSocket = "VLCP_AGENT_SOCKET"
	EnvRedis  = "VLCP_REDIS"

	DefaultDstPort = 4789 // RFC 7348 section 5

	defaultRedis  = "redis://127.0.0.1:6379/0"
	defaultDB     = "unix:/run/openvswitch/db.sock"
	defaultBridge = "br-int"
	defaultTunnel = "vxlan0"
	defaultRate   = 100              // requests a second; a client that boots sends two
	defaultAuto   = 4000             // ports: up to there a host has the flows of all without noticing it
	defaultWanted = 16384            // ports
	defaultAge    = 10 * time.Minute // most guests ask again who has an address before that
	ageMin        = time.Second
	ageMax        = 24 * time.Hour
	defaultFlood  = 500 // frames a second: a stream of video, a scan of a network; each goes to every host of the network
	rateMax       = 1_000_000
)

// Config is the file.
type Config struct {
	Redis Redis `yaml:"redis"`
	// Host is this hypervisor's name for people; "" means external_ids:hostname of Open vSwitch, or the system's.
	Host   string `yaml:"host"`
	OVS    OVS    `yaml:"ovs"`
	Tunnel Tunnel `yaml:"tunnel"`
	DHCP   DHCP   `yaml:"dhcp"`
	// Broadcast is how much a guest may send to everybody.
	Broadcast Broadcast `yaml:"broadcast"`
	// Demand is how ports have flows in networks whose flows are on demand.
	Demand Demand `yaml:"demand"`
	// Journal is where the definitions are kept for a start without the store.
	Journal Journal `yaml:"journal"`
	API     API     `yaml:"api"`
	Metrics Metrics `yaml:"metrics"`
	Log     Log     `yaml:"log"`
}

// Redis is where the definitions are.
type Redis struct {
	URL  string `yaml:"url"`
	Name string `yaml:"name"` // of the deployment, when several share a server
}

// OVS is the local switch.
type OVS struct {
	DB       string `yaml:"db"`       // unix:PATH or tcp:HOST:PORT
	Bridge   string `yaml:"bridge"`   // the bridge that belongs to the agent
	OpenFlow string `yaml:"openflow"` // "" means the bridge's .mgmt socket beside DB
	// DatapathType of a bridge that the agent creates: "" (kernel) or netdev.
	DatapathType string `yaml:"datapath_type"`
	// ForeignFlows is what happens to flows of the bridge that are not the agent's: "remove" or "keep".
	ForeignFlows string `yaml:"foreign_flows"`
}

// The values of OVS.ForeignFlows.
const (
	foreignRemove = "remove"
	foreignKeep   = "keep"
)

// KeepForeign reports whether flows that are not the agent's are left.
func (o OVS) KeepForeign() bool { return o.ForeignFlows == foreignKeep }

// Tunnel is this end of the tunnels to the other hosts.
type Tunnel struct {
	Address   netip.Addr `yaml:"address"`
	Interface string     `yaml:"interface"` // its first IPv4 address, else IPv6, is taken when Address is absent
	Port      string     `yaml:"port"`      // name of the tunnel port on the bridge
	DstPort   int        `yaml:"dst_port"`  // UDP port of the tunnels, the same on all hosts
}

// DHCP is how guests are answered.
type DHCP struct {
	Rate int `yaml:"rate"` // requests of one port that are answered in a second, and at once; 0 for no limit
}

// Broadcast is what goes to all guests of a network: broadcast, ARP for addresses that nobody has, and multicast.
type Broadcast struct {
	Rate int `yaml:"rate"` // frames of one port that are let through in a second, and at once; 0 for no limit
}

// Demand bounds flows on demand.
type Demand struct {
	// Auto is how many ports a network with strategy auto has from which on its flows are on demand; it has to become a
	// quarter smaller before they are not any more. 0 for never.
	Auto int           `yaml:"auto"`
	Max  int           `yaml:"max"` // ports of other hosts that are wanted at a time, of all networks
	Age  time.Duration `yaml:"age"` // that a port is wanted which nobody speaks to
}

// Journal is a file.
type Journal struct {
	Path string `yaml:"path"` // "" for none
}

// API is the socket that the commands talk to.
type API struct {
	Socket string `yaml:"socket"`
}

// Metrics is where Prometheus reads them.
type Metrics struct {
	Listen string `yaml:"listen"` // ADDRESS:PORT, "" for nowhere; whoever reaches it can read them
}

// Log is what is logged and how.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn, error
	Format string `yaml:"format"` // auto, text, json, journal
}

// Default is the configuration of an empty file, with what the environment says.
func Default() Config {
	return Config{
		Redis:  Redis{URL: envOr(EnvRedis, defaultRedis)},
		OVS:    OVS{DB: defaultDB, Bridge: defaultBridge, ForeignFlows: foreignRemove},
		Tunnel: Tunnel{Port: defaultTunnel, DstPort: DefaultDstPort},
		DHCP:   DHCP{Rate: defaultRate}, Broadcast: Broadcast{Rate: defaultFlood},
		Demand:  Demand{Auto: defaultAuto, Max: defaultWanted, Age: defaultAge},
		Journal: Journal{Path: DefaultJournal},
		API:     API{Socket: envOr(EnvSocket, DefaultSocket)},
		Log:     Log{Level: "info"},
	}
}

func envOr(name, or string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return or
}

// Load reads a file. What it does not say keeps its default.
func Load(path string) (Config, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Default(), fmt.Errorf("read configuration: %w", err)
	}
	return Parse(path, b)
}

// Parse is Load for the text of a file; path is its name for errors.
func Parse(path string, text []byte) (Config, error) {
	c := Default()
	if err := yamlconf.Decode(path, text, &c); err != nil {
		return c, err
	}
	if err := c.Validate(); err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Validate checks every key and names the ones that are wrong.
func (c *Config) Validate() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
	}
	if c.Redis.URL == "" {
		bad("redis.url", "is missing, for example redis://10.0.0.1:6379/0")
	}
	if c.Host != "" {
		if err := model.CheckName(model.KindHost, c.Host); err != nil {
			bad("host", "%v", err)
		}
	}
	if err := checkDial(c.OVS.DB); err != nil {
		bad("ovs.db", "%v", err)
	}
	if c.OVS.Bridge == "" || len(c.OVS.Bridge) > ifNameMax || strings.ContainsAny(c.OVS.Bridge, "/ ") {
		bad("ovs.bridge", "%q is not the name of a bridge", c.OVS.Bridge)
	}
	if f := c.OVS.ForeignFlows; f != "" && f != foreignRemove && f != foreignKeep {
		bad("ovs.foreign_flows", "%q is neither %s nor %s", f, foreignRemove, foreignKeep)
	}
	if c.Tunnel.Port == "" || len(c.Tunnel.Port) > ifNameMax {
		bad("tunnel.port", "%q is not the name of a port", c.Tunnel.Port)
	}
	if err := checkDial(c.OpenFlowAddress()); err != nil {
		bad("ovs.openflow", "%v", err)
	}
	if c.Tunnel.DstPort < 1 || c.Tunnel.DstPort > 65535 {
		bad("tunnel.dst_port", "%d is not a UDP port from 1 to 65535", c.Tunnel.DstPort)
	}
	if a := c.Tunnel.Address; a.IsValid() && (a.Is4In6() || a.Zone() != "" || a.IsUnspecified() ||
		a.IsMulticast() || a.IsLinkLocalUnicast()) {
		bad("tunnel.address", "%s is not an address that other hosts can send to", a)
	}
	if !c.Tunnel.Address.IsValid() && c.Tunnel.Interface == "" {
		bad("tunnel", "set address or interface: the other hosts send to this address")
	}
	if c.DHCP.Rate < 0 || c.DHCP.Rate > rateMax {
		bad("dhcp.rate", "%d is not a number of requests a second from 0, for no limit, to %d", c.DHCP.Rate, rateMax)
	}
	if c.Broadcast.Rate < 0 || c.Broadcast.Rate > rateMax {
		bad("broadcast.rate", "%d is not a number of frames a second from 0, for no limit, to %d", c.Broadcast.Rate, rateMax)
	}
	c.Demand.validate(bad)
	if p := c.Journal.Path; p != "" && !filepath.IsAbs(p) {
		bad("journal.path", "%q is not an absolute path", p)
	}
	if a := c.Metrics.Listen; a != "" {
		if _, err := netip.ParseAddrPort(a); err != nil {
			bad("metrics.listen", "%q is not an address and a port, as 127.0.0.1:9465", a)
		}
	}
	if _, err := telemetry.ParseLevel(c.Log.Level); err != nil {
		bad("log.level", "%v", err)
	}
	return errors.Join(errs...)
}

func (d *Demand) validate(bad func(key, format string, args ...any)) {
	if d.Auto < 0 {
		bad("demand.auto", "%d is not a number of ports from 0, for never", d.Auto)
	}
	if d.Max < 1 || d.Max > rateMax {
		bad("demand.max", "%d is not a number of ports from 1 to %d", d.Max, rateMax)
	}
	if d.Age < ageMin || d.Age > ageMax {
		bad("demand.age", "%s is not between %s and %s", d.Age, ageMin, ageMax)
	}
}

const ifNameMax = 15 // characters, of a Linux interface

// OpenFlowAddress is where the bridge's OpenFlow socket is.
func (c *Config) OpenFlowAddress() string {
	if c.OVS.OpenFlow != "" {
		return c.OVS.OpenFlow
	}
	if path, ok := strings.CutPrefix(c.OVS.DB, "unix:"); ok {
		return "unix:" + filepath.Join(filepath.Dir(path), c.OVS.Bridge+".mgmt")
	}
	return ""
}

// TunnelAddress is the address of this end of the tunnels.
func (c *Config) TunnelAddress() (netip.Addr, error) {
	if c.Tunnel.Address.IsValid() {
		return c.Tunnel.Address, nil
	}
	i, err := net.InterfaceByName(c.Tunnel.Interface)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("tunnel.interface %s: %w", c.Tunnel.Interface, err)
	}
	addrs, err := i.Addrs()
	if err != nil {
		return netip.Addr{}, fmt.Errorf("tunnel.interface %s: %w", c.Tunnel.Interface, err)
	}
	var six netip.Addr
	for _, a := range addrs {
		p, err := netip.ParsePrefix(a.String())
		switch {
		case err != nil || p.Addr().IsLinkLocalUnicast():
		case p.Addr().Is4():
			return p.Addr(), nil
		case !six.IsValid():
			six = p.Addr()
		}
	}
	if six.IsValid() {
		return six, nil
	}
	return netip.Addr{}, fmt.Errorf("tunnel.interface %s has no address", c.Tunnel.Interface)
}

// checkDial says whether the agent can connect to an address of Open vSwitch.
func checkDial(address string) error {
	a, err := netio.ParseAddress(address, 0)
	if err == nil && (a.Passive || a.TLS) {
		err = fmt.Errorf("%q: write unix:PATH or tcp:HOST:PORT", address)
	}
	return err
}
