package ofp

import (
	"reflect"

	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// messages10 and messages13 are one of each kind of message, to be filled.
var (
	messages10List = []of10.Message{&of10.Hello{}, &of10.EchoRequest{}, &of10.EchoReply{}, &of10.FeaturesRequest{},
		&of10.FeaturesReply{}, &of10.GetConfigRequest{}, &of10.GetConfigReply{}, &of10.SetConfig{}, &of10.BarrierRequest{},
		&of10.BarrierReply{}, &of10.FlowMod{}, &of10.FlowRemoved{}, &of10.PacketIn{}, &of10.PacketOut{}, &of10.PortStatus{},
		&of10.PortMod{}, &of10.QueueConfigRequest{}, &of10.QueueConfigReply{}, &of10.DescRequest{}, &of10.DescReply{},
		&of10.FlowStatsRequest{}, &of10.FlowStatsReply{}, &of10.AggregateRequest{}, &of10.AggregateReply{},
		&of10.TableStatsRequest{}, &of10.TableStatsReply{}, &of10.PortStatsRequest{}, &of10.PortStatsReply{},
		&of10.QueueStatsRequest{}, &of10.QueueStatsReply{}, &of10.PortDescRequest{}, &of10.PortDescReply{}, &of10.Error{}}
	messages13List = []of13.Message{&of13.Hello{}, &of13.EchoRequest{}, &of13.EchoReply{}, &of13.FeaturesRequest{},
		&of13.FeaturesReply{}, &of13.GetConfigRequest{}, &of13.GetConfigReply{}, &of13.SetConfig{}, &of13.BarrierRequest{},
		&of13.BarrierReply{}, &of13.RoleRequest{}, &of13.RoleReply{}, &of13.GetAsyncRequest{}, &of13.GetAsyncReply{},
		&of13.SetAsync{}, &of13.FlowMod{}, &of13.FlowRemoved{}, &of13.PacketIn{}, &of13.PacketOut{}, &of13.PortStatus{},
		&of13.PortMod{}, &of13.TableMod{}, &of13.GroupMod{}, &of13.MeterMod{}, &of13.QueueConfigRequest{},
		&of13.QueueConfigReply{}, &of13.DescRequest{}, &of13.DescReply{}, &of13.FlowStatsRequest{}, &of13.FlowStatsReply{},
		&of13.AggregateRequest{}, &of13.AggregateReply{}, &of13.TableStatsRequest{}, &of13.TableStatsReply{},
		&of13.PortStatsRequest{}, &of13.PortStatsReply{}, &of13.QueueStatsRequest{}, &of13.QueueStatsReply{},
		&of13.GroupStatsRequest{}, &of13.GroupStatsReply{}, &of13.GroupDescRequest{}, &of13.GroupDescReply{},
		&of13.GroupFeaturesRequest{}, &of13.GroupFeaturesReply{}, &of13.MeterStatsRequest{}, &of13.MeterStatsReply{},
		&of13.MeterConfigRequest{}, &of13.MeterConfigReply{}, &of13.MeterFeaturesRequest{}, &of13.MeterFeaturesReply{},
		&of13.TableFeaturesRequest{}, &of13.TableFeaturesReply{}, &of13.PortDescRequest{}, &of13.PortDescReply{},
		&of13.Error{}}
)

// everyMessage is count messages of each kind.
func (g gen) everyMessage(count int) (all [][]byte) {
	for _, m := range messages10List {
		for range count {
			all = append(all, g.randomMessage10(m))
		}
	}
	for _, m := range messages13List {
		for range count {
			all = append(all, g.randomMessage13(m))
		}
	}
	return all
}

// randomMessage10 is a message of the kind of one in the lists, with random contents.
func (g gen) randomMessage10(like of10.Message) []byte {
	m := reflect.New(reflect.TypeOf(like).Elem())
	g.fill(m.Elem(), "")
	g.adjust(m.Interface())
	m.Interface().(of10.Message).SetXid(g.Uint32())
	return of10.Encode(m.Interface().(of10.Message))
}

func (g gen) randomMessage13(like of13.Message) []byte {
	m := reflect.New(reflect.TypeOf(like).Elem())
	g.fill(m.Elem(), "")
	g.adjust(m.Interface())
	m.Interface().(of13.Message).SetXid(g.Uint32())
	return of13.Encode(m.Interface().(of13.Message))
}

// fill puts random values that mostly mean something into a field of a message.
func (g gen) fill(v reflect.Value, name string) {
	switch x := v.Addr().Interface().(type) {
	case *oxm.Match:
		*x = g.needs(oxm.Prereq(g.IntN(int(oxm.NeedNDAdvert) + 1)))
		return
	case *of13.Match:
		g.fill(reflect.ValueOf(&x.Fields).Elem(), "")
		return
	case *of13.Actions:
		*x = g.actions13()
		return
	case *of10.Actions:
		*x = g.actions10()
		return
	case *of13.Instructions:
		*x = of13.Instructions(nil).Apply(g.actions13())
		if g.IntN(2) == 0 {
			*x = x.Goto(uint8(250 + g.IntN(4)))
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for n := range v.NumField() {
			if f := v.Type().Field(n); f.IsExported() && f.Name != "Header" {
				g.fill(v.Field(n), f.Name)
			}
		}
	case reflect.Array:
		g.fillArray(v, name)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes(g.packet())
			return
		}
		n := g.IntN(4)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for k := range n {
			g.fill(v.Index(k), name)
		}
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		g.fillNumber(v, name)
	}
}

func (g gen) fillArray(v reflect.Value, name string) {
	if v.Type().Elem().Kind() != reflect.Uint8 {
		for k := range v.Len() {
			g.fill(v.Index(k), name)
		}
		return
	}
	n := g.IntN(v.Len() + 1)
	if v.Len() == 6 || v.Len() == 4 {
		n = v.Len()
	}
	for k := range n {
		c := byte(g.IntN(256))
		if v.Len() > 6 {
			c = byte(' ' + g.IntN(95))
		}
		v.Index(k).SetUint(uint64(c))
	}
}

// fillNumber puts a number in, of the kind that a field of the name has.
func (g gen) fillNumber(v reflect.Value, name string) {
	bits := v.Type().Bits()
	high := ^uint64(0) >> (64 - bits)
	n := pick(g, 0, 1, uint64(g.IntN(20)), g.Uint64()&high, g.Uint64()&high, high)
	switch name {
	case "Number", "Port", "InPort", "OutPort", "WatchPort":
		n = pick(g, uint64(g.IntN(12)), uint64(g.IntN(0xff00)), high, high-1, high-2, high-uint64(g.IntN(9)))
	case "Reason", "Command", "Role":
		n = uint64(g.IntN(3))
	case "Kind":
		n = 0
	case "Config", "State", "Mask":
		n = g.Uint64() & high & pick[uint64](g, 0x7f, 0x307, high, 1)
	case "DurationNsec":
		n = pick(g, 0, uint64(g.IntN(1000))*1_000_000, uint64(g.IntN(1_000_000_000)))
	case "Flags":
		n = pick(g, 0, 1, uint64(g.IntN(4)))
	case "Buffers", "BufferID":
		n = pick(g, high, g.Uint64()&high)
	}
	v.SetUint(n)
}

// adjust makes a message such as Open vSwitch mostly takes.
func (g gen) adjust(m any) {
	g.adjust10(m)
	switch m := m.(type) {
	case *of13.Hello:
		m.Elements = g.hello()
	case *of13.Error:
		m.Class, m.Code = of13.ErrorType(g.IntN(14)), uint16(g.IntN(8))
		m.Data = g.quoted()
	case *of13.FlowMod:
		if m.Table = uint8(g.IntN(250)); m.Table > 240 {
			m.Table = 0
		}
	case *of13.GroupMod:
		m.Type = of13.GroupType(g.IntN(4))
		g.adjustBuckets(m.Type, m.Buckets)
	case *of13.GroupDescReply:
		for n := range m.Groups {
			m.Groups[n].Type = of13.GroupType(g.IntN(6))
		}
	case *of13.MeterMod:
		g.adjustBands(m.Bands)
	case *of13.MeterConfigReply:
		for n := range m.Meters {
			g.adjustBands(m.Meters[n].Bands)
		}
	case *of13.TableFeaturesReply:
		for n := range m.Tables {
			g.adjustTable(m.Tables, n)
		}
	case *of13.TableFeaturesRequest:
		for n := range m.Tables {
			g.adjustTable(m.Tables, n)
		}
	}
}

func (g gen) adjust10(m any) {
	switch m := m.(type) {
	case *of10.Hello:
		m.Data = g.hello()
	case *of10.Error:
		m.Class, m.Code = of10.ErrorType(g.IntN(6)), uint16(g.IntN(6))
		m.Data = g.quoted()
	case *of10.FlowMod:
		m.Match = g.match10()
	case *of10.FlowRemoved:
		m.Match = g.match10()
	case *of10.FlowStatsRequest:
		m.Match = g.match10()
	case *of10.AggregateRequest:
		m.Match = g.match10()
	case *of10.FlowStatsReply:
		for n := range m.Flows {
			m.Flows[n].Match = g.match10()
		}
	case *of10.QueueConfigReply:
		for n := range m.Queues {
			m.Queues[n].Properties = []of10.QueueProperty{{Type: 1, Data: []byte{byte(g.IntN(5)), 7, 0, 0, 0, 0, 0, 0}}}
		}
	}
}

func (g gen) adjustBuckets(typ of13.GroupType, buckets []of13.Bucket) {
	for n := range buckets {
		b := &buckets[n]
		if typ != of13.GroupSelect {
			b.Weight = 0
		}
		if typ == of13.GroupAll || typ == of13.GroupIndirect {
			b.WatchPort, b.WatchGroup = of13.PortAny, of13.AnyGroup
		}
	}
}

func (g gen) adjustBands(bands []of13.MeterBand) {
	for n := range bands {
		bands[n].Type, bands[n].Extra = of13.MeterBandType(1+g.IntN(2)), make([]byte, 4)
		bands[n].Extra[0] = byte(g.IntN(256))
	}
}

func (g gen) adjustTable(tables []of13.TableFeatures, n int) {
	m := &tables[n]
	if n > 0 && g.IntN(2) == 0 { // as the one before
		id := tables[n-1].Table + 1
		*m = tables[n-1]
		m.Table, m.Name = id%255, [32]byte{}
		return
	}
	m.Properties = nil
	for typ := range uint16(16) {
		optional := required>>typ&1 == 0
		if typ == 9 || typ == 11 || optional && g.IntN(2) == 0 {
			continue
		}
		m.Properties = append(m.Properties, of13.TableProperty{Type: of13.TablePropertyType(typ), Data: g.property(typ)})
	}
}

func (g gen) property(typ uint16) (b []byte) {
	switch typ / 2 {
	case 0:
		for k := range byte(6) {
			if g.IntN(2) == 0 {
				b = append(b, 0, k+1, 0, 4)
			}
		}
	case 1:
		for range g.IntN(5) {
			b = append(b, byte(g.IntN(255)))
		}
	case 2, 3:
		for k := range byte(28) {
			if g.IntN(3) == 0 {
				b = append(b, 0, k, 0, 4)
			}
		}
	default:
		infos := oxm.Infos()
		for _, i := range infos {
			if f := i.Fields[g.IntN(len(i.Fields))]; !i.Foreign && g.IntN(3) == 0 {
				h := oxm.Match(nil).Bytes(f, nil)
				if typ == 8 && i.Maskable && g.IntN(2) == 0 {
					h = oxm.Match(nil).BytesMasked(f, nil, nil)
				}
				b = append(b, h...)
			}
		}
	}
	return b
}

func (g gen) hello() []byte {
	switch g.IntN(4) {
	case 0:
		return nil
	case 1:
		return g.packet()
	}
	return []byte{0, 1, 0, 8, 0, 0, 0, byte(g.IntN(256))}
}

// quoted is the request that an error is about.
func (g gen) quoted() []byte {
	switch g.IntN(8) {
	case 0:
		return append([]byte{0x80}, g.packet()...) // of no version
	case 1:
		return nil
	}
	for {
		b := g.randomMessage13(messages13List[g.IntN(len(messages13List)-1)])
		if g.IntN(2) == 0 {
			b = g.randomMessage10(messages10List[g.IntN(len(messages10List)-1)])
		}
		if len(b) > 60000 {
			continue
		}
		if g.IntN(2) == 0 {
			b = b[:min(len(b), 64)]
		}
		return b
	}
}

func (g gen) match10() of10.Match {
	m := of10.Match{Wildcards: of10.Wildcards(g.Uint32()) & of10.WildAll, InPort: uint16(g.Uint32()),
		VLAN: pick(g, 0xffff, uint16(g.IntN(5000))), VLANPCP: uint8(g.IntN(9)), NwTOS: uint8(g.IntN(256)),
		DLType:  pick[uint16](g, ethIPv4, ethIPv4, ethIPv6, ethARP, ethRARP, ethMPLS, 0x5ff, uint16(g.Uint32())),
		NwProto: pick[uint8](g, protoTCP, protoUDP, protoICMP, protoICMPv6, protoSCTP, uint8(g.IntN(256))),
		TpSrc:   pick(g, uint16(g.IntN(256)), uint16(g.Uint32())), TpDst: uint16(g.IntN(300))}
	for n := range 4 {
		m.NwSrc[n], m.NwDst[n] = byte(g.IntN(256)), byte(g.IntN(256))
		m.DLSrc[n], m.DLDst[n] = byte(g.IntN(256)), byte(g.IntN(256))
	}
	switch g.IntN(8) {
	case 0:
		m.Wildcards = 0
	case 1, 2, 3:
		m.Wildcards &^= of10.WildDLType
	}
	return m
}

func (g gen) actions13() (a of13.Actions) {
	for range g.IntN(3) {
		a = pick(g, a.Output(uint32(g.IntN(100)), 0), a.PopVLAN(), a.DecNwTTL(), a.Group(uint32(g.IntN(100))))
	}
	return a
}

func (g gen) actions10() (a of10.Actions) {
	for range g.IntN(3) {
		a = pick(g, a.Output(uint16(g.IntN(100)), 0), a.StripVLAN(), a.SetVLANVID(uint16(g.IntN(4096))),
			a.Output(of10.PortController, uint16(g.IntN(65536))), a.Enqueue(uint16(g.IntN(100)), g.Uint32()))
	}
	return a
}
