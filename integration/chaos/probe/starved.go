package probe

import (
	"regexp"
	"strconv"
)

var drops = regexp.MustCompile(`skmem:\(.*?,d(\d+)\)|drop=(\d+)`)

// Starved counts the frames that were thrown away because a program, ovs-vswitchd or a prober, or the kernel's work for
// it, was too late: the buffer of a packet socket was full, on its way in (the kernel counts) or out (the switch does).
// What flows drop is not among them. The texts are of `ss -0 -a -m -H` in the namespaces of guests and hosts, and of
// `ovs-ofctl dump-ports` of their bridges.
func Starved(texts ...[]byte) (n int) {
	for _, text := range texts {
		for _, m := range drops.FindAllSubmatch(text, -1) {
			d, _ := strconv.Atoi(string(m[1]) + string(m[2])) // one of them is empty
			n += d
		}
	}
	return n
}
