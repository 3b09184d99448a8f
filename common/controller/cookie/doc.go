// Package cookie says what the 64 bits of a flow's cookie mean, so that a controller knows its flows from others', and
// whose they are, from a dump alone.
//
//	 63      48 47 ........................ 0
//	+----------+--------+--------------------+
//	|   mark   | module |  hash of the owner |
//	+----------+--------+--------------------+
//	 16 bits    n bits    48 - n bits
//
// The mark is the program's; two controllers of one switch have different ones and leave each other's flows alone.
// Nothing in a cookie depends on the process, so a program that starts again finds the flows of its predecessor.
package cookie
