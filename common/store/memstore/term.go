package memstore

import (
	"fmt"
	"slices"

	"github.com/vlcp-go/vlcp/common/store"
)

const maxTerms = 1000

// advance begins a new revision, and a new term where another writer goes on.
func (d *data) advance(writer string, anew bool) {
	d.rev++
	if d.writer == writer && !anew {
		return
	}
	d.writer = writer
	d.terms = append(d.terms, term{d.rev, fmt.Sprintf("%d-%s-%d", d.rev, writer, len(d.terms))})
	if over := len(d.terms) - maxTerms; over > 0 {
		d.terms = slices.Delete(d.terms, 0, over)
	}
}

// term is the name of the present term, "" before the first commit.
func (d *data) term() string {
	if len(d.terms) == 0 {
		return ""
	}
	return d.terms[len(d.terms)-1].name
}

// compare says whether the commit that c knows of is not in this history, and up to where history may be older than it.
func (d *data) compare(c *store.Cursor) (lost bool, base int64) {
	switch {
	case c.Epoch != d.epoch:
		return false, d.base
	case c.Rev == 0 || c.Rev <= d.rev && d.termAt(c.Rev) == c.Term:
		return false, 0
	}
	base = min(d.rev, c.Rev)
	i := slices.IndexFunc(d.terms, func(t term) bool { return t.name == c.Term })
	if i >= 0 && i+1 < len(d.terms) {
		base = min(base, d.terms[i+1].first-1)
	}
	return true, base
}

func (d *data) termAt(rev int64) string {
	name := ""
	for _, t := range d.terms {
		if t.first <= rev {
			name = t.name
		}
	}
	return name
}
