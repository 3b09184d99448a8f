package openflow

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/wire"
)

// Message is a message of any version: a pointer to one of the structs of of10, of13 or nicira. A type switch says
// which it is.
type Message interface {
	wire.Described
	// SetKind writes version, type and what else makes the message what its Go type says.
	SetKind()
	// TransactionID is the xid, which a reply has from its request.
	TransactionID() uint32
	// SetXid sets the transaction id.
	SetXid(xid uint32)
}

// Versioned is a message that more than one version has; a connection chooses its own.
type Versioned interface {
	Message
	// SetVersion chooses the version. What exists in one version only ignores it.
	SetVersion(v Version)
}

// Part is a message that may be one of several which make up one request or reply: statistics of 1.0, multipart of 1.3.
type Part interface {
	Message
	// More reports whether more parts follow.
	More() bool
}

// Append writes m to b, whatever its version. An error means that m does not fit into a message; b is then as it was.
func Append(b []byte, m Message) ([]byte, error) {
	m.SetKind()
	out, err := m.AppendWire(b)
	if err != nil {
		return b, fmt.Errorf("encode %T: %w", m, err)
	}
	return out, nil
}

// String is how people write the version.
func (v Version) String() string {
	switch v {
	case Version10:
		return "1.0"
	case Version13:
		return "1.3"
	}
	if v > 0 && v < 0x40 {
		return fmt.Sprintf("1.%d", uint8(v)-1)
	}
	return fmt.Sprintf("%#02x", uint8(v))
}
