package ofp

import (
	"cmp"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/sorted"
)

// portDesc is a port of either version, in the numbers of OpenFlow 1.3.
type portDesc struct {
	number                               uint32
	addr                                 [6]byte
	name                                 [16]byte
	config, state                        uint32
	current, advertised, supported, peer uint32
	speed, maxSpeed                      uint32 // kbit/s
}

// What is known of the state and the configuration of a port; other bits are not printed.
var (
	configNames10 = names{"PORT_DOWN", "NO_STP", "NO_RECV", "NO_RECV_STP", "NO_FLOOD", "NO_FWD", "NO_PACKET_IN"}
	configNames13 = names{0: "PORT_DOWN", 2: "NO_RECV", 5: "NO_FWD", 6: "NO_PACKET_IN"}
	stateNames10  = names{"LINK_DOWN"}
	stateNames13  = names{"LINK_DOWN", "BLOCKED", "LIVE"}
	stpNames      = [4]string{"", "STP_LEARN", "STP_FORWARD", "STP_BLOCK"}
	modeNames     = names{"10MB-HD", "10MB-FD", "100MB-HD", "100MB-FD", "1GB-HD", "1GB-FD", "10GB-FD", "40GB-FD",
		"100GB-FD", "1TB-FD", "OTHER", "COPPER", "FIBER", "AUTO_NEG", "AUTO_PAUSE", "AUTO_PAUSE_ASYM"}
)

const (
	stpShift    = 8
	stpMask     = 3 << stpShift
	modes10Same = 0x7f // modes with the same bits in both versions
	modes10More = 0xf80
	modesShift  = 4
	modes13     = 0xffff
)

// modes10 are the modes of a link of OpenFlow 1.0 in the bits of later versions.
func modes10(v of10.PortFeatures) uint32 {
	return uint32(v)&modes10Same | uint32(v)&modes10More<<modesShift
}

// speeds are the speeds of modes, the fastest first, in kbit/s.
var speeds = []struct{ modes, kbps uint32 }{
	{1 << 9, 1_000_000_000}, {1 << 8, 100_000_000}, {1 << 7, 40_000_000}, {1 << 6, 10_000_000}, {3 << 4, 1_000_000},
	{3 << 2, 100_000}, {3 << 0, 10_000},
}

func speedOf(modes uint32) uint32 {
	for _, s := range speeds {
		if modes&s.modes != 0 {
			return s.kbps
		}
	}
	return 0
}

func port10(p *of10.Port) portDesc {
	d := portDesc{
		number: oxm.Port32(p.Number), addr: p.HWAddr, name: p.Name,
		config: uint32(p.Config) & configNames10.known(), state: uint32(p.State) & (stateNames10.known() | stpMask),
		current: modes10(p.Current), advertised: modes10(p.Advertised), supported: modes10(p.Supported),
		peer: modes10(p.Peer),
	}
	d.speed, d.maxSpeed = speedOf(d.current), speedOf(d.supported)
	return d
}

func port13(p *of13.Port) (portDesc, error) {
	return portDesc{
		number: p.Number, addr: p.HWAddr, name: p.Name,
		config: uint32(p.Config) & configNames13.known(), state: uint32(p.State) & stateNames13.known(),
		current: p.Current & modes13, advertised: p.Advertised & modes13, supported: p.Supported & modes13,
		peer: p.Peer & modes13, speed: p.CurrSpeed, maxSpeed: p.MaxSpeed,
	}, spot{0, "Number"}.checkPort(p.Number)
}

func (t *text) ports10(ports []of10.Port) error {
	var all []portDesc
	for n := range ports {
		all = append(all, port10(&ports[n]))
	}
	t.ports(all)
	return nil
}

// Lengths of a port and of the counters of one in OpenFlow 1.3.
const (
	portLen13      = 64
	portStatsLen13 = 112
)

func (t *text) ports13(ports []of13.Port) error {
	var all []portDesc
	for n := range ports {
		d, err := port13(&ports[n])
		if err != nil {
			return item(stats13Len+n*portLen13, "Ports", n).refused(err)
		}
		all = append(all, d)
	}
	t.ports(all)
	return nil
}

// ports writes ports by their numbers.
func (t *text) ports(all []portDesc) {
	sorted.Stable(all, func(a, b portDesc) int { return cmp.Compare(uint16(a.number), uint16(b.number)) })
	for n := range all {
		t.portDesc(&all[n])
	}
}

