package pkg

import (
	"encoding/xml"
	"fmt"
	"os"
	"strings"

	"github.com/stretchr/testify/require"
)

const (
	examples = "/usr/share/doc/vlcp-agent/examples/"
	guestID  = "5b3c0c5e-6a0f-4a52-9d5f-0b0f1f6f2a11" // of a port, and so its name
)

// domainInterface and bridgeNetwork are what matters here of libvirt's documents.
type domainInterface struct {
	MAC struct {
		Address string `xml:"address,attr"`
	} `xml:"mac"`
	Source struct {
		Network string `xml:"network,attr"`
	} `xml:"source"`
	VirtualPort virtualPort `xml:"virtualport"`
}

type bridgeNetwork struct {
	Name   string `xml:"name"`
	Bridge struct {
		Name string `xml:"name,attr"`
	} `xml:"bridge"`
	VirtualPort virtualPort `xml:"virtualport"`
}

type virtualPort struct {
	Type       string `xml:"type,attr"`
	Parameters struct {
		InterfaceID string `xml:"interfaceid,attr"`
	} `xml:"parameters"`
}

// libvirt gives a guest its interface by the installed examples, with what libvirt tells Open vSwitch when a guest
// starts; libvirt itself is not here, and a pair of interfaces stands for the guest's.
func (p *pair) libvirt() {
	m, flows := p.host1, p.host1.flows()
	m.run("vlcp-coordinator port create " + guestID + " --network blue --hostname vm1")
	mac := p.addresses(guestID).MAC
	var network bridgeNetwork
	p.example("libvirt-network.xml", &network)
	var nic domainInterface
	p.example("libvirt-interface.xml", &nic, "'MAC'", "'"+mac.String()+"'", "'UUID'", "'"+guestID+"'")
	require.Equal(p.t, network.Name, nic.Source.Network)
	require.Equal(p.t, "openvswitch", network.VirtualPort.Type)
	require.Equal(p.t, "openvswitch", nic.VirtualPort.Type)

	m.run(fmt.Sprintf(`ip netns add vm1
ip link add vnet0 type veth peer name eth0 address %[1]s netns vm1
ip link set vnet0 up
ip -n vm1 link set eth0 up
ovs-vsctl -- --if-exists del-port vnet0 -- add-port %[2]s vnet0 -- set Interface vnet0 \
  'external-ids:attached-mac="%[1]s"' external-ids:iface-id=%[3]s external-ids:vm-id=%[3]s \
  external-ids:iface-status=active`,
		nic.MAC.Address, network.Bridge.Name, nic.VirtualPort.Parameters.InterfaceID))
	m.run("vlcp-coordinator wait --port " + guestID)
	m.run("ip netns exec vm1 udhcpc -i eth0 -n -q && ip netns exec vm1 ping -n -c 1 -W 2 10.10.0.3")

	m.run("ovs-vsctl del-port vnet0 && ip netns del vm1 && vlcp-coordinator port delete " + guestID)
	eventually(p.t, func() bool { return m.flows() == flows }, "the flows of before are not there")
}

// example reads an installed document into v, with the first of each pair of words replaced by the second.
func (p *pair) example(name string, v any, words ...string) {
	p.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/root%s%s", p.host1.pid, examples, name))
	require.NoError(p.t, err)
	require.NoError(p.t, xml.Unmarshal([]byte(strings.NewReplacer(words...).Replace(string(b))), v), name)
}
