package wire_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/wire"
	"github.com/vlcp-go/vlcp/common/wire/internal/sample"
)

// kinds are structures whose forms the reflective codec has.
var kinds = []message{&sample.Ping{}, &sample.List{}, &sample.Text{}, &sample.AskTime{}, &sample.OtherTalk{},
	&of10.FlowMod{}, &of10.PacketIn{}, &of10.PacketOut{}, &of10.FeaturesReply{}, &of10.FlowStatsReply{},
	&of10.PortStatus{}, &of10.DescReply{}, &of13.FlowMod{}, &of13.PacketIn{}, &of13.PacketOut{}, &of13.FlowRemoved{},
	&of13.FlowStatsReply{}, &of13.PortDescReply{}, &of13.GroupMod{}, &of13.GroupStatsReply{}, &of13.PortStatsReply{},
	&of13.SetAsync{}, &of13.RoleRequest{}}

// fill gives everything in v a value.
func fill(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i).Name; f != "_" && f != "Standard" { // a match of 1.1 excludes the fields of one
				fill(r, v.Field(i))
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(r, v.Index(i))
		}
	case reflect.Slice:
		n := r.IntN(4)
		if v.Type() == reflect.TypeFor[oxm.Match]() {
			v.SetBytes(oxm.Match(nil).Uint(oxm.InPort, r.Uint64N(1<<32)).Uint(oxm.EthType, 0x800)[:8*min(n, 1)])
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(r, v.Index(i))
		}
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	default:
		setNumber(v, []byte{byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()),
			byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}[:v.Type().Size()], order(false))
	}
}

// The generated codecs write and read the same as the reflective one.
func TestGeneratedIsReflected(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, seed))
	for _, k := range kinds {
		for range 200 {
			m := reflect.New(reflect.TypeOf(k).Elem())
			fill(r, m.Elem())
			m.Interface().(message).SetKind()
			want, err := reflectAppend(nil, m.Elem())
			require.NoError(t, err)
			got, err := m.Interface().(message).AppendWire(nil)
			require.NoError(t, err)
			require.Equal(t, want, got, "%s, seed %d", m.Type(), seed)

			one, two := reflect.New(m.Type().Elem()), reflect.New(m.Type().Elem())
			rest, err := reflectDecode(got, one.Elem())
			require.NoError(t, err, "%s, seed %d", m.Type(), seed)
			require.Empty(t, rest)
			require.NoError(t, wire.Decode(got, two.Interface().(message)), "%s, seed %d", m.Type(), seed)
			require.Equal(t, fmt.Sprintf("%+v", one.Elem()), fmt.Sprintf("%+v", two.Elem()), "seed %d", seed)
		}
	}
}

// typical are messages of a learning switch.
func typical() (*of13.FlowMod, *of13.PacketIn) {
	match := oxm.Match(nil).Uint(oxm.InPort, 1).MAC(oxm.EthDst, [6]byte{2, 0, 0, 0, 0, 1}).MAC(oxm.EthSrc,
		[6]byte{2, 0, 0, 0, 0, 2})
	return &of13.FlowMod{Priority: 10, IdleTimeout: 60, BufferID: of13.NoBuffer, OutPort: of13.PortAny,
			OutGroup: of13.AnyGroup, Match: of13.Match{Fields: match},
			Instructions: of13.Instructions(nil).Apply(of13.Actions(nil).Output(2, 0))},
		&of13.PacketIn{BufferID: of13.NoBuffer, TotalLen: 60, Match: of13.Match{Fields: oxm.Match(nil).Uint(oxm.InPort, 1)},
			Data: make([]byte, 60)}
}

// BenchmarkCodec measures the generated and the reflective codec in turn, for both directions of both messages. The
// generated one must be at least 10 times faster in each, both in its shortest run: longer ones are of a busy machine.
// The match of a message has a codec by hand, which both use.
func BenchmarkCodec(b *testing.B) {
	mod, in := typical()
	mod.SetKind()
	in.SetKind()
	modRaw, err := mod.AppendWire(nil)
	require.NoError(b, err)
	inRaw, err := in.AppendWire(nil)
	require.NoError(b, err)
	buf := make([]byte, 0, 256)
	var mod1, mod2 of13.FlowMod
	var in1, in2 of13.PacketIn
	pairs := []codecPair{
		{"flow-mod-encode", func() { buf, _ = mod.AppendWire(buf[:0]) },
			func() { buf, _ = reflectAppend(buf[:0], reflect.ValueOf(mod).Elem()) }},
		{"flow-mod-decode", func() { mod1.DecodeWire(wire.NewReader(modRaw)) },
			func() { _, _ = reflectDecode(modRaw, reflect.ValueOf(&mod2).Elem()) }},
		{"packet-in-encode", func() { buf, _ = in.AppendWire(buf[:0]) },
			func() { buf, _ = reflectAppend(buf[:0], reflect.ValueOf(in).Elem()) }},
		{"packet-in-decode", func() { _ = in1.Decode(inRaw) },
			func() { _, _ = reflectDecode(inRaw, reflect.ValueOf(&in2).Elem()) }},
	}
	var all [2]float64
	for b.Loop() {
		all = [2]float64{}
		for _, p := range pairs {
			one, two := p.measure()
			all[0], all[1] = all[0]+one, all[1]+two
			b.ReportMetric(one, "ns-"+p.name)
			b.ReportMetric(two/one, "times-"+p.name)
			require.GreaterOrEqual(b, two/one, 10.0, p.name)
		}
	}
	b.ReportMetric(all[1]/all[0], "times-all")
	b.ReportMetric(0, "ns/op")
}

// codecPair does the same with both codecs.
type codecPair struct {
	name                  string
	generated, reflective func()
}

// measure returns the nanoseconds that each needs.
func (p *codecPair) measure() (generated, reflective float64) {
	const runs, batch = 500, 200
	took := [2]time.Duration{time.Hour, time.Hour}
	for range runs {
		for i, f := range []func(){p.generated, p.reflective} {
			began := time.Now()
			for range batch {
				f()
			}
			took[i] = min(took[i], time.Since(began))
		}
	}
	return float64(took[0].Nanoseconds()) / batch, float64(took[1].Nanoseconds()) / batch
}

// What of several fixed fields in a row is cut off is said by its own place, although the codec looks once at all.
func TestTruncatedFieldsInARowHaveTheirPlace(t *testing.T) {
	var p of13.Port
	for _, c := range []struct {
		bytes, offset int
		field         string
	}{{0, 0, "Number"}, {7, 4, "padding"}, {13, 8, "HWAddr"}, {16, 16, "Name"}, {33, 32, "Config"}, {63, 60, "MaxSpeed"}} {
		var e *wire.Error
		require.ErrorAs(t, wire.Decode(make([]byte, c.bytes), &p), &e)
		require.ErrorIs(t, e, wire.ErrTruncated)
		require.Equal(t, c.field, e.Field)
		require.Equal(t, c.offset, e.Offset)
	}
}

// An encoder that finds room with something in it leaves nothing of that.
func TestPaddingIsZeroWhateverWasInTheBuffer(t *testing.T) {
	mod, _ := typical()
	mod.SetKind()
	clean, err := mod.AppendWire(nil)
	require.NoError(t, err)
	dirty := bytes.Repeat([]byte{0xee}, 256)
	again, err := mod.AppendWire(dirty[:0])
	require.NoError(t, err)
	require.Equal(t, clean, again)
}
