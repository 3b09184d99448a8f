package sample

import (
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/common/wire"
)

// Form has the forms of single fields.
//
//wire:when Kind=KindForm
type Form struct {
	Header   `wire:"base"`
	Version  uint8  `wire:"bits=4"`
	Words    uint8  `wire:"bits=4"`
	Priority uint16 `wire:"bits=3"`
	Drop     bool   `wire:"bits=1"`
	VLAN     uint16 `wire:"bits=12"`
	Little   uint32 `wire:"little"`
	N        uint8
	Numbers  []uint16 `wire:"count=N"`
	Pairs    uint8
	Names    []Name `wire:"count=Pairs"`
	Bytes    uint16
	Items    []Item  `wire:"bytes=Bytes,pad=4"`
	_        [0]byte `wire:"align=8"`
	Temp     int16
	Load     float32
	On       bool
	Addr     [4]byte `wire:"format=ip"`
	MAC      [6]byte `wire:"format=mac"`
	Label    [8]byte `wire:"format=text"`
	ID       uint32  `wire:"format=hex"`
	Color    uint8   `wire:"format=formatColor,parse=parseColor"`
	Percent  uint8   `wire:"format=formatPercent"`
	Options  Flags
	Urgent   uint16 `wire:"if=Options&FlagUrgent"`
	Raw      Raw    `wire:"pad=4"`
	Extra    []byte `wire:"extra"`
}

// Raw has its codec by hand: a byte that says how many follow.
//
//wire:custom
type Raw struct {
	Data []byte
}

// AppendWire appends the wire form.
func (v *Raw) AppendWire(b []byte) ([]byte, error) {
	if err := wire.CheckSize(len(b), 1, len(v.Data), "Raw", "Data"); err != nil {
		return nil, err
	}
	return append(append(b, byte(len(v.Data))), v.Data...), nil
}

// DecodeWire reads it.
func (v *Raw) DecodeWire(r *wire.Reader) {
	v.Data = r.Bytes(int(r.Uint8("Raw", "Length")), "Raw", "Data")
}

// Tail ends early when its optional fields are not there. Its numbers are little-endian.
//
//wire:when Kind=KindTail
//wire:little
type Tail struct {
	Header `wire:"base"`
	A      uint16
	B      *uint32 `wire:"optional"`
	C      *Name   `wire:"optional"`
}

// Talk is a base of a base.
//
//wire:base
//wire:when Kind=KindAsk|KindTell
type Talk struct {
	Header `wire:"base"`
	Topic  uint8
}

// AskTime is a kind of talk.
//
//wire:when Kind=KindAsk Topic=1
type AskTime struct {
	Talk `wire:"base"`
	Zone []byte `wire:"rest,format=text"`
}

// OtherTalk is every other kind.
//
//wire:else
type OtherTalk struct {
	Talk `wire:"base"`
	Data []byte `wire:"rest"`
}

var colors = []string{"red", "green"}

func formatColor(v uint8) string {
	if int(v) < len(colors) {
		return colors[v]
	}
	return fmt.Sprintf("#%d", v)
}

func parseColor(s string) (uint8, error) {
	for i, c := range colors {
		if c == s {
			return uint8(i), nil
		}
	}
	return wire.ParseHexNumber[uint8](strings.TrimPrefix(s, "#"))
}

func formatPercent(v uint8) string { return fmt.Sprintf("%d%%", v) }

// Small is little-endian, its length and its counts too.
//
//wire:little
type Small struct {
	Length uint16 `wire:"size"`
	Bytes  uint16
	Words  []uint64 `wire:"bytes=Bytes"`
	Count  uint32
	Pair   [2]uint16 `wire:"if=Count!=0"`
	Marks  []int32   `wire:"count=Count"`
	Ends   []Empty   `wire:"rest"`
}

// Empty takes no bytes.
//
//wire:struct
type Empty struct{}
