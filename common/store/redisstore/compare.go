package redisstore

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"
	"strconv"

	"github.com/vlcp-go/vlcp/common/store"
)

// compare notes what does not fit together, in an order that depends on nothing else.
func (v *surveyor) compare() {
	slices.SortFunc(v.out.Claims, func(a, b store.Claim) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Key, b.Key))
	})
	v.compareScopes()
	v.comparePools()
	v.compareBells()
	v.compareIDs()
	v.compareBeats()
	slices.SortStableFunc(v.out.Flaws, func(a, b store.Flaw) int {
		return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.Code, b.Code))
	})
}

// compareScopes holds documents and logs against the revisions of their scopes.
func (v *surveyor) compareScopes() {
	newest := map[store.Scope]int64{}
	for _, d := range v.out.Docs {
		newest[d.Key.Scope] = max(newest[d.Key.Scope], d.Rev)
		if d.Rev > v.rev {
			v.flaw(store.Flaw{Code: "revision_ahead", Object: home(d.Key) + " " + field(d.Key), Mended: true,
				Scope: d.Key.Scope}, "has revision %d, the store is at %d", d.Rev, v.rev)
		}
	}
	for _, sc := range slices.Sorted(maps.Keys(newest)) {
		if at, ok := v.out.Scopes[sc]; !ok || at < newest[sc] {
			v.flaw(store.Flaw{Code: "scope_behind", Object: "scopes " + string(sc), Scope: sc, Mended: true},
				"says revision %d, a document of the scope has %d: readers do not notice it", at, newest[sc])
		}
	}
	for _, sc := range slices.Sorted(maps.Keys(v.out.Scopes)) {
		at := v.out.Scopes[sc]
		if at > v.rev {
			v.flaw(store.Flaw{Code: "revision_ahead", Object: "scopes " + string(sc), Scope: sc, Mended: true},
				"has revision %d, the store is at %d", at, v.rev)
		}
		// A scope without a log is read whole: so it is after a restore.
		if end, ok := v.logs[sc]; ok && end != strconv.FormatInt(at, 10) {
			v.flaw(store.Flaw{Code: "log_differs", Object: "log:" + string(sc), Scope: sc, Mended: true},
				"ends at revision %s, the scope is at %d: readers cannot follow it", cmp.Or(end, "0"), at)
		}
	}
	for _, sc := range slices.Sorted(maps.Keys(v.logs)) {
		if _, ok := v.out.Scopes[sc]; !ok {
			v.flaw(store.Flaw{Code: "log_differs", Object: "log:" + string(sc), Scope: sc, Mended: true},
				"is the log of a scope that has no revision")
		}
	}
}

// comparePools holds the bitmaps of taken numbers against the entries that took them.
func (v *surveyor) comparePools() {
	want := map[string]map[int64][]byte{}
	for _, c := range v.out.Claims {
		if c.Bit != store.NoBit {
			setBit(want, c.Index, c.Bit)
		}
	}
	expected := map[string][]byte{}
	for ix, chunks := range want {
		for chunk, bits := range chunks {
			expected[poolKey(ix, chunk)] = bits
		}
	}
	all := maps.Clone(v.pools)
	maps.Copy(all, expected)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		free, taken := differ(v.pools[key], expected[key])
		if free+taken > 0 {
			v.flaw(store.Flaw{Code: "pool_differs", Object: key, Mended: true}, "says free of %d numbers that are taken (they "+
				"would be given out again, and refused), and taken of %d that are free (they are never given out)", free, taken)
		}
	}
}

// differ counts the bits that are missing in have, and those that are too many.
func differ(have, want []byte) (missing, extra int) {
	at := func(b []byte, i int) byte {
		if i < len(b) {
			return b[i]
		}
		return 0
	}
	for i := range max(len(have), len(want)) {
		h, w := at(have, i), at(want, i)
		missing += bits.OnesCount8(w &^ h)
		extra += bits.OnesCount8(h &^ w)
	}
	return missing, extra
}

// compareBells holds the keys that keyspace events come from against the watched entries.
func (v *surveyor) compareBells() {
	for _, c := range v.out.Claims {
		if !c.Watched {
			continue
		}
		key := bell(store.Entry{Index: c.Index, Key: c.Key})
		if !v.bells[key] {
			v.flaw(store.Flaw{Code: "bell_missing", Object: key, Mended: true}, "is missing: whoever waits for %s in index %s "+
				"is not told when it goes", c.Key, c.Index)
		}
		delete(v.bells, key)
	}
	for _, key := range slices.Sorted(maps.Keys(v.bells)) {
		v.flaw(store.Flaw{Code: "bell_orphan", Object: key, Mended: true}, "is of an entry that no index has")
	}
}

// compareIDs holds the remembered commits against the order in which they are forgotten.
func (v *surveyor) compareIDs() {
	in := map[string]bool{}
	for _, id := range v.idlog {
		in[id] = true
	}
	odd := 0
	for id := range v.ids {
		if !in[id] {
			odd++
		}
	}
	if odd > 0 {
		v.flaw(store.Flaw{Code: "ids_kept", Object: "ids"}, "has %d commits that are never forgotten: harmless, and nothing "+
			"mends it", odd)
	}
}

// compareBeats looks for heartbeats that nobody finds.
func (v *surveyor) compareBeats() {
	for _, host := range v.beatOf {
		if !v.beats[host] {
			v.flaw(store.Flaw{Code: "beat_orphan", Object: "beat:" + host}, "is not in the list of heartbeats: its agent puts "+
				"it there again, or redis-cli del removes it")
		}
	}
}
