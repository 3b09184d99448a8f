package ofconn

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/ofperr"
)

// Errors of sessions.
var (
	// ErrDown is wrapped by all errors of a session that has ended.
	ErrDown = errors.New("OpenFlow connection is down")
	// ErrVersion is wrapped by the error of a connection without a common version.
	ErrVersion = errors.New("no common OpenFlow version")
	// ErrOutcome is wrapped by the error of a batch or bundle that may or may not have taken effect, in part or whole:
	// the reply did not come in time, or the connection ended before it.
	ErrOutcome = errors.New("outcome unknown: read back what the switch has")
	// ErrFull is the error of Send when SendLimit bytes wait to be sent.
	ErrFull = errors.New("switch does not read, too much waits to be sent")
	// ErrUnsupported is wrapped by the error of what the session's version does not have.
	ErrUnsupported = errors.New("not in this version of OpenFlow")
	// ErrMessageVersion is wrapped by the error of sending a message of another version than the session's.
	ErrMessageVersion = errors.New("message of another OpenFlow version than the session's")
	// ErrProtocol is wrapped by the error of a switch that says what it must not.
	ErrProtocol = errors.New("switch breaks the protocol")
	// ErrSilent is wrapped by the error of a session whose switch gave no sign of life.
	ErrSilent = errors.New("no sign of life")
	// ErrReplaced is wrapped by the error of a session whose switch has connected again.
	ErrReplaced = errors.New("switch has connected again")
	// ErrTooMany is wrapped by the error of a connection beyond SessionsMax.
	ErrTooMany = errors.New("too many connections")
	// ErrTooLong is wrapped by the error of a reply whose parts are more than can be kept.
	ErrTooLong = errors.New("reply too long")
)

// Refused is an OpenFlow error message as a Go error. Class and Code are numbers of Version: of10.ErrBadRequest,
// of13.ErrBadMatch ….
type Refused struct {
	Version openflow.Version
	Class   uint16
	Code    uint16
	Data    []byte // the vendor of an error that is not of OpenFlow itself, then the start of what was refused, or text
}

// Error implements error.
func (r *Refused) Error() string { return "switch refused the request: " + r.Name() }

// Name is the name of the error in the specification, or the numbers of one that is not known.
func (r *Refused) Name() string {
	c, _, ok := ofperr.Parse(r.Class, r.Code, r.Data)
	if !ok {
		c = ofperr.Code{Type: r.Class, Code: r.Code}
	}
	if name := c.Name(r.Version); name != "" {
		return name
	}
	return c.String()
}

// refusal is the error message m as a Go error.
func refusal(m openflow.Message) *Refused {
	switch e := m.(type) {
	case *of10.Error:
		return &Refused{openflow.Version10, uint16(e.Class), e.Code, e.Data}
	case *of13.Error:
		return &Refused{openflow.Version13, uint16(e.Class), e.Code, e.Data}
	}
	return nil
}

// noCommonVersion says what both sides speak, and what to do.
func noCommonVersion(ours []openflow.Version, theirs string) error {
	return fmt.Errorf("%w: we speak %s, the switch %s; with Open vSwitch, set the bridge's protocols to include %s",
		ErrVersion, versionList(ours), theirs, protocolName(ours[len(ours)-1]))
}

func versionList(vs []openflow.Version) string {
	text := make([]string, len(vs))
	for i, v := range vs {
		text[i] = v.String()
	}
	return strings.Join(text, ", ")
}

// protocolName is how the column protocols of the table Bridge names a version.
func protocolName(v openflow.Version) string { return fmt.Sprintf("OpenFlow1%d", uint8(v)-1) }
