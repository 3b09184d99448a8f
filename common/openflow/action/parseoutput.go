package action

import (
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Ports of OpenFlow 1.1 and later; those of OpenFlow 1.0 are their low 16 bits.
const (
	portMax        = 0xff00 // ports up to here are those of a switch
	portUnset      = 0xfffffff7
	portInPort     = 0xfffffff8
	portController = 0xfffffffd
	portLocal      = 0xfffffffe
	portNone       = 0xffffffff
)

const (
	maxLenAll    = 0xffff // of packets to the controller
	ethHeaderLen = 14     // the least that a packet can be cut to
)

// outPort checks that packets can be sent to a port.
func (a arg) outPort(p uint32) error {
	if p >= portMax && p <= portUnset || p == portNone {
		return a.errorf("%q: expected a port that packets can be sent to", a.s)
	}
	return nil
}

// realPort checks for a port of the switch, the one that the packet came by or LOCAL.
func (a arg) realPort(p uint32) error {
	if p >= portMax && p != portInPort && p != portLocal {
		return a.errorf("%q: expected a port of the switch, IN_PORT or LOCAL", a.s)
	}
	return nil
}

func (l *list) output(a arg, port uint32, maxLen uint16) error {
	if err := a.outPort(port); err != nil {
		return err
	}
	if l.is10() {
		return l.add(&Output10{Port: uint16(port), MaxLen: maxLen})
	}
	return l.add(&Output{Port: port, MaxLen: maxLen})
}

func parseOutput(l *list, a arg) error {
	if strings.Contains(a.s, "port") && strings.Contains(a.s, "max_len") {
		return parseOutputTrunc(l, a)
	}
	if p, err := a.port(); err == nil {
		maxLen := uint16(0)
		if p == portController {
			maxLen = maxLenAll
		}
		return l.output(a, p, maxLen)
	}
	b, err := a.subfield()
	if err != nil {
		return a.errorf("%q: expected a port, or a field with the number of one", a.s)
	}
	if err := l.source(a, b); err != nil {
		return err
	}
	if b.n > 64 {
		return a.errorf("field %s: expected no more than 64 bits", b.info.Name)
	}
	if nxField(b.info).Class() == oxm.ClassExperimenter {
		return l.add(&OutputReg2{Bits: b.span(), MaxLen: maxLenAll, Src: header(b.info)})
	}
	return l.add(&OutputReg{Bits: b.span(), Src: nxm(b.info), MaxLen: maxLenAll})
}

func parseOutputTrunc(l *list, a arg) error {
	var t OutputTrunc
	var hasPort bool
	err := a.pairs(func(key, value arg) (err error) {
		switch key.s {
		case "port":
			var p uint32
			if p, err = value.port(); err == nil {
				err = value.realPort(p)
			}
			t.Port, hasPort = uint16(p), true
		case "max_len":
			if t.MaxLen, err = value.u32(); err == nil && t.MaxLen < ethHeaderLen {
				err = value.errorf("%q: expected %d or more", value.s, ethHeaderLen)
			}
		default:
			err = key.errorf("%q: expected port or max_len", key.s)
		}
		return key.named(err)
	})
	switch {
	case err != nil:
		return err
	case !hasPort || t.MaxLen == 0:
		return a.errorf("%q: expected port=PORT,max_len=BYTES", a.s)
	}
	return l.add(&t)
}

func parseGroup(l *list, a arg) error {
	group, err := a.u32()
	if err != nil {
		return err
	}
	if l.is10() {
		return l.add(&NXGroup{Group: group})
	}
	return l.add(&Group{Group: group})
}

var reasonNames = []string{"no_match", "action", "invalid_ttl", "action_set", "group", "packet_out"}

// reasonExplicit is that of a miss by a flow for it, which ovs-ofctl prints and reads as nothing.
const reasonExplicit = 6

// controller is what an action says of a packet-in.
type controller struct {
	maxLen, id uint16
	reason     uint8
	userData   []byte
	second     bool // there is what needs the second form of the action
	pause      bool
	meter      uint32
	hasMeter   bool
}

func parseController(l *list, a arg) error {
	c := controller{maxLen: maxLenAll, reason: ReasonAction}
	var err error
	if a.s != "" && strings.Trim(a.s, "0123456789") == "" {
		c.maxLen, err = a.u16()
	} else {
		err = a.pairs(func(key, value arg) error { return key.named(c.set(key, value)) })
	}
	switch {
	case err != nil:
		return err
	case c.reason == ReasonAction && c.id == 0 && !c.second:
		return l.output(a, portController, c.maxLen)
	case len(c.userData) > 0 || c.pause || c.hasMeter:
		return l.add(c.action2())
	}
	return l.add(&NXController{MaxLen: c.maxLen, ControllerID: c.id, Reason: c.reason})
}

const noMeter = 0

func (c *controller) set(key, value arg) (err error) {
	switch key.s {
	case "reason":
		c.reason, err = value.reason()
	case "max_len":
		c.maxLen, err = value.u16()
	case "id":
		c.id, err = value.u16()
	case "userdata":
		c.userData, err = value.hex()
		c.second = true
	case "pause":
		c.pause, c.second = true, true
	case "meter_id":
		c.meter, err = value.u32()
		c.hasMeter = c.meter != noMeter
		c.second = c.second || c.hasMeter
	default:
		err = key.errorf("%q: expected reason, max_len, id, userdata, pause or meter_id", key.s)
	}
	return err
}

func (a arg) reason() (uint8, error) {
	if a.s == "" {
		return reasonExplicit, nil
	}
	n, err := a.oneOf(reasonNames)
	return uint8(n), err
}

func (c *controller) action2() *NXController2 {
	var p []ControllerProperty
	if c.maxLen != maxLenAll {
		p = append(p, ControllerMaxLen(c.maxLen))
	}
	if c.id != 0 {
		p = append(p, ControllerID(c.id))
	}
	if c.reason != ReasonAction {
		p = append(p, ControllerReason(c.reason))
	}
	if len(c.userData) > 0 {
		p = append(p, ControllerUserData(c.userData))
	}
	if c.pause {
		p = append(p, ControllerPause())
	}
	if c.hasMeter {
		p = append(p, ControllerMeterID(c.meter))
	}
	return &NXController2{Properties: p}
}

func parseEnqueue(l *list, a arg) error {
	words := a.words(":q,")
	if len(words) < 2 {
		return a.errorf("%q: expected PORT:QUEUE", a.s)
	}
	port, err := words[0].port()
	if err == nil {
		err = words[0].realPort(port)
	}
	if err != nil {
		return err
	}
	queue, err := a.from(words[0].at - a.at + len(words[0].s) + 1).u32()
	switch {
	case err != nil:
		return err
	case l.is10():
		return l.add(&Enqueue10{Port: uint16(port), Queue: queue})
	}
	for _, x := range []Action{&SetQueue{Queue: queue}, &Output{Port: port, MaxLen: maxLenAll}, &PopQueue{}} {
		if err := l.add(x); err != nil {
			return err
		}
	}
	return nil
}

var (
	hashNames = []string{"eth_src", "symmetric_l4", "symmetric_l3l4", "symmetric_l3l4+udp", "nw_src", "nw_dst",
		"symmetric_l3"}
	bundleNames    = []string{"active_backup", "hrw"}
	multipathNames = []string{"modulo_n", "hash_threshold", "hrw", "iter_hash"}
)

func parseBundle(l *list, a arg) error {
	b, _, err := parseBundleText(l, a, false)
	if err != nil {
		return err
	}
	return l.add(b)
}

func parseBundleLoad(l *list, a arg) error {
	b, dst, err := parseBundleText(l, a, true)
	if err != nil {
		return err
	}
	return l.add(&BundleLoad{Algorithm: b.Algorithm, Fields: b.Fields, Basis: b.Basis, MemberType: b.MemberType, N: b.N,
		Bits: dst.span(), Dst: nxm(dst.info), Members: b.Members, Tail: b.Pad})
}

// parseBundleText reads fields, basis, algorithm, ofport, for bundle_load a destination, and members:PORT,PORT…
func parseBundleText(l *list, a arg, load bool) (b *Bundle, dst subfield, err error) {
	syntax := "FIELDS,BASIS,ALGORITHM,ofport,members:PORT,PORT…"
	count := 4
	if load {
		syntax, count = "FIELDS,BASIS,ALGORITHM,ofport,DESTINATION,members:PORT,PORT…", 5
	}
	words := a.words(", ")
	if len(words) <= count {
		return nil, dst, a.errorf("%q: expected %s", a.s, syntax)
	}
	fields, err := words[0].oneOf(hashNames)
	if err != nil {
		return nil, dst, err
	}
	basis, err := words[1].decimal(16)
	if err != nil {
		return nil, dst, err
	}
	algorithm, err := words[2].oneOf(bundleNames)
	if err != nil {
		return nil, dst, err
	}
	if _, err := words[3].oneOf([]string{"ofport"}); err != nil {
		return nil, dst, err
	}
	if load {
		if dst, err = l.bundleTarget(words[4]); err != nil {
			return nil, dst, err
		}
	}
	b = &Bundle{Algorithm: BundleAlgorithm(algorithm), Fields: HashFields(fields), Basis: uint16(basis),
		MemberType: HeaderOf(oxm.NXInPort)}
	err = bundleMembers(b, a.from(words[count].at-a.at))
	return b, dst, err
}

func (l *list) bundleTarget(a arg) (subfield, error) {
	dst, err := a.subfield()
	if err == nil {
		err = plain(a, dst)
	}
	if err == nil {
		err = l.target(a, dst)
	}
	if err == nil && dst.n < 16 {
		err = a.errorf("%s: expected 16 bits or more", a.s)
	}
	return dst, err
}

func bundleMembers(b *Bundle, a arg) error {
	head, rest, _ := a.cut(":")
	if _, err := (arg{strings.TrimSpace(head.s), head.at}).oneOf([]string{"members", "slaves"}); err != nil {
		return err
	}
	for _, w := range rest.words(", []") {
		p, err := w.port()
		if err == nil && p != portNone {
			err = w.outPort(p)
		}
		if err == nil && p == portController {
			err = w.errorf("%q: expected no controller", w.s)
		}
		if err == nil && len(b.Members) == BundleMembersMax {
			err = w.errorf("expected no more than %d ports", BundleMembersMax)
		}
		if err != nil {
			return named("members", err)
		}
		b.Members = append(b.Members, uint16(p))
	}
	b.N = uint16(len(b.Members))
	b.Pad = make([]byte, padding(2*len(b.Members)))
	return nil
}

func parseMultipath(l *list, a arg) error {
	w := a.words(", ")
	if len(w) < 6 {
		return a.errorf("%q: expected FIELDS,BASIS,ALGORITHM,LINKS,ARGUMENT,DESTINATION", a.s)
	}
	fields, err := w[0].oneOf(hashNames)
	if err != nil {
		return err
	}
	basis, err := w[1].decimal(16)
	if err != nil {
		return err
	}
	algorithm, err := w[2].oneOf(multipathNames)
	if err != nil {
		return err
	}
	links, err := w[3].decimal(17)
	if err != nil || links < 1 || links > 1<<16 {
		return w[3].errorf("%q: expected 1 to 65536 links", w[3].s)
	}
	argument, err := w[4].decimal(32)
	if err != nil {
		return err
	}
	dst, err := w[5].subfield()
	if err == nil {
		err = plain(w[5], dst)
	}
	if err == nil {
		err = l.target(w[5], dst)
	}
	if err == nil && dst.n < 16 && links > 1<<dst.n {
		err = w[5].errorf("%s: expected bits enough for %d links", w[5].s, links)
	}
	if err != nil {
		return err
	}
	return l.add(&Multipath{Fields: HashFields(fields), Basis: uint16(basis), Algorithm: MultipathAlgorithm(algorithm),
		MaxLink: uint16(links - 1), Arg: uint32(argument), Bits: dst.span(), Dst: nxm(dst.info)})
}
