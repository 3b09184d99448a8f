package packet_test

import (
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/insomniacslk/dhcp/dhcpv4"
)

var _ = gopacket.NewPacket
var _ = layers.LayerTypeARP
var _ = dhcpv4.FromBytes

func TestX(t *testing.T) {}
