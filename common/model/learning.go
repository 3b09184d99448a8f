package model

import (
	"cmp"
	"time"
)

// What may become of a guest's unicast frame to a MAC that is nobody's of ours and was not learnt either.
const (
	UnknownFlood = "flood" // it goes to the uplink, and the physical switches flood it
	UnknownDrop  = "drop"  // it is dropped on the guest's host, and counted
)

// Bounds and defaults of what is learnt.
const (
	LearningMaxMax     = 65536 // machines, of one network on one host
	DefaultLearningMax = 1024
	LearningAgeMin     = Duration(time.Second)
	LearningAgeMax     = Duration(65535 * time.Second) // OpenFlow 1.3, A.3.4.1: 16 bits
	DefaultLearningAge = Duration(300 * time.Second)   // IEEE 802.1Q, table 8-6: what bridges do
)

// LearntMax is how many machines outside a host learns of n, at most.
func (n *Network) LearntMax() uint32 { return cmp.Or(n.LearningMax, DefaultLearningMax) }

// LearntSeconds is how long one is known that is silent.
func (n *Network) LearntSeconds() uint16 {
	return uint16(time.Duration(cmp.Or(n.LearningAge, DefaultLearningAge)) / time.Second)
}

// Unknown is what becomes of unknown unicast, UnknownFlood or UnknownDrop.
func (n *Network) Unknown() string { return cmp.Or(n.UnknownUnicast, UnknownFlood) }

// StopLearning switches it off, with all that was said of it.
func (n *Network) StopLearning() {
	n.Learning, n.LearningMax, n.LearningAge, n.UnknownUnicast = false, 0, 0, ""
}

func (n *Network) validateLearning(c *checker) {
	alone := func(field string, given bool) {
		c.check(n.Learning || !given, field, "is for networks that learn: add learning, or leave it out")
	}
	alone("learning_max", n.LearningMax != 0)
	alone("learning_age", n.LearningAge != 0)
	alone("unknown_unicast", n.UnknownUnicast != "")
	c.check(n.LearningMax <= LearningMaxMax, "learning_max", "%d is over %d", n.LearningMax, LearningMaxMax)
	c.check(n.LearningAge == 0 || LearningAgeMin <= n.LearningAge && n.LearningAge <= LearningAgeMax, "learning_age",
		"%s is not between %s and %s", n.LearningAge, LearningAgeMin, LearningAgeMax)
	c.check(time.Duration(n.LearningAge)%time.Second == 0, "learning_age", "%s is not in whole seconds", n.LearningAge)
	c.check(n.UnknownUnicast == "" || n.UnknownUnicast == UnknownFlood || n.UnknownUnicast == UnknownDrop,
		"unknown_unicast", "%q is neither %s nor %s", n.UnknownUnicast, UnknownFlood, UnknownDrop)
}
