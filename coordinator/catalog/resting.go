package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// VNIs and VLANs that were given up rest: they are given out again only when no other is left, the one that rests
// longest first. A host that is cut off from the store goes on sending the frames of a deleted network, and would send
// them into the network that has its number now. Whoever names a number gets it, resting or not.
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

// number is one of an index.
type number struct {
	index string
	n     int64
}

// onWire reports whether the numbers of an index keep networks apart on the wire, so that they rest.
func onWire(index string) bool { return index == indexVNI || strings.HasPrefix(index, indexVLAN("")) }

// restingKey is where a number rests: a VNI as "100", a VLAN as "vlan:office/100".
func restingKey(r number) store.Key {
	id := strconv.FormatInt(r.n, 10)
	if r.index != indexVNI {
		id = r.index + "/" + id
	}
	return store.Key{Scope: guardScope, Kind: string(kindResting), ID: id}
}

// restingNumber is the inverse of restingKey.
func restingNumber(id string) (number, bool) {
	r, digits := number{index: indexVNI}, id
	if i := strings.LastIndexByte(id, '/'); i >= 0 {
		r.index, digits = id[:i], id[i+1:]
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	r.n = n
	return r, err == nil && onWire(r.index)
}

// readResting lists the numbers that rest, with their order. It is read once for an attempt.
func (w *work) readResting() (map[number]int64, error) {
	if w.resting != nil {
		return w.resting, nil
	}
	docs, err := w.c.s.Read(w.ctx, guardScope)
	if err != nil {
		return nil, err
	}
	w.resting = map[number]int64{}
	for i := range docs {
		number, ok := restingNumber(docs[i].Key.ID)
		if docs[i].Key.Kind != string(kindResting) || !ok {
			continue
		}
		var r resting
		if err := unmarshal(&docs[i], &r); err != nil {
			return nil, err
		}
		w.resting[number] = r.Order
	}
	return w.resting, nil
}

// freeOnWire finds n numbers in a range of an index, those that do not rest first.
func (w *work) freeOnWire(index string, sp span, all map[string]map[int64]bool, n int) ([]int64, error) {
	rest, err := w.readResting()
	if err != nil {
		return nil, err
	}
	avoid := maps.Clone(all[index])
	if avoid == nil {
		avoid = map[int64]bool{}
	}
	for r := range rest {
		if r.index == index {
			avoid[r.n] = true
		}
	}
	out, err := w.free(index, []span{sp}, map[string]map[int64]bool{index: avoid}, n)
	if err != nil || len(out) == n {
		return use(index, out, all), err
	}
	var keys []string
	var rested []int64
	for _, r := range byOrder(rest) {
		if r.index == index && r.n >= sp.lo && r.n <= sp.hi && !all[index][r.n] {
			rested, keys = append(rested, r.n), append(keys, strconv.FormatInt(r.n, 10))
		}
	}
	if len(keys) == 0 {
		return use(index, out, all), nil
	}
	owners, err := w.c.s.Lookup(w.ctx, index, keys...)
	if err != nil {
		return nil, err
	}
	for i, o := range owners {
		if o == "" && len(out) < n {
			out = append(out, rested[i])
		}
	}
	return use(index, out, all), nil
}

// use notes numbers that this change gives out.
func use(index string, numbers []int64, all map[string]map[int64]bool) []int64 {
	if all[index] == nil {
		all[index] = map[int64]bool{}
	}
	for _, n := range numbers {
		all[index][n] = true
	}
	return numbers
}

// byOrder lists numbers that rest, the longest first.
func byOrder(rest map[number]int64) []number {
	return slices.SortedFunc(maps.Keys(rest), func(a, b number) int {
		return cmp.Or(cmp.Compare(rest[a], rest[b]), compareNumbers(a, b))
	})
}

func compareNumbers(a, b number) int {
	return cmp.Or(cmp.Compare(a.index, b.index), cmp.Compare(a.n, b.n))
}

// rest lays the numbers that the change gives up to rest, and ends the rest of those that it takes.
func (w *work) rest() error {
	taken := map[number]bool{}
	for _, c := range w.txn.Claims {
		if onWire(c.Index) {
			taken[number{c.Index, c.Bit}] = true
		}
	}
	var given []number
	for _, c := range w.txn.Releases {
		if r := (number{c.Index, c.Bit}); onWire(c.Index) && !taken[r] {
			given = append(given, r)
		}
	}
	if len(given)+len(taken) == 0 {
		return nil
	}
	rest, err := w.readResting()
	if err != nil {
		return err
	}
	ends := slices.SortedFunc(maps.Keys(taken), compareNumbers)
	ends = slices.DeleteFunc(ends, func(r number) bool { _, rests := rest[r]; return !rests })
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
			return fmt.Errorf("encode resting number %v: %w", v, err)
		}
		w.txn.Puts = append(w.txn.Puts, store.Doc{Key: restingKey(v), Value: value})
	}
	return nil
}
