package model

import (
	"cmp"
	"slices"
)

// How the flows for a network's ports get to the hosts that do not have them.
const (
	StrategyPrepush  = "prepush"   // every host has those of all ports
	StrategyOnDemand = "on-demand" // a host has those of the ports that its guests speak to
	StrategyAuto     = "auto"      // on-demand for a network of many ports, as the agents' configuration says
)

// Strategies are all of them.
var Strategies = []string{StrategyPrepush, StrategyOnDemand, StrategyAuto}

// Strategically is n's strategy, StrategyPrepush where it says none.
func (n *Network) Strategically() string { return cmp.Or(n.Strategy, StrategyPrepush) }

func (n *Network) validateStrategy(c *checker) {
	c.check(n.Strategy == "" || slices.Contains(Strategies, n.Strategy), "strategy", "%q is none of %s, %s and %s",
		n.Strategy, StrategyPrepush, StrategyOnDemand, StrategyAuto)
}
