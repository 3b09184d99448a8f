package controllertest

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/ofp"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/vswitch"
)

// modern is a switch that speaks 1.3 and the extensions of Open vSwitch.
type modern struct {
	sw      *vswitch.Switch
	control *vswitch.Control
}

func (m *modern) connect(tell func(b []byte)) { m.control = m.sw.Connect(tell) }

func (m *modern) disconnect() {
	if m.control != nil {
		m.control.Close()
		m.control = nil
	}
}

func (m *modern) handle(b []byte) {
	m.sw.Expire()
	m.control.Handle(b)
}

func (m *modern) receive(port uint32, frame []byte) {
	m.sw.Expire()
	m.sw.Receive(port, frame, nil)
}

func (m *modern) setPort(port uint32, there bool) {
	if there {
		m.sw.SetPort(vswitch.Port{Number: port, Name: fmt.Sprintf("port%d", port)})
	} else {
		m.sw.RemovePort(port)
	}
}

func (m *modern) flows() []string {
	m.sw.Expire()
	var out []string
	for _, f := range m.sw.Flows() {
		out = append(out, flowText(f.Table, f.Priority, f.Match, f.IdleTimeout, f.HardTimeout)+
			ofp.FormatInstructions(of13.Instructions(f.Instructions)))
	}
	return out
}

// flowText is a flow up to its actions.
func flowText(table uint8, priority uint16, m oxm.Match, idle, hard uint16) string {
	s := fmt.Sprintf("table=%d, priority=%d", table, priority)
	if match := ofp.FormatMatch(m); match != "" {
		s += "," + match
	}
	if idle > 0 {
		s += fmt.Sprintf(",idle_timeout=%d", idle)
	}
	if hard > 0 {
		s += fmt.Sprintf(",hard_timeout=%d", hard)
	}
	return s + " actions="
}
