package openflow

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Version is the first byte of a message.
type Version uint8

// The versions with a codec here, as they stand on the wire; of 1.4 the bundle messages only.
const (
	Version10 Version = 0x01
	Version13 Version = 0x04
	Version14 Version = 0x05
)

// Limits of a message.
const (
	// HeaderLen is the length of the header that every message starts with.
	HeaderLen = 8
	// MessageLenMax is the longest message that the 16-bit length can express, in bytes.
	MessageLenMax = 1<<16 - 1
)

// Types that have the same number in every version, so that they are understood before a version is agreed.
const (
	TypeHello        uint8 = 0
	TypeError        uint8 = 1
	TypeEchoRequest  uint8 = 2
	TypeEchoReply    uint8 = 3
	TypeExperimenter uint8 = 4
)

// Vendors of extensions.
const (
	VendorNicira uint32 = 0x00002320
	VendorONF    uint32 = 0x4f4e4600
)

// ErrLength is wrapped by errors about a message whose length field cannot be right.
var ErrLength = errors.New("wrong length")

// Frame returns how many bytes the first message in b has, 0 while its header is incomplete. The message itself may
// not have arrived completely: compare with len(b).
func Frame(b []byte) (int, error) {
	if len(b) < HeaderLen {
		return 0, nil
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n < HeaderLen {
		return 0, fmt.Errorf("read message header: length %d: %w", n, ErrLength)
	}
	return n, nil
}

// MessageVersion reads the version of a framed message.
func MessageVersion(msg []byte) Version { return Version(msg[0]) }

// MessageType reads the type of a framed message.
func MessageType(msg []byte) uint8 { return msg[1] }

// Xid reads the transaction id of a framed message.
func Xid(msg []byte) uint32 { return binary.BigEndian.Uint32(msg[4:]) }

// SetXid patches the transaction id of a framed message.
func SetXid(msg []byte, xid uint32) { binary.BigEndian.PutUint32(msg[4:], xid) }
