package action

import (
	"errors"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/wire"
)

// Errors of Check, CheckInstructions and CheckFlow. Those about lengths are of package wire, those about fields and
// their values of package oxm.
var (
	ErrType        = code("unknown type of action", "OFPBAC_BAD_TYPE")
	ErrVendor      = code("unknown vendor of an action", "OFPBAC_BAD_VENDOR")
	ErrSubtype     = code("unknown subtype of action", "OFPBAC_BAD_VENDOR_TYPE")
	ErrNotZero     = code("bytes that have to be zero are not", "NXBRC_MUST_BE_ZERO")
	ErrArgument    = code("value that the action cannot have", "OFPBAC_BAD_ARGUMENT")
	ErrPort        = code("port that there cannot be", "OFPBAC_BAD_OUT_PORT")
	ErrBits        = code("bits that the field does not have", "OFPBAC_BAD_SET_LEN")
	ErrReadOnly    = code("field that cannot be written", "OFPBAC_BAD_SET_ARGUMENT")
	ErrNested      = code("action that cannot be there", "OFPBAC_BAD_ARGUMENT")
	ErrOrder       = code("in the wrong order", "OFPBAC_UNSUPPORTED_ORDER")
	ErrConjunction = code("bad conjunction", "NXBAC_BAD_CONJUNCTION")
	ErrProperty    = code("unknown property", "NXBAC_UNKNOWN_ED_PROP")
	ErrInstruction = code("instruction that cannot be there", "OFPBIC_UNSUP_INST")
	ErrDuplicate   = code("instruction that is there already", "OFPBIC_DUP_INST")
	ErrMatch       = code("the flow does not match what this needs", "OFPBAC_MATCH_INCONSISTENT")
	ErrTable       = code("table that does not come later", "OFPBIC_BAD_TABLE_ID")
	ErrMeter       = code("meter that there cannot be", "OFPMMFC_INVALID_METER")
	ErrTag         = code("more VLAN tags than a packet is read to", "OFPBAC_BAD_TAG")

	errOutside  = as(ErrNested, "OFPBAC_BAD_SET_ARGUMENT")
	errSetMask  = as(oxm.ErrUnmasked, "OFPBAC_BAD_SET_MASK")
	errHeader   = as(oxm.ErrField, "OFPBMC_BAD_FIELD")
	errPropLen  = as(wire.ErrLength, "OFPBPC_BAD_LEN")
	errPropType = as(ErrProperty, "OFPBPC_BAD_TYPE")
	errEncapLen = as(wire.ErrLength, "NXBAC_BAD_ED_PROP")
	errEncap    = as(ErrArgument, "NXBAC_BAD_HEADER_TYPE")
	errListLen  = as(wire.ErrLength, "OFPBRC_BAD_LEN")
	errInstLen  = as(wire.ErrLength, "OFPBIC_BAD_LEN")
	errInstType = as(ErrInstruction, "OFPBIC_UNKNOWN_INST")
	errInstVend = as(ErrInstruction, "OFPBIC_BAD_EXPERIMENTER")
	errInSet    = as(ErrNested, "OFPBAC_BAD_TYPE")
)

// coded is an error for which Open vSwitch has a code. It may be one of several for the same thing: then it wraps that.
type coded struct {
	text, code string
	err        error
}

func code(text, name string) error { return &coded{text, name, nil} }

// as is err with another code.
func as(err error, name string) error { return &coded{err.Error(), name, err} }

// Error implements error.
func (e *coded) Error() string { return e.text }

// Unwrap implements errors.Unwrap.
func (e *coded) Unwrap() error { return e.err }

// codes are those of errors of other packages.
var codes = []struct {
	err  error
	code string
}{
	{wire.ErrLength, badLen}, {wire.ErrTruncated, badLen}, {wire.ErrTrailing, badLen},
	{oxm.ErrField, "OFPBAC_BAD_SET_TYPE"}, {oxm.ErrUnmasked, "OFPBMC_BAD_MASK"},
	{oxm.ErrMask, "OFPBMC_BAD_WILDCARDS"}, {oxm.ErrValue, "OFPBAC_BAD_SET_ARGUMENT"},
}

const badLen = "OFPBAC_BAD_LEN"

// Code is the name of the error that Open vSwitch answers where Check, CheckInstructions or CheckFlow has err, such as
// OFPBAC_BAD_OUT_PORT; package ofperr has the numbers. It is "" for an error of something else.
func Code(err error) string {
	var c *coded
	if errors.As(err, &c) {
		return c.code
	}
	for _, known := range codes {
		if errors.Is(err, known.err) {
			return known.code
		}
	}
	return ""
}