func (t *text) portDesc(p *portDesc) {
	name := p.name[:len(p.name)-1]
	for n, c := range name {
		if c < ' ' || c > '~' {
			name = name[:n]
			break
		}
	}
	t.f(" %s(%s): addr:", fieldtext.FormatPort(p.number), name)
	t.b = fieldtext.AppendMAC(t.b, p.addr[:], nil)
	t.s("\n     config:     ")
	t.bits(p.config, configNames10)
	t.s("\n     state:      ")
	stp := stpNames[p.state&stpMask>>stpShift]
	t.s(stp)
	if state := p.state &^ stpMask; stp == "" || state != 0 {
		t.bits(state, stateNames13)
	}
	t.s("\n")
	t.modes("     current:    ", p.current)
	t.modes("     advertised: ", p.advertised)
	t.modes("     supported:  ", p.supported)
	t.modes("     peer:       ", p.peer)
	const kbpsPerMbps = 1000
	t.f("     speed: %d Mbps now, %d Mbps max\n", p.speed/kbpsPerMbps, p.maxSpeed/kbpsPerMbps)
}

// modes writes a line of modes, if there are some.
func (t *text) modes(label string, v uint32) {
	if v != 0 {
		t.s(label)
		t.bits(v, modeNames)
		t.s("\n")
	}
}

var portReasons = [3]string{" ADD:", " DEL:", " MOD:"}

func (t *text) portStatus(reason uint8, p portDesc) error {
	if int(reason) >= len(portReasons) {
		return spot{8, "Reason"}.refuse("NXBRC_BAD_REASON", "%d: expected 0 to 2", reason)
	}
	t.s(portReasons[reason])
	t.portDesc(&p)
	return nil
}

func (t *text) portMod10(m *of10.PortMod) error {
	t.portMod(oxm.Port32(m.Number), m.HWAddr, uint32(m.Config), uint32(m.Mask)&configNames10.known())
	t.advertise(modes10(m.Advertise))
	return nil
}

func (t *text) portMod13(m *of13.PortMod) error {
	if err := (spot{8, "Number"}).checkPort(m.Number); err != nil {
		return err
	}
	t.portMod(m.Number, m.HWAddr, uint32(m.Config), uint32(m.Mask)&configNames13.known())
	t.advertise(m.Advertise & modes13)
	return nil
}

func (t *text) portMod(number uint32, addr [6]byte, config, mask uint32) {
	t.s(" port: ", fieldtext.FormatPort(number), ": addr:")
	t.b = fieldtext.AppendMAC(t.b, addr[:], nil)
	t.s("\n     config: ")
	t.bits(config&mask, configNames10)
	t.s("\n     mask:   ")
	t.bits(mask, configNames10)
	t.s("\n     advertise: ")
}

func (t *text) advertise(modes uint32) {
	if modes == 0 {
		t.s("UNCHANGED\n")
		return
	}
	t.modes("", modes)
}

// portStats10 writes the counters of ports.
func (t *text) portStats10(ports []of10.PortStats) error {
	t.f(" %d ports\n", len(ports))
	for n := range ports {
		p := &ports[n]
		t.portCounters(oxm.Port32(p.Number), [12]uint64{p.RxPackets, p.RxBytes, p.RxDropped, p.RxErrors, p.RxFrameErr,
			p.RxOverErr, p.RxCRCErr, p.TxPackets, p.TxBytes, p.TxDropped, p.TxErrors, p.Collisions})
	}
	return nil
}

func (t *text) portStats13(ports []of13.PortStats) error {
	for n := range ports {
		if err := (spot{0, "Number"}).checkPort(ports[n].Number); err != nil {
			return item(stats13Len+n*portStatsLen13, "Ports", n).refused(err)
		}
	}
	t.f(" %d ports\n", len(ports))
	for n := range ports {
		p := &ports[n]
		t.portCounters(p.Number, [12]uint64{p.RxPackets, p.RxBytes, p.RxDropped, p.RxErrors, p.RxFrameErr,
			p.RxOverErr, p.RxCRCErr, p.TxPackets, p.TxBytes, p.TxDropped, p.TxErrors, p.Collisions})
		if p.DurationSec != unknown32 {
			t.s("           duration=")
			t.duration(p.DurationSec, p.DurationNsec)
			t.s("\n")
		}
	}
	return nil
}

var counterNames = [12]string{"pkts=", "bytes=", "drop=", "errs=", "frame=", "over=", "crc=",
	"pkts=", "bytes=", "drop=", "errs=", "coll="}

const rxCounters = 7

func (t *text) portCounters(number uint32, counters [12]uint64) {
	const wide = 10 // from here on numbers have two digits
	t.s("  port ")
	if number < wide {
		t.s(" ")
	}
	t.s(fieldtext.FormatPort(number), ": rx ")
	for n, c := range counters {
		if n == rxCounters {
			t.s("           tx ")
		}
		end := ", "
		if n == rxCounters-1 || n == len(counters)-1 {
			end = "\n"
		}
		t.counter(counterNames[n], c, end)
	}
}
