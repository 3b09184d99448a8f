package view

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/vlcp-go/vlcp/common/store"
)

// object is what a document is of.
type object struct{ kind, id string }

// plainDocs are documents as one would write them down first.
type plainDocs struct {
	revs  map[store.Key]int64
	homes map[object]store.Scope
}

func (p *plainDocs) remove(k store.Key) bool {
	_, there := p.revs[k]
	delete(p.revs, k)
	o := object{k.Kind, k.ID}
	if !there || p.homes[o] != k.Scope {
		return false
	}
	delete(p.homes, o)
	return true
}

// TestDocsAreWhatTheyAreIfWrittenPlainly: in every history.
func TestDocsAreWhatTheyAreIfWrittenPlainly(t *testing.T) {
	scopes := []store.Scope{"net/a", "net/b", "net/c"}
	var keys []store.Key
	for _, s := range scopes {
		for _, kind := range []string{"port", "binding"} {
			keys = append(keys, store.Key{Scope: s, Kind: kind, ID: "x"}, store.Key{Scope: s, Kind: kind, ID: "y"})
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d, p := newDocs(), plainDocs{map[store.Key]int64{}, map[object]store.Scope{}}
		for range 40 {
			k := rapid.SampledFrom(keys).Draw(t, "key")
			if rapid.Bool().Draw(t, "remove") {
				require.Equal(t, p.remove(k), d.remove(k))
			} else {
				rev, counts := rapid.Int64Range(0, 9).Draw(t, "rev"), rapid.Bool().Draw(t, "counts")
				d.set(k, rev, counts)
				p.revs[k] = rev
				if counts {
					p.homes[object{k.Kind, k.ID}] = k.Scope
				}
			}
			p.check(t, &d, keys)
		}
		for _, s := range scopes {
			for k := range d.in(s) {
				d.remove(k)
			}
			require.False(t, d.any(s))
			d.drop(s)
		}
		require.Empty(t, d.scopes)
		require.Empty(t, d.kinds["port"])
		require.Empty(t, d.kinds["binding"])
	})
}

func (p *plainDocs) check(t *rapid.T, d *docs, keys []store.Key) {
	have := map[store.Key]bool{}
	for _, k := range keys {
		want, there := p.revs[k]
		rev, ok := d.rev(k)
		require.Equal(t, there, ok)
		require.Equal(t, want, rev)
		home, counted := p.homes[object{k.Kind, k.ID}]
		scope, homeRev, ok := d.counting(k.Kind, k.ID)
		require.Equal(t, counted, ok)
		require.Equal(t, home, scope)
		require.Equal(t, p.revs[store.Key{Scope: home, Kind: k.Kind, ID: k.ID}], homeRev)
		for k := range d.in(k.Scope) {
			have[k] = true
		}
	}
	require.Equal(t, slices.SortedFunc(maps.Keys(p.revs), store.Key.Compare),
		slices.SortedFunc(maps.Keys(have), store.Key.Compare))
}
