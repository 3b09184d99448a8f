package ofconn

import (
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
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
	want := nicira.Role(role) // the numbers are the same
	v, err := Ask[*of10.Vendor](co, x, nicira.For10(&nicira.RoleRequest{Role: want}))
	if err != nil {
		return err
	}
	m, err := nicira.From10(v)
	if r, ok := m.(*nicira.RoleReply); err != nil || !ok || r.Role != want {
		return errors.Join(fmt.Errorf("got %x: %w", v.Data, ErrProtocol), err)
	}
	return nil
}

// SetAsync chooses which messages the switch sends unasked (1.3: 7.3.10; 1.0: NXT_SET_ASYNC_CONFIG), and returns when
// the switch has taken it.
func (x *Session) SetAsync(co *coroutine.Co, c of13.AsyncConfig) error {
	if x.down != nil {
		return x.down
	}
	var m openflow.Message = &of13.SetAsync{Async: c}
	if x.Version == openflow.Version10 {
		m = nicira.For10(&nicira.SetAsyncConfig{PacketIn: c.PacketIn, PortStatus: c.PortStatus, FlowRemoved: c.FlowRemoved})
	}
	errs, err := x.BatchOf(co, m)
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
