// Package model holds the objects that operators define (physical networks, networks, subnets, ports) and the two
// that agents write (hosts, bindings): their types, validation and canonical JSON form. It imports the standard
// library only, decides nothing about storage, and is the vocabulary that coordinator, store and agent share.
//
// Names are identities: a port's name is what a hypervisor puts into Interface.external_ids:iface-id.
package model
