package catalog

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// Flaw is something that is not right with what is stored.
type Flaw struct {
	Code    string `json:"code"`
	Object  string `json:"object"`
	Problem string `json:"problem"`
	// Mend is what repair does about it, "" when an operator has to decide.
	Mend string `json:"mend,omitempty"`
}

// String is the line for people.
func (f Flaw) String() string { return f.Object + ": " + f.Problem + " (" + f.Code + ")" }

// Codes that others look for.
const (
	codeLater = "version_later"
	mendIndex = "the indexes are written anew from the documents"
)

// audit holds documents against each other and against what the indexes have. It is pure: documents and claims in,
// flaws and mended documents and claims out.
type audit struct {
	flaws   []Flaw
	docs    []store.Doc // that stay
	touched map[store.Scope]bool
	objects map[ref]*audited
	beats   map[string]bool // hosts with a heartbeat
	want    map[store.Entry]claimed
	unsure  map[string]bool // owners of claims that cannot be worked out

	companions map[store.Key]bool // that are there
}

// audited is a document that could be read.
type audited struct {
	doc    *store.Doc
	object any // Object, *model.Host, *model.Binding
}

// claimed is a claim with the object that makes it.
type claimed struct {
	store.Claim
	by string
}

// examine audits documents. beats are the hosts that have a heartbeat.
func examine(docs []store.Doc, beats map[string]bool) *audit {
	a := &audit{touched: map[store.Scope]bool{}, objects: map[ref]*audited{}, beats: beats,
		want: map[store.Entry]claimed{}, unsure: map[string]bool{}, companions: map[store.Key]bool{}}
	sorted := slices.Clone(docs) // the oldest keeps what several have
	slices.SortStableFunc(sorted, func(x, y store.Doc) int { return cmp.Compare(x.Rev, y.Rev) })
	for i := range sorted {
		a.read(&sorted[i])
	}
	for i := range sorted {
		if d := &sorted[i]; a.stays(d) {
			a.docs = append(a.docs, *d)
		} else {
			a.touched[d.Key.Scope] = true
		}
	}
	a.addCompanions()
	for _, d := range a.docs {
		a.claim(&d)
	}
	return a
}

func (a *audit) add(code, object, mend, format string, args ...any) {
	a.flaws = append(a.flaws, Flaw{Code: code, Object: object, Problem: fmt.Sprintf(format, args...), Mend: mend})
}

// place is a document's name for people.
func place(k store.Key) string { return k.Kind + " " + k.ID + " in " + string(k.Scope) }

// read decodes a document, and looks whether it is where it belongs.
func (a *audit) read(d *store.Doc) {
	kind := model.Kind(d.Key.Kind)
	into := blankDoc(kind)
	if into == nil {
		a.add(codeLater, place(d.Key), "", "this program knows no such kind: a later version wrote it, use that")
		return
	}
	if err := strictly(d.Value, into); err != nil {
		if err2 := json.Unmarshal(d.Value, into); err2 != nil {
			a.add("document_unreadable", place(d.Key), "", "%v: put the right one there with redis-cli, or delete it", err2)
			a.unsure[string(kind)+"/"+d.Key.ID] = true
			return
		}
		a.add(codeLater, place(d.Key), "", "%v: a later version wrote it, use that", err)
	}
	r := ref{kind, d.Key.ID}
	o, definition := into.(Object)
	if definition {
		if named, _ := refOf(o); named != r || keyOf(r, networkOf(o)).Scope != d.Key.Scope {
			a.add("document_misplaced", place(d.Key), "", "it says that it is %s%s: delete one of the two with redis-cli",
				named.words(), within(o))
			a.unsure[r.String()] = true
			return
		}
		if err := o.Validate(); err != nil {
			a.add("document_invalid", place(d.Key), "", "%v: correct it with %s update", err, kind)
		}
	}
	if kind == model.KindBinding || definition || kind == model.KindHost {
		if other := a.objects[r]; other != nil {
			a.add("defined_twice", place(d.Key), "", "there is another one in %s: delete one of the two with redis-cli",
				other.doc.Key.Scope)
			a.unsure[r.String()] = true
			return
		}
	}
	a.objects[r] = &audited{d, into}
}

func within(o Object) string {
	if n := networkOf(o); n != "" {
		return " of network " + n
	}
	return ""
}

// blankDoc is what a document of a kind is decoded into, nil for a kind that we do not know.
func blankDoc(kind model.Kind) any {
	switch kind {
	case model.KindPhysNet, model.KindPhysPort, model.KindNetwork, model.KindSubnet, model.KindPort,
		model.KindMirror:
		return blank(kind)
	case model.KindHost:
		return new(model.Host)
	case model.KindBinding:
		return new(model.Binding)
	case model.KindAcceptance:
		return new(model.Acceptance)
	case model.KindSubPort:
		return new(model.SubPort)
	case model.KindMirrorEnd:
		return new(mirrorEnd)
	case kindGuard, kindResting, kindAddresses, kindUplinks:
		return new(resting)
	}
	return nil
}

func strictly(b []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}

