package ofp

import (
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/wire"
)

// Refused is wrapped by errors about messages that a switch refuses.
type Refused struct {
	// Name is the code of the error that Open vSwitch answers, such as OFPBRC_BAD_LEN (package ofperr has the numbers).
	Name string
	Err  error
}

// Error says what is wrong and the code.
func (r *Refused) Error() string { return fmt.Sprintf("%v (%s)", r.Err, r.Name) }

// Unwrap returns what is wrong.
func (r *Refused) Unwrap() error { return r.Err }

// refuse makes an error with a code.
func refuse(name, format string, args ...any) error {
	return &Refused{Name: name, Err: fmt.Errorf(format, args...)}
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

// refusal is the code that err has. What has none of its own is about bytes that do not add up, or about their match.
func refusal(err error) string {
	var r *Refused
	if errors.As(refusedMatch(err), &r) {
		return r.Name
	}
	var w *wire.Error
	if !errors.As(err, &w) {
		return badLen
	}
	switch w.Struct {
	case "Match":
		if w.Field == "Type" {
			return badMatchType
		}
		return badMatchLen
	case "Bucket":
		return badBucket
	case "TableFeatures", "TableProperty":
		return badPropLen
	}
	return badLen
}
