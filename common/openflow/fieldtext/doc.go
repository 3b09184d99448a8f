// Package fieldtext is the text form of the values of match fields and of ports, as ovs-ofctl has it (ovs-fields(7)):
// what the text of matches and the text of actions are made of.
//
//	value, mask ─ FormatField ─► "10.0.0.0/8"       "10.0.0.0/8" ─ ParseField ─► value, mask
//	port        ─ FormatPort  ─► "LOCAL"            "LOCAL"      ─ ParsePort  ─► port
package fieldtext
