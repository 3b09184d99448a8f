package ofconn

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// Role of a controller among several of one switch.
type Role uint8

// The roles. A switch begins with RoleEqual; it makes the master a slave when another becomes the master; a slave may
// only read.
const (
	RoleEqual Role = iota
	RoleMaster
	RoleSlave
)

// String is the role in words.
func (r Role) String() string {
	switch r {
	case RoleEqual:
		return "equal"
	case RoleMaster:
		return "master"
	case RoleSlave:
		return "slave"
	}
	return fmt.Sprintf("role %d", uint8(r))
}

// Messages of the Nicira extension that give 1.0 what 1.3 has (nicira-ext.h).
const (
	nxRoleRequest    = 10
	nxRoleReply      = 11
	nxSetAsyncConfig = 19
	nxHeadLen        = openflow.HeaderLen + 8 // vendor, subtype
)

// SetRole asks the switch for a role (1.3: 7.3.9; 1.0: NXT_ROLE_REQUEST) and returns when the switch has given it.
// generation is for 1.3 only: a switch refuses to make a master or slave of a controller whose generation is older
// than the newest that it has seen.
func (x *Session) SetRole(co *coroutine.Co, role Role, generation uint64) error {
	if err := x.setRole(co, role, generation); err != nil {
		return fmt.Errorf("become %s: %w", role, err)
	}
	x.role = role
	return nil
}

func (x *Session) setRole(co *coroutine.Co, role Role, generation uint64) error {
	if x.down == nil && x.Version == openflow.Version10 {
		return x.setNiciraRole(co, role)
	}
	want, err := of13Role(role)
	if err != nil {
		return err
	}
	r, err := Ask[*of13.RoleReply](co, x, &of13.RoleRequest{Role: want, GenerationID: generation})
	if err == nil && r.Role != want {
		err = fmt.Errorf("got role %s: %w", r.Role, ErrProtocol)
	}
	return err
}

// GetRole asks the switch which role we have and for the newest generation that it has seen, 0 when none. In 1.0 there
// is no such question: the role is the one that SetRole got.
func (x *Session) GetRole(co *coroutine.Co) (Role, uint64, error) {
	if x.down == nil && x.Version == openflow.Version10 {
		return x.role, 0, nil
	}
	r, err := Ask[*of13.RoleReply](co, x, &of13.RoleRequest{Role: of13.RoleNoChange})
	if err != nil {
		return 0, 0, fmt.Errorf("ask for the role: %w", err)
	}
	generation := r.GenerationID
	if generation == ^uint64(0) { // the switch has seen none
		generation = 0
	}
	switch r.Role {
	case of13.RoleMaster:
		return RoleMaster, generation, nil
	case of13.RoleSlave:
		return RoleSlave, generation, nil
	}
	return RoleEqual, generation, nil
}

func of13Role(r Role) (of13.Role, error) {
	switch r {
	case RoleEqual:
		return of13.RoleEqual, nil
	case RoleMaster:
		return of13.RoleMaster, nil
	case RoleSlave:
		return of13.RoleSlave, nil
	}
	return 0, errUnknownRole
}

var errUnknownRole = errors.New("there is no such role")

func (x *Session) setNiciraRole(co *coroutine.Co, role Role) error {
	if role > RoleSlave {
		return errUnknownRole
	}
	if err := x.Room(co); err != nil {
		return err
	}
	w, xid, err := x.start(nxMessage(nxRoleRequest, uint32(role))) // the numbers are the same
	if err != nil {
		return err
	}
	reply, err := x.await(co, w, xid)
	if err != nil {
		return err
	}
	b, err := openflow.Append(nil, reply)
	if err != nil {
		return err
	}
	if len(b) < nxHeadLen+4 || binary.BigEndian.Uint32(b[12:]) != nxRoleReply ||
		binary.BigEndian.Uint32(b[nxHeadLen:]) != uint32(role) {
		return fmt.Errorf("got %T %x: %w", reply, b, ErrProtocol)
	}
	return nil
}

// nxMessage makes a Nicira message of 1.0.
func nxMessage(subtype uint32, words ...uint32) []byte {
	b := appendHeader(nil, openflow.Version10, openflow.TypeExperimenter, 0)
	b[3] = byte(nxHeadLen + 4*len(words))
	b = binary.BigEndian.AppendUint32(b, openflow.VendorNicira)
	b = binary.BigEndian.AppendUint32(b, subtype)
	for _, w := range words {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	return b
}

// SetAsync chooses which messages the switch sends unasked (1.3: 7.3.10; 1.0: NXT_SET_ASYNC_CONFIG), and returns when
// the switch has taken it.
func (x *Session) SetAsync(co *coroutine.Co, c of13.AsyncConfig) error {
	if x.down != nil {
		return x.down
	}
	msg := nxMessage(nxSetAsyncConfig, c.PacketIn[0], c.PacketIn[1], c.PortStatus[0], c.PortStatus[1],
		c.FlowRemoved[0], c.FlowRemoved[1])
	if x.Version == openflow.Version13 {
		msg = of13.Encode(&of13.SetAsync{Async: c})
	}
	errs, err := x.Batch(co, [][]byte{msg})
	if err = errors.Join(append(errs, err)...); err != nil {
		return fmt.Errorf("set the asynchronous configuration: %w", err)
	}
	return nil
}

// GetAsync asks which messages the switch sends unasked. In 1.0 it is ErrUnsupported.
func (x *Session) GetAsync(co *coroutine.Co) (of13.AsyncConfig, error) {
	if x.down == nil && x.Version == openflow.Version10 {
		return of13.AsyncConfig{}, fmt.Errorf("ask for the asynchronous configuration: %w", ErrUnsupported)
	}
	r, err := Ask[*of13.GetAsyncReply](co, x, &of13.GetAsyncRequest{})
	if err != nil {
		return of13.AsyncConfig{}, fmt.Errorf("ask for the asynchronous configuration: %w", err)
	}
	return r.Async, nil
}
