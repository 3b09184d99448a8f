package oxm

// Form is how a field's value is written in text.
type Form uint8

// Forms of ovs-fields(7).
const (
	FormDecimal Form = iota
	FormHex
	FormMAC
	FormIPv4
	FormIPv6
	FormPort   // number or reserved name of a port, 32 bits
	FormPort16 // the same in the 16 bits of OpenFlow 1.0
	FormFrag
	FormTCPFlags
	FormCTState
	FormTunFlags
	FormPacketType
)

// Prereq is what must be matched before a field may be.
type Prereq uint8

// Prerequisites of ovs-fields(7).
const (
	NeedNothing Prereq = iota
	NeedEthernet
	NeedARP
	NeedIPv4
	NeedIPv6
	NeedIP // IPv4 or IPv6
	NeedVLAN
	NeedMPLS
	NeedNSH
	NeedCT // a valid connection tracking state
	NeedTCP
	NeedUDP
	NeedSCTP
	NeedICMPv4
	NeedICMPv6
	NeedND
	NeedNDSolicit
	NeedNDAdvert
)

var prereqNames = [...]string{"nothing", "an Ethernet packet", "arp or rarp", "ip", "ipv6", "ip or ipv6", "a VLAN tag",
	"mpls or mplsm", "dl_type=0x894f", "a ct_state that is valid", "tcp or tcp6", "udp or udp6", "sctp or sctp6", "icmp",
	"icmp6", "icmp6 with icmp_type=135 or 136 and icmp_code=0", "icmp6 with icmp_type=135 and icmp_code=0",
	"icmp6 with icmp_type=136 and icmp_code=0"}

// String says it as a person would write it in a match.
func (p Prereq) String() string { return prereqNames[min(int(p), len(prereqNames)-1)] }

// Info is what is known of a field; ovs-fields(7) of Open vSwitch 3.1 and 7.2.3.7 of OpenFlow 1.3.
type Info struct {
	Field    Field    // under the header that OpenFlow 1.3 uses
	Name     string   // as actions print it
	Aliases  []string // further names that are accepted
	Headers  []string // the names of its headers, that of Field last: NXM_OF_ETH_SRC, OXM_OF_ETH_SRC
	Fields   []Field  // the headers themselves, in the same order
	Bits     int      // significant bits, the low ones of the value
	Maskable bool     // any bits may be wildcarded; else all or none
	Variable bool     // the length is the header's to say: tun_metadata
	Foreign  bool     // of OpenFlow 1.3, but Open vSwitch refuses it
	ReadOnly bool     // actions may read but not write it
	Form     Form
	Prereq   Prereq

	part part
}

var (
	infoByField  = map[Field]*Info{}
	infoByName   = map[string]*Info{}
	infoByHeader = map[string]*Info{}
	infos        []*Info
)

// Infos lists all fields that are known, in the order of Open vSwitch's documentation.
func Infos() []*Info { return infos }

// Info of the field, under any of its headers; nil for a field that is not known or of another length.
func (f Field) Info() *Info {
	if i, ok := infoByField[f]; ok {
		return i
	}
	if n := int(f.Number()) - tunMetadataBase; f.Class() == ClassNXM1 && n >= 0 && n < TunMetadataCount &&
		f.Len() <= TunMetadataLenMax && f == TunMetadata(n, f.Len()) {
		return infoByField[TunMetadata(n, TunMetadataLenMax)]
	}
	return nil
}

// Name of the field as actions print it, its header in hexadecimal for a field that is not known.
func (f Field) Name() string {
	if i := f.Info(); i != nil {
		return i.Name
	}
	return f.String()
}

// FieldByName finds a field by one of the names that a match has for it, nil for none.
func FieldByName(name string) *Info { return infoByName[name] }

// FieldByHeader finds a field by the name of one of its headers (NXM_OF_ETH_SRC), nil for none.
func FieldByHeader(name string) *Info { return infoByHeader[name] }
