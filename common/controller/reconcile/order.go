package reconcile

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// sortOps sorts ops: additions and modifications from the last table on and from the highest priority, then deletions
// the other way around. An exception is there before the rule that it is of, and as long as that.
//
// A switch that has started again gets 100,000 of them, and waits meanwhile. Most keys begin as many others do, so
// they are not compared byte by byte from their start: a stretch of eight bytes is looked at as one number, and only
// ops that are equal so far have their next stretch looked at. That takes a fifth of the time (BenchmarkPlan).
func sortOps(ops []Op) {
	refs := make([]opRef, len(ops))
	first := 0 // deletion
	for i := range ops {
		if ops[i].Kind != Delete {
			first++
		}
	}
	put, del := 0, first
	for i := range ops {
		if ops[i].Kind != Delete {
			refs[put].op = int32(i)
			put++
		} else {
			refs[del].op = int32(i)
			del++
		}
	}
	sortRefs(ops, refs[:first], 0)
	slices.Reverse(refs[:first])
	sortRefs(ops, refs[first:], 0)
	permute(ops, refs)
}

// opRef is an Op by its place, with the stretch of its key that is looked at.
type opRef struct {
	stretch uint64
	length  uint8 // of it: a key that ends is before one that goes on with zeros
	op      int32
}

const stretchLen = 8

// sortRefs sorts refs of keys that are equal before the byte at, by what follows.
func sortRefs(ops []Op, refs []opRef, at int) {
	if len(refs) < 2 {
		return
	}
	for i := range refs {
		refs[i].look(ops[refs[i].op].Flow.Key, at)
	}
	slices.SortFunc(refs, func(a, b opRef) int {
		if a.stretch != b.stretch {
			return cmp.Compare(a.stretch, b.stretch)
		}
		return int(a.length) - int(b.length)
	})
	for start := 0; start < len(refs); {
		end := start + 1
		for end < len(refs) && refs[end].stretch == refs[start].stretch && refs[end].length == refs[start].length {
			end++
		}
		if refs[start].length == stretchLen {
			sortRefs(ops, refs[start:end], at+stretchLen)
		}
		start = end
	}
}

// look has the ref hold the stretch of a key that begins at a byte.
func (r *opRef) look(key string, at int) {
	if len(key) >= at+stretchLen {
		var b [stretchLen]byte
		copy(b[:], key[at:])
		r.stretch, r.length = binary.BigEndian.Uint64(b[:]), stretchLen
		return
	}
	r.stretch, r.length = 0, uint8(len(key)-at)
	for i := at; i < len(key); i++ {
		r.stretch |= uint64(key[i]) << (8 * (stretchLen - 1 - (i - at)))
	}
}

// permute puts the ops in the order of refs, and forgets refs.
func permute(ops []Op, refs []opRef) {
	for i := range refs {
		from := int(refs[i].op)
		if from < 0 {
			continue // is there already
		}
		kept, to := ops[i], i
		for from != i {
			ops[to] = ops[from]
			refs[to].op = -1
			to, from = from, int(refs[from].op)
		}
		ops[to] = kept
		refs[to].op = -1
	}
}
