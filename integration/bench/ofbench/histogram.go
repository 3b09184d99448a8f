package main

import (
	"math/bits"
	"time"
)

const (
	stepBits  = 5 // steps of about 3 %
	steps     = 1 << stepBits
	stepTotal = (64 - stepBits) * steps
)

// histogram counts durations in steps that grow with them, so that it needs the same memory for any number.
type histogram struct {
	count [stepTotal]uint64
	total uint64
}

func step(d time.Duration) int {
	n := uint64(max(d, 0))
	exp := max(bits.Len64(n)-stepBits-1, 0)
	return exp*steps + int(n>>exp)
}

// lowest is the shortest duration of a step.
func lowest(i int) time.Duration {
	if i < 2*steps {
		return time.Duration(i)
	}
	exp := i/steps - 1
	return time.Duration(uint64(i-exp*steps) << exp)
}

func (h *histogram) note(d time.Duration) {
	h.count[step(d)]++
	h.total++
}

func (h *histogram) add(o *histogram) {
	for i, n := range o.count {
		h.count[i] += n
	}
	h.total += o.total
}

// quantile is the duration that a part q of all does not exceed, to the exactness of a step.
func (h *histogram) quantile(q float64) time.Duration {
	want := uint64(q * float64(h.total))
	for i, n := range h.count {
		if want < n {
			return lowest(i)
		}
		want -= n
	}
	return 0
}
