package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// VNIs that were given up rest: they are given out again only when no other is left, the one that rests longest first.
// A host that is cut off from the store goes on sending the frames of a deleted network, and would send them into the
// network that has its number now. Whoever names a number gets it, resting or not.
//
// A number rests as a document in the scope of the coordinator, with its place in the order of giving up; so it is in
// backups, and no two commits get into each other's way. Rejected: resting for a time, which no clock of ours can tell,
// and until every host has applied the deletion, which one host that never comes back would put off for ever.
const (
	kindGuard   model.Kind = "guard"
	kindResting model.Kind = "resting"

	counterResting = "resting"
	restingMax     = 4096 // beyond which the longest rested are ordinary again
)

// resting is the document of a number that rests. A guard has no fields.
type resting struct {
	Order int64 `json:"order,omitempty"`
}

func restingKey(vni int64) store.Key {
	return store.Key{Scope: guardScope, Kind: string(kindResting), ID: strconv.FormatInt(vni, 10)}
}

// readResting lists the numbers that rest, with their order. It is read once for an attempt.
func (w *work) readResting() (map[int64]int64, error) {
	if w.resting != nil {
		return w.resting, nil
	}
	docs, err := w.c.s.Read(w.ctx, guardScope)
	if err != nil {
		return nil, err
	}
	w.resting = map[int64]int64{}
	for i := range docs {
		vni, err := strconv.ParseInt(docs[i].Key.ID, 10, 64)
		if docs[i].Key.Kind != string(kindResting) || err != nil {
			continue
		}
		var r resting
		if err := unmarshal(&docs[i], &r); err != nil {
			return nil, err
		}
		w.resting[vni] = r.Order
	}
	return w.resting, nil
}

// freeVNIs finds n numbers in a range, those that do not rest first.
func (w *work) freeVNIs(sp span, all map[string]map[int64]bool, n int) ([]int64, error) {
	rest, err := w.readResting()
	if err != nil {
		return nil, err
	}
	avoid := maps.Clone(all[indexVNI])
	if avoid == nil {
		avoid = map[int64]bool{}
	}
	for vni := range rest {
		avoid[vni] = true
	}
	out, err := w.free(indexVNI, []span{sp}, map[string]map[int64]bool{indexVNI: avoid}, n)
	if err != nil || len(out) == n {
		return w.use(out, all), err
	}
	var keys []string
	var rested []int64
	for _, vni := range byOrder(rest) {
		if vni >= sp.lo && vni <= sp.hi && !all[indexVNI][vni] {
			rested, keys = append(rested, vni), append(keys, strconv.FormatInt(vni, 10))
		}
	}
	if len(keys) == 0 {
		return w.use(out, all), nil
	}
	owners, err := w.c.s.Lookup(w.ctx, indexVNI, keys...)
	if err != nil {
		return nil, err
	}
	for i, o := range owners {
		if o == "" && len(out) < n {
			out = append(out, rested[i])
		}
	}
	return w.use(out, all), nil
}

// use notes numbers that this change gives out.
func (w *work) use(vnis []int64, all map[string]map[int64]bool) []int64 {
	if all[indexVNI] == nil {
		all[indexVNI] = map[int64]bool{}
	}
	for _, v := range vnis {
		all[indexVNI][v] = true
	}
	return vnis
}

// byOrder lists numbers that rest, the longest first.
func byOrder(rest map[int64]int64) []int64 {
	return slices.SortedFunc(maps.Keys(rest), func(a, b int64) int {
		return cmp.Or(cmp.Compare(rest[a], rest[b]), cmp.Compare(a, b))
	})
}

// rest lays the numbers that the change gives up to rest, and ends the rest of those that it takes.
func (w *work) rest() error {
	taken := map[int64]bool{}
	for _, c := range w.txn.Claims {
		if c.Index == indexVNI {
			taken[c.Bit] = true
		}
	}
	var given []int64
	for _, c := range w.txn.Releases {
		if c.Index == indexVNI && !taken[c.Bit] {
			given = append(given, c.Bit)
		}
	}
	if len(given)+len(taken) == 0 {
		return nil
	}
	rest, err := w.readResting()
	if err != nil {
		return err
	}
	ends := slices.DeleteFunc(slices.Sorted(maps.Keys(taken)), func(v int64) bool { _, rests := rest[v]; return !rests })
	over := len(rest) + len(given) - len(ends) - restingMax
	for _, v := range byOrder(rest) {
		if over > 0 && !taken[v] && !slices.Contains(given, v) {
			ends, over = append(ends, v), over-1
		}
	}
	for _, v := range ends {
		w.txn.Deletes = append(w.txn.Deletes, restingKey(v))
	}
	if len(given) == 0 {
		return nil
	}
	first, err := w.c.s.Sequence(w.ctx, counterResting, len(given))
	if err != nil {
		return err
	}
	for i, v := range given {
		value, err := json.Marshal(resting{first + int64(i)})
		if err != nil {
			return fmt.Errorf("encode resting number %d: %w", v, err)
		}
		w.txn.Puts = append(w.txn.Puts, store.Doc{Key: restingKey(v), Value: value})
	}
	return nil
}
