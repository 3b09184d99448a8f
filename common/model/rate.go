package model

import (
	"fmt"
	"strconv"
	"strings"
)

// Rate is a number of bits: a second for a limit, at once for a burst. Its text form is 100mbit; units are bit, kbit,
// mbit, gbit and tbit, in steps of a thousand.
type Rate uint64

// Limits of rates, in bits. A meter of OpenFlow counts in thousands of them, in 32 bits.
const (
	kbit          = 1000
	RateMin  Rate = 64_000
	RateMax  Rate = 1_000_000_000_000
	BurstMin Rate = 128_000 // a frame of 9,000 bytes, and some room

	// What Open vSwitch recommends for policers (ingress_policing_burst in ovs-vswitchd.conf.db(5)), so that TCP, which
	// loses all that a meter drops at once, does not wait for its timers: 0.8 s. At least 80 kB, more than the 64 KiB that
	// an interface may hand over at once.
	burstDefault          = 640_000
	burstNum, burstDivide = 4, 5
)

var rateUnits = []struct {
	name string
	bits uint64
}{{"tbit", 1e12}, {"gbit", 1e9}, {"mbit", 1e6}, {"kbit", 1e3}, {"bit", 1}}

// String is the text form.
func (r Rate) String() string {
	for _, u := range rateUnits {
		if r != 0 && uint64(r)%u.bits == 0 {
			return strconv.FormatUint(uint64(r)/u.bits, 10) + u.name
		}
	}
	return "0"
}

// MarshalText implements encoding.TextMarshaler.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Rate) UnmarshalText(b []byte) error {
	text := strings.ToLower(strings.TrimSpace(string(b)))
	if text == "0" {
		*r = 0 // which Validate refuses, and says why
		return nil
	}
	for _, u := range rateUnits {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if in := n >= 0 && n*float64(u.bits) <= 1<<62; err != nil || !in {
			break
		}
		*r = Rate(n*float64(u.bits) + 0.5)
		return nil
	}
	return fmt.Errorf("%q is not a rate: write it as 100mbit, with bit, kbit, mbit, gbit or tbit", b)
}

// Limits is how much may go to and from a guest; the zero value is no limit.
type Limits struct {
	In, Out Rate // a second: to the guest, from the guest; 0 for no limit
	Burst   Rate // at once; 0 for what is usual
}

// BurstOf is how much may come at once under a limit.
func (l Limits) BurstOf(limit Rate) Rate {
	if l.Burst != 0 {
		return l.Burst
	}
	return max(burstDefault, limit*burstNum/burstDivide/kbit*kbit)
}

// Limits are those of p.
func (p *Port) Limits() (l Limits) {
	for to, from := range map[*Rate]*Rate{&l.In: p.LimitIn, &l.Out: p.LimitOut, &l.Burst: p.Burst} {
		if from != nil {
			*to = *from
		}
	}
	return l
}

func (p *Port) validateLimits(c *checker) {
	for _, x := range []struct {
		field string
		r     *Rate
		least Rate
	}{{"limit_in", p.LimitIn, RateMin}, {"limit_out", p.LimitOut, RateMin}, {"burst", p.Burst, BurstMin}} {
		switch {
		case x.r == nil:
		case *x.r == 0 && x.field != "burst":
			c.bad(x.field, "0 would let nothing through: leave it out (--%s '') for no limit, or take the port down "+
				"(--admin down)", strings.ReplaceAll(x.field, "_", "-"))
		case *x.r < x.least || *x.r > RateMax:
			c.bad(x.field, "%s is not between %s and %s", *x.r, x.least, RateMax)
		case *x.r%kbit != 0:
			c.bad(x.field, "%s is not a whole number of kbit", *x.r)
		}
	}
	c.check(p.Burst == nil || p.LimitIn != nil || p.LimitOut != nil, "burst", "there is no limit that it belongs to: "+
		"give limit_in or limit_out, or leave it out")
}
