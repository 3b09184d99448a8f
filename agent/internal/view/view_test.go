package view

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

const self = "me"

func doc(t testing.TB, network string, kind model.Kind, id string, rev int64, v any) store.Doc {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return store.Doc{Key: store.Key{Scope: store.NetworkScope(network), Kind: string(kind), ID: id}, Rev: rev, Value: b}
}

func port(t testing.TB, name, network string, rev int64) store.Doc {
	t.Helper()
	return doc(t, network, model.KindPort, name, rev, model.Port{Name: name, Network: network,
		MAC: model.MAC{0x0a, 0, 0, 0, 0, byte(rev)}, IP: netip.AddrFrom4([4]byte{10, 0, 0, byte(rev)})})
}

func binding(t testing.TB, name, network, host, token string, rev int64) store.Doc {
	t.Helper()
	return doc(t, network, model.KindBinding, name, rev, model.Binding{Port: name, Host: host, Token: token})
}

// mine is a view with an interface for p0 and p1, of which p1 was announced with token t1.
func mine() *View {
	v := New()
	v.SetSelf(Self{Host: self, TunnelPort: 9})
	v.SetLocal("p0", &vport.Local{UUID: "u0", Name: "if0", OFPort: 1})
	v.SetLocal("p1", &vport.Local{UUID: "u1", Name: "if1", OFPort: 2, Claim: "p1:t1"})
	return v
}

// places is everything that rules see.
func places(v *View) map[string]string {
	out := map[string]string{}
	v.Places.Each(func(name string, p Place) {
		out[name] = fmt.Sprintf("%+v local=%v remote=%v", p, v.LocalPorts.Peek(p.Network), v.RemoteHosts.Peek(p.Network))
	})
	return out
}

// history is a random life of four ports in two networks, as the batches of a reader that polls after every commit.
func history(t *testing.T, r *rand.Rand) []store.Batch {
	t.Helper()
	var out []store.Batch
	where, bound := map[string]string{}, map[string]bool{}
	for rev := int64(1); rev <= 40; rev++ {
		b := store.Batch{Rev: rev}
		p := fmt.Sprintf("p%d", r.IntN(4))
		network := where[p]
		c := store.ScopeChange{Scope: store.NetworkScope(network), Rev: rev}
		switch {
		case network == "":
			where[p] = []string{"blue", "red"}[r.IntN(2)]
			c.Scope = store.NetworkScope(where[p])
			c.Docs = append(c.Docs, port(t, p, where[p], rev))
		case r.IntN(3) == 0:
			c.Deleted = append(c.Deleted, store.Key{Scope: c.Scope, Kind: string(model.KindPort), ID: p})
			if bound[p] {
				c.Deleted = append(c.Deleted, store.Key{Scope: c.Scope, Kind: string(model.KindBinding), ID: p})
			}
			delete(where, p)
			delete(bound, p)
		default:
			c.Docs = append(c.Docs, binding(t, p, network, []string{self, "h1", "h2"}[r.IntN(3)], "t1", rev))
			bound[p] = true
		}
		b.Changes = append(b.Changes, c)
		out = append(out, b)
	}
	return out
}

// merged is several batches read as one: per scope the net changes.
func merged(batches []store.Batch) store.Batch {
	out := store.Batch{}
	docs, gone, revs := map[store.Key]store.Doc{}, map[store.Key]bool{}, map[store.Scope]int64{}
	for _, b := range batches {
		out.Rev = b.Rev
		for _, c := range b.Changes {
			revs[c.Scope] = c.Rev
			for _, d := range c.Docs {
				docs[d.Key] = d
				delete(gone, d.Key)
			}
			for _, k := range c.Deleted {
				delete(docs, k)
				gone[k] = true
			}
		}
	}
	for s, rev := range revs {
		c := store.ScopeChange{Scope: s, Rev: rev}
		for k, d := range docs {
			if k.Scope == s {
				c.Docs = append(c.Docs, d)
			}
		}
		for k := range gone {
			if k.Scope == s {
				c.Deleted = append(c.Deleted, k)
			}
		}
		out.Changes = append(out.Changes, c)
	}
	return out
}

// TestApplyInAnyOrder: scopes and documents of a batch in any order, batches twice, cut into documents, or several as
// one: the places are the same in the end.
func TestApplyInAnyOrder(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		batches := history(t, r)
		plain, v := mine(), mine()
		for _, b := range batches {
			require.NoError(t, plain.Apply(b))
		}
		for i := 0; i < len(batches); {
			n := min(1+r.IntN(6), len(batches)-i)
			for _, b := range scrambled(r, merged(batches[i:i+n])) {
				v.Expect([]string{"port", "binding"}[r.IntN(2)], r.IntN(10))
				require.NoError(t, v.Apply(b))
			}
			i += n
		}
		require.Equal(t, places(plain), places(v), "seed %d", seed)
		require.Equal(t, plain.byWay, v.byWay, "seed %d", seed)

		all := merged(batches)
		for i := range all.Changes {
			all.Changes[i].Full, all.Changes[i].Deleted = true, nil
		}
		fresh := mine()
		require.NoError(t, fresh.Apply(all))
		require.Equal(t, places(plain), places(fresh), "seed %d: read whole", seed)
		require.NoError(t, v.Apply(all))
		require.Equal(t, places(plain), places(v), "seed %d: read whole once more", seed)
	}
}

