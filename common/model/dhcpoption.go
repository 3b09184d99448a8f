package model

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Limits of what a port says about DHCP.
const (
	DHCPOptionsMax   = 32  // of a port
	dhcpOptionLenMax = 255 // bytes: the length field (RFC 2132 section 2)
)

// DHCPOption is an option that DHCP gives to a guest besides what its subnet has. Its text form is CODE=VALUE or
// NAME=VALUE: 66=boot.example.org, tftp-server=boot.example.org, ntp-server=10.0.0.5,10.0.0.6. What VALUE is depends on
// the option; 0x and hexadecimal digits are the bytes of any, and text is that of an option that has no name here.
type DHCPOption struct {
	Code uint8
	Data []byte // as on the wire
}

// optionKind is what the value of an option is.
type optionKind uint8

const (
	optText optionKind = iota
	optAddr
	optAddrs
	optUint8
	optUint16
	optUint32
	optBool
	optDomains // RFC 3397, without compression
)

type optionInfo struct {
	code uint8
	name string
	kind optionKind
}

// optionInfos are the options that have names (RFC 2132 unless said otherwise).
var optionInfos = []optionInfo{
	{2, "time-offset", optUint32}, {3, "router", optAddrs}, {4, "time-server", optAddrs}, {6, "dns-server", optAddrs},
	{7, "log-server", optAddrs}, {9, "lpr-server", optAddrs}, {13, "boot-file-size", optUint16},
	{15, "domain-name", optText}, {16, "swap-server", optAddr}, {17, "root-path", optText},
	{18, "extension-path", optText}, {19, "ip-forward-enable", optBool}, {23, "default-ttl", optUint8},
	{35, "arp-timeout", optUint32}, {37, "tcp-ttl", optUint8}, {40, "nis-domain", optText}, {41, "nis-server", optAddrs},
	{42, "ntp-server", optAddrs}, {44, "netbios-ns", optAddrs}, {45, "netbios-dd", optAddrs},
	{46, "netbios-nodetype", optUint8}, {47, "netbios-scope", optText}, {60, "vendor-class", optText},
	{66, "tftp-server", optText}, {67, "bootfile-name", optText}, {69, "smtp-server", optAddrs},
	{70, "pop3-server", optAddrs},
	{100, "posix-timezone", optText}, {101, "tzdb-timezone", optText}, // RFC 4833
	{114, "captive-portal", optText},          // RFC 8910
	{119, "domain-search", optDomains},        // RFC 3397
	{150, "tftp-server-address", optAddrs},    // RFC 5859
	{209, "config-file", optText},             // RFC 5071, as the next two
	{210, "path-prefix", optText},             //
	{211, "reboot-time", optUint32},           //
	{252, "proxy-autodiscovery-url", optText}, // draft-ietf-wrec-wpad
}

// reservedOptions are those whose value comes from elsewhere, with where to say it.
var reservedOptions = map[uint8]string{
	0: "it is padding", 1: "the subnet's cidr says it", 12: "use hostname (--hostname)",
	26: "the network's mtu says it", 28: "the subnet's cidr says it", 50: "clients send it",
	51: "use the subnet's lease (subnet update --lease)", 52: "it is part of the format", 53: "it is part of the format",
	54: "the subnet's dhcp_server says it", 55: "clients send it", 56: "it is part of the format", 57: "clients send it",
	58: "the subnet's lease says it", 59: "the subnet's lease says it", 61: "clients send it", 82: "relays send it",
	121: "use the subnet's routes (subnet update --route)", 255: "it is the end",
}

// infoOf is what is known of an option; one without a name has text.
func infoOf(code uint8) optionInfo {
	for _, o := range optionInfos {
		if o.code == code {
			return o
		}
	}
	return optionInfo{code: code, kind: optText}
}

// String is the text form, with the name where there is one.
func (o DHCPOption) String() string {
	info := infoOf(o.Code)
	key := info.name
	if key == "" {
		key = strconv.Itoa(int(o.Code))
	}
	return key + "=" + o.value(info.kind)
}

// value is the text of the data, in hexadecimal digits if it is not what options of this kind have.
func (o DHCPOption) value(kind optionKind) string {
	text := ""
	switch n := len(o.Data); {
	case kind == optText:
		text = string(o.Data)
	case kind == optAddrs || kind == optAddr:
		var list []string
		for i := 0; i+4 <= n; i += 4 {
			list = append(list, netip.AddrFrom4([4]byte(o.Data[i:])).String())
		}
		text = strings.Join(list, ",")
	case kind == optDomains:
		text = strings.Join(domainsOf(o.Data), ",")
	case kind == optBool && n == 1:
		text = strconv.FormatBool(o.Data[0] == 1)
	case n <= 4:
		var b [4]byte
		copy(b[4-n:], o.Data)
		text = strconv.FormatUint(uint64(binary.BigEndian.Uint32(b[:])), 10)
	}
	if b, err := optionData(kind, text); err != nil || !slices.Equal(b, o.Data) {
		return "0x" + hex.EncodeToString(o.Data)
	}
	return text
}

