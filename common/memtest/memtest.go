// Package memtest measures memory for benchmarks that say what is kept for each of many things.
package memtest

import "runtime"

// InUse is how many bytes heap and stacks of this process take after a collection: what is live, and what of their
// memory cannot be given to anything else. Two collections, since what has a finalizer goes with the second.
func InUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