// scrambled is a batch cut into pieces of one document each, in random order, some of them twice.
func scrambled(r *rand.Rand, b store.Batch) []store.Batch {
	var out []store.Batch
	add := func(c store.ScopeChange) {
		for range 1 + r.IntN(2) {
			out = append(out, store.Batch{Rev: b.Rev, Changes: []store.ScopeChange{c}})
		}
	}
	for _, c := range b.Changes {
		for _, d := range c.Docs {
			add(store.ScopeChange{Scope: c.Scope, Rev: c.Rev, Docs: []store.Doc{d}})
		}
		for _, k := range c.Deleted {
			add(store.ScopeChange{Scope: c.Scope, Rev: c.Rev, Deleted: []store.Key{k}})
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func TestPlaces(t *testing.T) {
	v := mine()
	at := func(name string) Place {
		p, _ := v.Places.Peek(name)
		return Place{OFPort: p.OFPort, Host: p.Host}
	}
	here, there, nowhere := Place{OFPort: 2}, Place{Host: "h1"}, Place{}
	put := func(d store.Doc) { require.NoError(t, v.Put(d)) }
	require.Equal(t, nowhere, at("p1"), "not defined")
	put(port(t, "p1", "blue", 1))
	require.Equal(t, here, at("p1"))
	require.Equal(t, "p1", v.PortBehind(2, 0))
	put(binding(t, "p1", "blue", "h1", "t1", 2))
	require.Equal(t, here, at("p1"), "our own binding, by the host id that we had before")
	put(binding(t, "p1", "blue", "h1", "t2", 3))
	require.Equal(t, there, at("p1"), "taken over")
	require.Empty(t, v.PortBehind(2, 0))
	v.SetLocal("p1", &vport.Local{OFPort: 2, Claim: vport.Claim("p1", Lost)})
	v.Remove(store.Key{Scope: "net/blue", Kind: "binding", ID: "p1"})
	require.Equal(t, nowhere, at("p1"), "given up by the other host, which does not bring it back")
	v.SetLocal("p1", &vport.Local{OFPort: 3, Claim: "p0:t0"})
	require.Equal(t, Place{OFPort: 3}, at("p1"), "a claim of another port is none: a new attach")
	require.Equal(t, []string{"p0", "p1"}, v.TakeTouched())
	v.Drop("net/blue")
	require.Equal(t, nowhere, at("p1"))
	require.Empty(t, v.Apply(store.Batch{Changes: []store.ScopeChange{{Scope: "net/blue", Rev: 1, Full: true,
		Docs: []store.Doc{port(t, "p1", "blue", 1)}}}}), "a dropped scope takes old documents again")
	require.Equal(t, Place{OFPort: 3}, at("p1"))
}

func TestUnreadableDocuments(t *testing.T) {
	v := mine()
	bad := port(t, "p1", "blue", 5)
	bad.Value = []byte("{")
	err := v.Apply(store.Batch{Changes: []store.ScopeChange{{Scope: "net/blue", Rev: 5,
		Docs: []store.Doc{bad, port(t, "p0", "blue", 5), doc(t, "blue", "firewall", "f1", 5, "of a later version")}}}})
	require.ErrorContains(t, err, "port p1")
	_, ok := v.Places.Peek("p0")
	require.True(t, ok, "the others are applied")
}

// A port that another host has waits here until its guest speaks, or the other lets it go.
func TestStandby(t *testing.T) {
	v := New()
	v.SetSelf(Self{Host: "me"})
	v.ports["p1"] = model.Port{Name: "p1", Network: "blue"}
	v.bindings["p1"] = BindingDoc{Binding: model.Binding{Port: "p1", Host: "other", Token: "t"}}
	place := func() Place { p, _ := v.Places.Peek("p1"); return p }
	v.SetLocal("p1", &vport.Local{UUID: "u1", OFPort: 2})
	require.True(t, v.Standby("p1"))
	require.Equal(t, []any{uint32(2), "other"}, []any{place().OFPort, place().Host}, "both")
	v.Arrive("p1")
	require.False(t, v.Standby("p1"))
	require.Equal(t, []any{uint32(2), ""}, []any{place().OFPort, place().Host}, "here")

	v.SetLocal("p1", nil)
	require.Equal(t, "other", place().Host)
	v.SetLocal("p1", &vport.Local{UUID: "u2", OFPort: 3})
	require.True(t, v.Standby("p1"), "another interface is another attach")
	delete(v.bindings, "p1")
	v.SetLocal("p1", &vport.Local{UUID: "u2", OFPort: 3})
	require.False(t, v.Standby("p1"), "nobody has it")
	v.Arrive("p1")
	require.Empty(t, v.arrived)
	v.bindings["p1"] = BindingDoc{Binding: model.Binding{Port: "p1", Host: "other", Token: "t"}}
	v.SetLocal("p1", &vport.Local{UUID: "u2", OFPort: 3, Claim: vport.Claim("p1", "mine")})
	require.True(t, v.Displaced("p1"), "it was announced here before")
	require.False(t, v.Standby("p1"))
}