// MarshalText implements encoding.TextMarshaler.
func (o DHCPOption) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *DHCPOption) UnmarshalText(b []byte) error {
	key, value, ok := strings.Cut(string(b), "=")
	info, err := optionNamed(strings.TrimSpace(key))
	if !ok || err != nil {
		return fmt.Errorf("%q is not a DHCP option: write it as 66=boot.example.org or tftp-server=boot.example.org; "+
			"names are %s", b, optionNames())
	}
	data, err := optionData(info.kind, value)
	if err != nil {
		return fmt.Errorf("DHCP option %s: %w", key, err)
	}
	o.Code, o.Data = info.code, data
	return nil
}

func optionNamed(key string) (optionInfo, error) {
	for _, o := range optionInfos {
		if o.name == key {
			return o, nil
		}
	}
	code, err := strconv.ParseUint(key, 10, 8)
	return infoOf(uint8(code)), err
}

func optionNames() string {
	names := make([]string, len(optionInfos))
	for i, o := range optionInfos {
		names[i] = o.name
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// optionData is the data of a value.
func optionData(kind optionKind, value string) ([]byte, error) {
	if digits, ok := strings.CutPrefix(value, "0x"); ok {
		b, err := hex.DecodeString(digits)
		if err != nil {
			return nil, fmt.Errorf("%q is not bytes: write two hexadecimal digits for each behind 0x", value)
		}
		return b, nil
	}
	switch kind {
	case optText:
		return printable(value)
	case optAddr, optAddrs:
		return optionAddrs(kind, value)
	case optDomains:
		return appendDomains(nil, value)
	case optBool:
		v, err := strconv.ParseBool(value)
		if err != nil {
			return nil, fmt.Errorf("%q is not true or false", value)
		}
		return []byte{map[bool]byte{true: 1}[v]}, nil
	}
	bytes := map[optionKind]int{optUint8: 1, optUint16: 2, optUint32: 4}[kind]
	n, err := strconv.ParseUint(value, 10, 8*bytes)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number from 0 to %d", value, uint64(1)<<(8*bytes)-1)
	}
	return binary.BigEndian.AppendUint32(nil, uint32(n))[4-bytes:], nil
}

func printable(value string) ([]byte, error) {
	for _, c := range []byte(value) {
		if c < ' ' || c > '~' {
			return nil, fmt.Errorf("%q has characters that are not printable ASCII: write its bytes as 0x...", value)
		}
	}
	return []byte(value), nil
}

func optionAddrs(kind optionKind, value string) (out []byte, err error) {
	for text := range strings.SplitSeq(value, ",") {
		a, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil || !a.Is4() {
			return nil, fmt.Errorf("%q is not an IPv4 address", text)
		}
		out = append(out, a.AsSlice()...)
	}
	if kind == optAddr && len(out) != 4 {
		return nil, fmt.Errorf("%q: it has one address", value)
	}
	return out, nil
}

// appendDomains writes names as RFC 1035 section 3.1 has them.
func appendDomains(b []byte, value string) ([]byte, error) {
	for name := range strings.SplitSeq(value, ",") {
		if len(name) > hostnameLenMax || !labelRE.MatchString(name) {
			return nil, fmt.Errorf("%q is not a domain name", name)
		}
		for l := range strings.SplitSeq(name, ".") {
			b = append(append(b, byte(len(l))), l...)
		}
		b = append(b, 0)
	}
	return b, nil
}

// domainsOf reads what appendDomains wrote.
func domainsOf(b []byte) (out []string) {
	var name []string
	for len(b) > 0 && int(b[0]) < len(b) {
		n := int(b[0])
		if n == 0 {
			out, name = append(out, strings.Join(name, ".")), nil
		} else {
			name = append(name, string(b[1:1+n]))
		}
		b = b[1+n:]
	}
	return out
}

func (p *Port) validateOptions(c *checker) {
	const field = "dhcp_options"
	list := p.DHCPOptions
	c.check(len(list) <= DHCPOptionsMax, field, "%d options, at most %d are allowed", len(list), DHCPOptionsMax)
	seen := map[uint8]bool{}
	for _, o := range list {
		where, reserved := reservedOptions[o.Code]
		c.check(!reserved, field, "option %d cannot be given: %s", o.Code, where)
		c.check(len(o.Data) > 0, field, "option %d has no value: leave it out", o.Code)
		c.check(len(o.Data) <= dhcpOptionLenMax, field, "option %d has %d bytes, at most %d are allowed", o.Code, len(o.Data),
			dhcpOptionLenMax)
		c.check(!seen[o.Code], field, "option %d is given twice: write its values in one, behind commas", o.Code)
		seen[o.Code] = true
		o.checkLength(c, field)
	}
}

// checkLength is for data that was given as bytes.
func (o DHCPOption) checkLength(c *checker, field string) {
	n, wrong := len(o.Data), false
	switch infoOf(o.Code).kind {
	case optAddr:
		wrong = n != 4
	case optAddrs:
		wrong = n%4 != 0
	case optUint8, optBool:
		wrong = n != 1
	case optUint16:
		wrong = n != 2
	case optUint32:
		wrong = n != 4
	case optText, optDomains:
	}
	c.check(!wrong, field, "option %d cannot have %d bytes", o.Code, n)
}
