package model

// SubPort is what the network of a parent port has of each of its sub-ports, so that whoever has the parent knows which
// networks it needs. The rest is said by the sub-port, a Port of its own network.
type SubPort struct {
	Port    string `json:"port"`    // the sub-port, which is also the document's name
	Network string `json:"network"` // that it is in
	Parent  string `json:"parent"`
}

// SubPort is what the network of p's parent has of p.
func (p *Port) SubPort() SubPort { return SubPort{Port: p.Name, Network: p.Network, Parent: p.Parent} }

func (p *Port) validateParent(c *checker) {
	if p.Parent == "" {
		c.check(p.VLAN == 0, "vlan", "%d is given without a parent: name the port that has it with --parent", p.VLAN)
		return
	}
	c.checkName("parent", p.Parent)
	c.check(p.Parent != p.Name, "parent", "a port cannot be its own parent: name the port that has the interface")
	c.check(VLANMin <= p.VLAN && p.VLAN <= VLANMax, "vlan", "%d is not between %d and %d: give the tag that the guest "+
		"uses, as in --vlan 20", p.VLAN, VLANMin, VLANMax)
}
