package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

func (a *app) portCommand() *cobra.Command {
	header, row := portHeader, portRow
	n := &noun[model.Port, *model.Port]{
		kind: model.KindPort, plural: "ports", filter: model.KindNetwork,
		example: example{create: "web1 --network blue\n  vlcp-coordinator port create web2 --network blue --ip 10.10.0.7\n" +
			"  vlcp-coordinator port create web1-v20 --network green --parent web1 --vlan 20",
			update: "web1 --hostname www --dhcp-option tftp-server=10.10.0.5\n" +
				"  vlcp-coordinator port update web1 --limit-in 100mbit --limit-out 20mbit\n" +
				"  vlcp-coordinator port update web1 --admin down\n" +
				"  vlcp-coordinator port update web1 --allowed-address 10.10.0.9 --allowed-address 10.20.0.0/24",
			list: "--network blue", name: "web1"},
		name: func(p *model.Port, name string) { p.Name = name },
		list: func(ctx context.Context, c *catalog.Catalog, network string) (view, error) {
			list, err := c.Ports(ctx, network)
			return listOf(list, header, row), err
		},
		one: func(ctx context.Context, c *catalog.Catalog, p *model.Port) (view, error) {
			with, err := c.Port(ctx, p.Name)
			return view{object: with, header: header, rows: [][]string{row(&with)}}, err
		},
		flags: func(cmd *cobra.Command, f *fields[model.Port], create bool) {
			fs, p := cmd.Flags(), &f.scratch
			a.portFlags(cmd, f)
			complete(cmd, "subnet", names(model.KindSubnet), a)
			if create {
				fs.StringVar(&p.Network, "network", "", "network")
				f.add("network", func(to, from *model.Port) { to.Network = from.Network })
				complete(cmd, "network", names(model.KindNetwork), a)
				needs(cmd, "network")
				fs.StringVar(&p.Parent, "parent", "", "port whose guest has this one, too, in a VLAN of its interface")
				f.add("parent", func(to, from *model.Port) { to.Parent = from.Parent })
				complete(cmd, "parent", names(model.KindPort), a)
			}
		},
	}
	top := n.command(a)
	top.AddCommand(a.migrateCommand())
	return top
}

func (a *app) portFlags(cmd *cobra.Command, f *fields[model.Port]) {
	type port = model.Port
	fs, p := cmd.Flags(), &f.scratch
	fs.StringVar(&p.Subnet, "subnet", "", "subnet; not needed where the network has only one")
	f.add("subnet", func(to, from *port) { to.Subnet = from.Subnet })
	fs.Uint16Var(&p.VLAN, "vlan", 0, "tag of its frames on the interface of its parent")
	f.add("vlan", func(to, from *port) { to.VLAN = from.VLAN })
	fs.Var(&p.MAC, "mac", "hardware address; one is allocated if it is left out")
	fs.Lookup("mac").DefValue = ""
	f.add("mac", func(to, from *port) { to.MAC = from.MAC })
	fs.Var(ipsValue{p}, "ip", "IP address; can be given several times, and DHCP hands out the first of IPv4; '' has the "+
		"lowest free one allocated")
	f.add("ip", func(to, from *port) { to.IP, to.MoreIPs = from.IP, from.MoreIPs })
	fs.StringVar(&p.Hostname, "hostname", "", "host name for the guest (DHCP option 12)")
	f.add("hostname", func(to, from *port) { to.Hostname = from.Hostname })
	fs.Var(itemsValue[model.DHCPOption, *model.DHCPOption]{&p.DHCPOptions, "CODE|NAME=VALUE"}, "dhcp-option",
		"DHCP option for the guest, by number or name; can be given several times; '' is none")
	f.add("dhcp-option", func(to, from *port) { to.DHCPOptions = from.DHCPOptions })
	for _, x := range []struct {
		flag, help string
		of         func(*port) **model.Rate
	}{
		{"limit-in", "how much may go to the guest a second; '' is no limit",
			func(p *port) **model.Rate { return &p.LimitIn }},
		{"limit-out", "how much may come from the guest a second; '' is no limit",
			func(p *port) **model.Rate { return &p.LimitOut }},
		{"burst", "how much may come at once under the limits; '' is 0.8 s worth, 640kbit at least",
			func(p *port) **model.Rate { return &p.Burst }},
	} {
		fs.Var(rateValue{x.of(p)}, x.flag, x.help)
		f.add(x.flag, func(to, from *port) { *x.of(to) = *x.of(from) })
	}
	fs.StringVar(&p.Admin, "admin", "up", "down takes the port out of its network: no frame goes in or out")
	f.add("admin", func(to, from *port) { to.Admin = from.Admin })
	complete(cmd, "admin", words("up", model.AdminDown), a)
	fs.Var(boolValue{&p.PortSecurity}, "port-security", "whether the guest may send from its own addresses only")
	fs.Lookup("port-security").NoOptDefVal = "true"
	f.add("port-security", func(to, from *port) { to.PortSecurity = from.PortSecurity })
	allowed := itemsValue[model.AllowedAddress, *model.AllowedAddress]{&p.AllowedAddresses, "IP[/LEN][,MAC]"}
	fs.Var(allowed, "allowed-address", "what the guest may send from besides; can be given several times; '' is nothing")
	f.add("allowed-address", func(to, from *port) { to.AllowedAddresses = from.AllowedAddresses })
}