// stays reports whether a document has what it refers to. Only what nobody defined goes: bindings and guards.
func (a *audit) stays(d *store.Doc) bool {
	switch kind := model.Kind(d.Key.Kind); kind {
	case kindGuard, kindAddresses:
		of := ref{model.KindPhysNet, d.Key.ID}
		if kind == kindAddresses {
			of.kind = model.KindNetwork
		}
		if _, ok := a.objects[of]; !ok && !a.unsure[of.String()] {
			a.add("guard_orphan", place(d.Key), "it is deleted", "there is no %s", of.words())
			return false
		}
	case model.KindBinding:
		return a.bindingStays(d)
	case model.KindSubPort, model.KindMirrorEnd:
		return a.companionStays(d)
	case model.KindNetwork, model.KindSubnet, model.KindPort, model.KindMirror:
		x := a.objects[ref{kind, d.Key.ID}]
		if x == nil || x.doc.Key != d.Key {
			return true // said already
		}
		for _, r := range references(x.object.(Object)) {
			a.refers(x, r)
		}
	}
	return true
}

func (a *audit) refers(x *audited, r ref) {
	to := a.objects[r]
	switch {
	case r.name == "":
	case to == nil && !a.unsure[r.String()]:
		a.add("reference_missing", place(x.doc.Key), "", "there is no %s: create it, or delete the %s", r.words(),
			x.doc.Key.Kind)
	case to != nil && r.kind == model.KindSubnet && networkOf(to.object.(Object)) != networkOf(x.object.(Object)):
		a.add("reference_missing", place(x.doc.Key), "", "%s is of another network: delete the port", r.words())
	}
}

func (a *audit) bindingStays(d *store.Doc) bool {
	x := a.objects[ref{model.KindBinding, d.Key.ID}]
	if x == nil {
		return true // unreadable
	}
	host := x.object.(*model.Binding).Host
	port := a.objects[ref{model.KindPort, d.Key.ID}]
	switch {
	case (port == nil || port.doc.Key.Scope != d.Key.Scope) && !a.unsure["port/"+d.Key.ID]:
		a.add("binding_orphan", place(d.Key), "it is deleted", "no such port is defined there")
		return false
	case a.objects[ref{model.KindHost, host}] == nil && !a.beats[host]:
		a.add("binding_orphan", place(d.Key), "it is deleted", "host %s is not known and sends no heartbeat", host)
		return false
	}
	return true
}

// claim notes what a document claims. What the elder one has, the younger one does not get.
func (a *audit) claim(d *store.Doc) {
	r := ref{model.Kind(d.Key.Kind), d.Key.ID}
	x := a.objects[r]
	if x == nil || x.doc.Key != d.Key || a.unsure[r.String()] {
		return
	}
	for _, c := range a.claimsOf(x) {
		e := store.Entry{Index: c.Index, Key: c.Key}
		if other, ok := a.want[e]; ok {
			a.add("allocated_twice", place(d.Key), "", "%s %s is also that of %s: give one of them another with %s update",
				indexWord(c.Index), c.Key, people(other.by), r.kind)
			continue
		}
		a.want[e] = claimed{c, r.String()}
	}
}

func indexWord(index string) string {
	word, _, _ := strings.Cut(index, ":")
	return strings.ToUpper(word)
}

func (a *audit) claimsOf(x *audited) []store.Claim {
	switch o := x.object.(type) {
	case *model.Binding:
		network := strings.TrimPrefix(string(x.doc.Key.Scope), string(store.NetworkScope("")))
		return []store.Claim{{Index: indexBound(o.Host), Key: x.doc.Key.ID, Owner: network, Bit: store.NoBit}}
	case Object:
		var in *model.Subnet
		if p, ok := o.(*model.Port); ok && p.Subnet != "" {
			if s := a.objects[ref{model.KindSubnet, p.Subnet}]; s != nil {
				in, _ = s.object.(*model.Subnet)
			}
		}
		list := claimsOf(o, in)
		out := make([]store.Claim, len(list))
		for i, c := range list {
			out[i] = c.Claim
		}
		return out
	}
	return nil
}

// claims lists what the indexes have to have.
func (a *audit) claims() []store.Claim {
	out := make([]store.Claim, 0, len(a.want))
	for _, e := range slices.SortedFunc(maps.Keys(a.want), compareEntries) {
		out = append(out, a.want[e].Claim)
	}
	return out
}

func compareEntries(a, b store.Entry) int {
	return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Key, b.Key))
}

// hold compares what the indexes have with what they have to have.
func (a *audit) hold(have []store.Claim) {
	left := maps.Clone(a.want)
	for _, c := range have {
		e := store.Entry{Index: c.Index, Key: c.Key}
		name := "index " + c.Index + " " + c.Key
		want, ok := left[e]
		delete(left, e)
		switch {
		case !ok && (a.unsure[c.Owner] || a.unsure[c.Index+"/"+c.Key]):
			a.want[e] = claimed{c, c.Owner} // it stays
		case !ok:
			a.add("index_orphan", name, mendIndex, "belongs to %s, which does not have it: nobody else can get it",
				people(c.Owner))
		case want.Owner != c.Owner:
			a.add("index_wrong", name, mendIndex, "says %s, and is of %s", people(c.Owner), people(want.Owner))
		case want.Bit != c.Bit || want.Watched != c.Watched:
			a.add("index_wrong", name, mendIndex, "has another number or flag than %s gives it", people(want.by))
		}
	}
	for _, e := range slices.SortedFunc(maps.Keys(left), compareEntries) {
		a.add("index_missing", "index "+e.Index+" "+e.Key, mendIndex, "is missing, %s has it: somebody else could get it",
			people(left[e].by))
	}
}
