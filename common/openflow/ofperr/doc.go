// Package ofperr has the names of errors: what a switch answers as numbers and what people know as OFPBRC_BAD_TYPE.
//
//	OFPT_ERROR ─ Parse ─► Code and the request it is about ─ Code.Name(version) ─► "OFPBMC_BAD_PREREQ"
//	"OFPBMC_BAD_PREREQ" ─ ByName(version) ─► Code
//
// Codes changed their numbers from version to version, and what a version lacks came with an extension of Nicira or of
// the ONF. The numbers are those that Open vSwitch 3.1 sends (ofp-errors(7)).
package ofperr
