package pipeline

// Kind is what a meter of a guest's port bounds. Each port has its own, so that who sends too much loses its own frames
// and nobody else's, in the switch, before they cost anything.
type Kind uint32

// The kinds.
const (
	MeterAgent Kind = 0 // what goes to the agent: DHCP
	MeterFlood Kind = 1 // what goes to everybody: broadcast, which ARP for unknown addresses is, and multicast
	MeterOut   Kind = 2 // all that comes from the guest, where it has a limit
	MeterIn    Kind = 3 // all that goes to the guest, where it has a limit
)

// Kinds are all.
var Kinds = []Kind{MeterAgent, MeterFlood, MeterOut, MeterIn}

// RatesMin is how many meters a switch has to have for rates: as many as the lowest number of the last kind. The
// userspace datapath has 2^18, for all ports; the one in the kernel 200,000 (DP_METER_NUM_MAX): it refuses those of
// ports with OpenFlow numbers above 3,392, which is told of each.
const RatesMin = uint32(MeterIn)<<portBits + 1

// Sub-ports have no OpenFlow port of their own. Those that have limits share the numbers that no port has.
const (
	SlotFirst = 0xff00 // OFPP_MAX
	SlotsMax  = 1<<portBits - SlotFirst
)

// String is the reason in status, for what the meter has dropped.
func (k Kind) String() string {
	switch k {
	case MeterFlood:
		return "flood"
	case MeterOut:
		return "limit-out"
	case MeterIn:
		return "limit-in"
	}
	return "dhcp-flood"
}

// portBits is the width of a port's number in that of a meter: Open vSwitch has ports up to 65,279 (OFPP_MAX).
const portBits = 16

// Of is the number of a port's meter.
func (k Kind) Of(port uint32) uint32 { return uint32(k)<<portBits | port }

// SplitMeter is the kind and the port of a meter; its number may be one that we do not give.
func SplitMeter(meter uint32) (Kind, uint32) {
	return Kind(meter >> portBits), meter & (1<<portBits - 1)
}
