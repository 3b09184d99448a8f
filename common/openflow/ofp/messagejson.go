package ofp

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/of14"
)

// Check says whether a message is whole and one that ovs-ofctl takes; the error is that of FormatMessage.
func Check(b []byte) error {
	t := text{msg: b}
	return t.message()
}

// EncodeJSON is one whole message as a JSON object on one line, which DecodeJSON turns into the same bytes. What the
// message has and its fields do not tell, such as padding that is not zero, is in a member "raw": all of the message in
// hexadecimal.
func EncodeJSON(b []byte) ([]byte, error) {
	if n, err := openflow.Frame(b); err != nil || n != len(b) {
		return nil, spot{2, "Length"}.refuse(badLen, "%d in %d bytes: wrong length", n, len(b))
	}
	for _, d := range dialects {
		if !d.is(b) {
			continue
		}
		out, again, err := d.toJSON(b)
		if err != nil {
			break
		}
		if bytes.Equal(b, again) {
			return out, nil
		}
		return append(out[:len(out)-1], fmt.Sprintf(`,%q:"%x"}`, rawMember, b)...), nil
	}
	return json.Marshal(rawMessage{openflow.MessageVersion(b), openflow.MessageType(b), openflow.Xid(b),
		hex.EncodeToString(b)})
}

// rawMember is the name of the member that has the bytes of a message.
const rawMember = "raw"

// rawMessage is a message that none of our packages reads.
type rawMessage struct {
	Version openflow.Version `json:"version"`
	Type    uint8            `json:"type"`
	Xid     uint32           `json:"xid"`
	Raw     string           `json:"raw"`
}

// dialect is a package that knows messages.
type dialect struct {
	is       func(b []byte) bool
	toJSON   func(b []byte) (out, again []byte, err error)
	fromJSON func(object []byte) ([]byte, error)
}

// conversion makes a dialect of what its package has.
func conversion[M any](is func([]byte) bool, decode, read func([]byte) (M, error), write func(M) ([]byte, error),
	appendTo func([]byte, M) ([]byte, error)) dialect {
	return dialect{
		is: is,
		toJSON: func(b []byte) (out, again []byte, err error) {
			m, err := decode(b)
			if err != nil {
				return nil, nil, err
			}
			if out, err = write(m); err != nil {
				return nil, nil, err
			}
			again, err = appendTo(nil, m)
			return out, again, err
		},
		fromJSON: func(object []byte) ([]byte, error) {
			m, err := read(object)
			if err != nil {
				return nil, err
			}
			return appendTo(nil, m)
		},
	}
}

func ofVersion(v openflow.Version) func([]byte) bool {
	return func(b []byte) bool { return openflow.MessageVersion(b) == v }
}

// dialects are asked in turn.
var dialects = []dialect{
	conversion(nicira.Is, nicira.Decode, nicira.DecodeJSON, nicira.EncodeJSON, nicira.Append),
	conversion(ofVersion(openflow.Version10), of10.Decode, of10.DecodeJSON, of10.EncodeJSON, of10.Append),
	conversion(ofVersion(openflow.Version13), of13.Decode, of13.DecodeJSON, of13.EncodeJSON, of13.Append),
	conversion(ofVersion(openflow.Version14), of14.Decode, of14.DecodeJSON, of14.EncodeJSON, of14.Append),
}

// ErrRaw is wrapped by errors about an object whose member "raw" is not what its other members say.
var ErrRaw = errors.New("raw bytes are of another message")

// DecodeJSON makes the bytes of a message from what EncodeJSON wrote, or from an object with at least version and type.
// A member "raw" counts as long as the others say the same; once one of them was changed, they count.
func DecodeJSON(object []byte) ([]byte, error) {
	var raw members
	if err := json.Unmarshal(object, &raw); err != nil {
		return nil, fmt.Errorf("read message from json: %w", err)
	}
	if raw.Type == nil {
		return nil, errors.New("read message from json: field type: missing")
	}
	if raw.Raw == "" {
		return raw.message(object)
	}
	b, err := hex.DecodeString(raw.Raw)
	if err != nil {
		return nil, fmt.Errorf("read message from json: field raw: %w", err)
	}
	again, err := EncodeJSON(b)
	if err != nil {
		return nil, fmt.Errorf("read message from json: field raw: %w", err)
	}
	fields, same := sameJSON(object, again)
	if same {
		return b, nil
	}
	if b, err = raw.message(fields); err != nil {
		return nil, errors.Join(err, ErrRaw)
	}
	return b, nil
}

// members are what tells of an object which message it is.
type members struct {
	Version openflow.Version
	Type    json.RawMessage
	Vendor  any
	Subtype json.RawMessage
	Raw     string
}

// message makes a message from an object without raw bytes.
func (m *members) message(object []byte) ([]byte, error) {
	// One that is too short for a subtype is a message of any vendor.
	v, err := strconv.ParseUint(fmt.Sprint(m.Vendor), 0, 32)
	if err == nil && uint32(v) == openflow.VendorNicira && m.Subtype != nil {
		return dialects[0].fromJSON(object)
	}
	for _, d := range dialects[1:] {
		if d.is([]byte{byte(m.Version)}) {
			return d.fromJSON(object)
		}
	}
	return nil, fmt.Errorf("read message from json: field version: %d: expected 1, 4 or 5", m.Version)
}

// sameJSON compares two objects and returns the first without its raw bytes.
func sameJSON(object, other []byte) (fields []byte, same bool) {
	var a, b map[string]any
	for n, to := range []*map[string]any{&a, &b} {
		d := json.NewDecoder(bytes.NewReader([][]byte{object, other}[n]))
		d.UseNumber()
		if d.Decode(to) != nil {
			return object, false
		}
		delete(*to, rawMember)
	}
	fields, err := json.Marshal(a)
	if err != nil {
		return object, false
	}
	return fields, reflect.DeepEqual(a, b)
}
