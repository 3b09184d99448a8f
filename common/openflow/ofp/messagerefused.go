package ofp

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/wire"
)

// Refused is wrapped by errors about messages that a switch refuses.
type Refused struct {
	// Name is the code of the error that Open vSwitch answers, such as OFPBRC_BAD_LEN (package ofperr has the numbers).
	Name string
	// Offset is where in the message it is that is wrong, in bytes.
	Offset int
	// Field is what is there, outermost first: OFPT_GROUP_MOD.Buckets[1].Weight.
	Field string
	Err   error
}

// Error says where it is, what is wrong and the code.
func (r *Refused) Error() string {
	if r.Field == "" {
		return fmt.Sprintf("offset %d: %v (%s)", r.Offset, r.Err, r.Name)
	}
	return fmt.Sprintf("offset %d: %s: %v (%s)", r.Offset, r.Field, r.Err, r.Name)
}

// Unwrap returns what is wrong.
func (r *Refused) Unwrap() error { return r.Err }

// spot is where something is: bytes from the start of what is around it, and its name there.
type spot struct {
	offset int
	field  string
}

// item is the nth element of a list, at an offset.
func item(offset int, list string, n int) spot { return spot{offset, fmt.Sprintf("%s[%d]", list, n)} }

// refuse makes an error about what is at the spot.
func (s spot) refuse(name, format string, args ...any) error {
	return &Refused{Name: name, Offset: s.offset, Field: s.field, Err: fmt.Errorf(format, args...)}
}

// refused is err, whose offset counts from the spot, as an error about what is around.
func (s spot) refused(err error) error {
	if err == nil {
		return nil
	}
	r := refusedBy(err)
	switch {
	case s.field == "":
	case r.Field == "":
		r.Field = s.field
	default:
		r.Field = s.field + "." + r.Field
	}
	r.Offset += s.offset
	return &r
}

// refusedBy gives an error of a package under this one its place and the code that Open vSwitch has for it.
func refusedBy(err error) Refused {
	for e := err; e != nil; e = errors.Unwrap(e) {
		switch e := e.(type) {
		case *Refused:
			return *e
		case *action.Error:
			return refusedAction(e)
		case *oxm.Error:
			return Refused{Name: matchCode(e), Offset: e.Offset, Field: e.Field, Err: e.Err}
		case *nicira.PropertyError:
			return Refused{Name: propertyCode(e), Offset: e.Offset, Field: e.Property, Err: e.Err}
		case *wire.Error:
			return Refused{Name: wireCode(e), Offset: e.Offset, Field: e.Struct + "." + e.Field, Err: e.Err}
		}
	}
	return Refused{Name: badLen, Err: err}
}

// refusedAction says also where in the action it is, if it cannot be read.
func refusedAction(e *action.Error) Refused {
	out := Refused{Name: action.Code(e), Offset: e.Offset, Field: e.Action, Err: e.Err}
	var w *wire.Error
	if errors.As(e.Err, &w) {
		out.Offset += w.Offset
		out.Field += "." + strings.TrimPrefix(w.Struct+"."+w.Field, e.Action+".")
		out.Err = w.Err
	}
	return out
}

// Codes in use here.
const (
	badVersion    = "OFPBRC_BAD_VERSION"
	badType       = "OFPBRC_BAD_TYPE"
	badStat       = "OFPBRC_BAD_STAT"
	badVendor     = "OFPBRC_BAD_VENDOR"
	badSubtype    = "OFPBRC_BAD_SUBTYPE"
	badLen        = "OFPBRC_BAD_LEN"
	badPort       = "OFPBRC_BAD_PORT"
	badOutPort    = "OFPBAC_BAD_OUT_PORT"
	badMatchType  = "OFPBMC_BAD_TYPE"
	badMatchLen   = "OFPBMC_BAD_LEN"
	badMatchValue = "OFPBMC_BAD_VALUE"
)

// wireCode is the code of bytes that do not add up: that of what they are part of.
func wireCode(e *wire.Error) string {
	switch {
	case e.Struct == "Match" && e.Field == "Type" && !errors.Is(e, wire.ErrTruncated):
		return badMatchType
	case e.Struct == "Match" && e.Field == "Fields":
		return matchCode(e)
	case e.Struct == "Match" || e.Field == "Match" || e.Field == "Metadata":
		return badMatchLen
	case e.Struct == "Bucket":
		return badBucket
	case e.Struct == "TableFeatures" || strings.HasSuffix(e.Struct, "Property") && e.Struct != "QueueProperty":
		return badPropLen
	}
	return badLen
}

// propertyCode is the code of a property of Nicira's messages.
func propertyCode(err error) string {
	switch {
	case errors.Is(err, nicira.ErrExperimenter):
		return badPropExp
	case errors.Is(err, nicira.ErrPacket):
		return badLen
	case errors.Is(err, nicira.ErrFamily):
		return badPropValue
	}
	return badPropLen
}

// refusal is the code that err has.
func refusal(err error) string { return refusedBy(err).Name }
