package ovsdb

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

const (
	id1  = "11111111-1111-1111-1111-111111111111"
	id2  = "22222222-2222-2222-2222-222222222222"
	txn  = "33333333-3333-3333-3333-333333333333"
	none = `[false,"` + string(zeroUUID) + `",{}]`
)

// update3 is an update for the monitor that r asked for.
func (r fakeRequest) update3(updates string) string {
	return `{"id":null,"method":"update3","params":[` + r.monitorID() + `,"` + txn + `",` + updates + `]}`
}

// badOnce is a server that answers the first monitor request with bad, and later ones with one row.
func badOnce(t *testing.T, bad func(r fakeRequest) string) string {
	t.Helper()
	var n atomic.Int32
	return fakeServer(t, func(r fakeRequest) string {
		if r.Method != monitorSince {
			return ""
		}
		if n.Add(1) == 1 {
			return bad(r)
		}
		if string(r.Params[3]) != `"`+string(zeroUUID)+`"` {
			return "hang up" // after something unreadable the client must ask for everything
		}
		return r.result(`[false,"` + txn + `",{"Item":{"` + id1 + `":{"initial":{"name":"good"}}}}]`)
	})
}

// TestHostileInputEndsTheSessionAndTheNextOneReadsEverything feeds what no server sends. None of it may reach the copy
// by halves.
func TestHostileInputEndsTheSessionAndTheNextOneReadsEverything(t *testing.T) {
	row := func(columns string) string { return `{"Item":{"` + id1 + `":{"insert":{` + columns + `}}}}` }
	for name, c := range map[string]struct{ updates, why string }{
		"wrong type":         {row(`"number":"x"`), "number expected"},
		"fraction":           {row(`"number":1.5`), "not an integer"},
		"too large":          {row(`"number":9223372036854775808`), "not an integer"},
		"real too large":     {row(`"weight":1e999`), "not a number"},
		"no map":             {row(`"notes":["set",[]]`), "map expected"},
		"short pair":         {row(`"notes":["map",[["k"]]]`), "key and value expected"},
		"long pair":          {row(`"notes":["map",[["k","v","w"]]]`), "key and value expected"},
		"two for one":        {row(`"name":["set",["a","b"]]`), "one element expected"},
		"none for one":       {row(`"name":["set",[]]`), "one element expected"},
		"twice in a set":     {row(`"tags":["set",["a","a"]]`), "element twice"},
		"bare uuid":          {row(`"peers":"` + id2 + `"`), "[ expected"},
		"unknown column":     {row(`"nothing":1`), "unknown column nothing"},
		"unknown table":      {`{"Nothing":{}}`, "table Nothing is not watched"},
		"unknown change":     {`{"Item":{"` + id1 + `":{"replace":{}}}}`, "unknown change"},
		"no change":          {`{"Item":{"` + id1 + `":{}}}`, "one change expected"},
		"two changes":        {`{"Item":{"` + id1 + `":{"delete":null,"insert":{}}}}`, "one change expected"},
		"unknown row":        {`{"Item":{"` + id2 + `":{"modify":{"name":"x"}}}}`, "not in the copy"},
		"an array":           {`[]`, "{ expected"},
		"null":               {`null`, "{ expected"},
		"deep":               {row(`"name":` + strings.Repeat(`[`, 40) + strings.Repeat(`]`, 40)), "too deep"},
		"not UTF-8":          {row(`"name":"` + "\xff" + `"`), "not UTF-8"},
		"control character":  {row(`"name":"` + "\x01" + `"`), "control character"},
		"bad escape":         {row(`"name":"\q"`), "escape"},
		"word":               {row(`"on":truth`), "true or false expected"},
		"number with a zero": {row(`"number":007`), "number expected"},
		"number without one": {row(`"number":-`), "number expected"},
		"missing comma":      {row(`"number":1 "name":"x"`), ", expected"},
	} {
		t.Run(name, func(t *testing.T) {
			good := `{"Item":{"` + id1 + `":{"initial":{"name":"first"}}}}`
			addr := badOnce(t, func(r fakeRequest) string {
				return r.result(`[false,"`+txn+`",`+good+`]`) + r.update3(c.updates)
			})
			withClient(t, Options{Address: addr}, func(co *coroutine.Co, r *rig) {
				require.ErrorContains(t, r.awaitDown(co, "from OVSDB"), c.why)
				r.await(co, func() bool { return r.synced == 2 })
				require.Equal(t, "good", r.c.Row("Item", id1).String("name"))
				r.m.requireCopy(t, r.c)
				require.Len(t, r.m, 1)
			})
		})
	}
}

func TestHostileRepliesAndMessages(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(r fakeRequest) string
		why    string
	}{
		"not JSON":         {func(fakeRequest) string { return "HTTP/1.1 400 Bad Request\r\n" }, "not JSON objects"},
		"closing first":    {func(fakeRequest) string { return "}" }, "not JSON objects"},
		"an array":         {func(fakeRequest) string { return "[1]" }, "not JSON objects"},
		"cut off":          {func(r fakeRequest) string { return r.result(none)[:20] }, "no sign of life|timed out"},
		"garbage inside":   {func(fakeRequest) string { return `{"id":1,"result":nonsense}` }, "malformed JSON"},
		"method of a type": {func(fakeRequest) string { return `{"method":5}` }, "malformed JSON"},
		"short reply":      {func(r fakeRequest) string { return r.result(`[false]`) }, "three elements expected"},
		"long reply":       {func(r fakeRequest) string { return r.result(none[:len(none)-1] + `,5]`) }, "{ expected"},
		"wrong reply":      {func(r fakeRequest) string { return r.result(`{}`) }, "[ expected"},
		"neither":          {func(r fakeRequest) string { return `{"id":` + string(r.ID) + `}` }, "neither"},
		"hang up":          {func(fakeRequest) string { return "hang up" }, "closed by the peer"},
		"update of nothing": {func(r fakeRequest) string {
			return r.result(none) + `{"method":"update3","params":[],"id":null}`
		}, "wrong number of elements"},
		"update without parameters": {func(r fakeRequest) string {
			return r.result(none) + `{"method":"update2","id":null}`
		}, "[ expected"},
		"locked by a number": {func(r fakeRequest) string {
			return r.result(none) + `{"method":"locked","params":[5],"id":null}`
		}, `" expected`},
	} {
		t.Run(name, func(t *testing.T) {
			addr := badOnce(t, c.answer)
			o := Options{Address: addr, Probe: 20 * time.Millisecond, MessageMax: 1 << 20}
			if name == "cut off" {
				o.Address = badOnce(t, func(r fakeRequest) string { return r.result(none) + r.update3(`{}`)[:20] })
			}
			withClient(t, o, func(co *coroutine.Co, r *rig) {
				r.await(co, func() bool { return len(r.downs) > 0 })
				ok := false
				for _, why := range strings.Split(c.why, "|") {
					ok = ok || strings.Contains(r.downs[0].Error(), why)
				}
				require.True(t, ok, "%v", r.downs[0])
			})
		})
	}
}

func TestUnknownIDsAndNotificationsArePassedOver(t *testing.T) {
	addr := fakeServer(t, func(r fakeRequest) string {
		if r.Method != monitorSince {
			return ""
		}
		return `{"id":999999,"result":1,"error":null}{"id":"x","result":1}{"id":null,"result":1}{"id":{"a":1},"error":"x"}` +
			`{"id":null,"method":"update3","params":["somebody else's","` + txn + `",{"Nothing":5}]}` +
			`{"id":null,"method":"stolen","params":["nobody's"]}{"id":null,"method":"unheard of","params":{}}` +
			`{"id":null,"method":"locked","params":["nobody's"]}{}` +
			r.result(none) + r.update3(`{"Item":{"`+id1+`":{"insert":{"name":"x"}}}}`)
	})
	withClient(t, Options{Address: addr}, func(co *coroutine.Co, r *rig) {
		r.await(co, func() bool { return len(r.m) == 1 })
		require.Empty(t, r.downs)
		require.Empty(t, r.locks)
	})
}

func TestAMessageThatIsTooLongIsSaid(t *testing.T) {
	for _, text := range []string{`"` + strings.Repeat("x", 5000), strings.Repeat(" ", 5000)} {
		addr := badOnce(t, func(r fakeRequest) string { return r.result(none) + `{"method":` + text })
		withClient(t, Options{Address: addr, MessageMax: 4096}, func(co *coroutine.Co, r *rig) {
			// The schema of the test is shorter than that.
			require.ErrorIs(t, r.awaitDown(co, "message too long: more than 4096 bytes"), ErrTooLong)
			r.await(co, func() bool { return r.synced == 2 })
		})
	}
}

// TestAnUpdateRightBehindTheFirstReplyIsApplied is about what arrives in one read with the reply: it is applied after
// it, although the coroutine that waits for the reply runs later.
func TestAnUpdateRightBehindTheFirstReplyIsApplied(t *testing.T) {
	addr := fakeServer(t, func(r fakeRequest) string {
		if r.Method != monitorSince {
			return ""
		}
		all := r.result(`[false,"` + txn + `",{"Item":{"` + id1 + `":{"initial":{"name":"old","tags":["set",["a"]]}}}}]`)
		for i := range 100 {
			all += r.update3(fmt.Sprintf(`{"Item":{"%s":{"modify":{"name":"new %d","tags":"t%d"}}}}`, id1, i, i))
		}
		return all + r.update3(`{"Item":{"`+id2+`":{"insert":{"name":"other"}},"`+id1+`":{"modify":{"on":true}}}}`)
	})
	withClient(t, Options{Address: addr}, func(co *coroutine.Co, r *rig) {
		r.await(co, func() bool { return len(r.m) == 2 })
		require.Equal(t, "new 99", r.c.Row("Item", id1).String("name"))
		require.True(t, r.c.Row("Item", id1).Bool("on"))
		require.Len(t, r.c.Row("Item", id1)["tags"], 101)
		require.Equal(t, "other", r.c.Row("Item", id2).String("name"))
	})
}

func TestTheUpdateOfATransactionIsAppliedBeforeItsReply(t *testing.T) {
	var monitor fakeRequest
	addr := fakeServer(t, func(r fakeRequest) string {
		switch r.Method {
		case monitorSince:
			monitor = r
			return r.result(none)
		case "transact":
			return monitor.update3(`{"Item":{"`+id1+`":{"insert":{"name":"mine"}}}}`) +
				r.result(`[{"uuid":["uuid","`+id1+`"]}]`) + monitor.update3(`{"Item":{"`+id1+`":{"modify":{"name":"later"}}}}`)
		}
		return ""
	})
	var seen []string
	o := Options{Address: addr, OnUpdate: func(_ string, _ UUID, _, after Row) {
		seen = append(seen, after.String("name"))
	}}
	withClient(t, o, func(co *coroutine.Co, r *rig) {
		r.awaitSynced(co)
		r.transact(co, Insert("Item", "", Row{"name": "mine"}))
		require.Equal(t, "mine", seen[0])
		r.await(co, func() bool { return len(seen) == 2 })
		require.Equal(t, []string{"mine", "later"}, seen)
	})
}

func TestHostileResultsOfATransaction(t *testing.T) {
	results := []string{`[]`, `[{},{},{},{}]`, `[null,null]`, `5`, `[{"count":"x"},{}]`, `[{"uuid":"x"},{}]`,
		`[{"rows":[{"nothing":1}]},{}]`, `[{"rows":{}},{}]`, `[{"error":5},{}]`}
	n := 0
	addr := fakeServer(t, func(r fakeRequest) string {
		switch r.Method {
		case monitorSince:
			return r.result(none)
		case "transact":
			n++
			return r.result(results[n-1])
		}
		return ""
	})
	withClient(t, Options{Address: addr}, func(co *coroutine.Co, r *rig) {
		r.awaitSynced(co)
		for _, text := range results {
			_, err := r.c.Transact(co, Select("Item", nil), Comment(""))
			require.Error(t, err, text)
		}
		require.Empty(t, r.downs)
	})
}

// TestServersThatLackMethods: what a server does not know it refuses, and the client takes the next best.
func TestServersThatLackMethods(t *testing.T) {
	for _, known := range []string{monitorCond, monitorPlain} {
		addr := fakeServer(t, func(r fakeRequest) string {
			switch {
			case r.Method == monitorCond && known == monitorCond:
				return r.result(`{"Item":{"`+id1+`":{"initial":{"name":"a","tags":"x"}}}}`) +
					`{"id":null,"method":"update2","params":[` + r.monitorID() + `,{"Item":{"` + id1 +
					`":{"modify":{"tags":"y"}}}}]}`
			case r.Method == monitorPlain:
				all := `"number":0,"tags":["set",["x","y"]]`
				return r.result(`{"Item":{"`+id1+`":{"new":{"name":"b",`+all+`}},"`+id2+`":{"new":{"name":"c"}}}}`) +
					`{"id":null,"method":"update","params":[` + r.monitorID() + `,{"Item":{"` + id2 + `":{"old":{"name":"c"}},"` +
					id1 + `":{"old":{"name":"b"},"new":{"name":"a",` + all + `}}}}]}`
			case strings.HasPrefix(r.Method, "monitor"):
				return r.refusal(`"unknown method"`)
			}
			return ""
		})
		withClient(t, Options{Address: addr}, func(co *coroutine.Co, r *rig) {
			r.await(co, func() bool { return len(r.m) == 1 && len(r.c.Row("Item", id1).UUIDs("tags")) == 0 && r.c.synced })
			require.Equal(t, known, r.c.session.monitor.method)
			r.await(co, func() bool { return equal(r.c.Row("Item", id1)["tags"], Set{"x", "y"}) })
			require.Equal(t, "a", r.c.Row("Item", id1).String("name"))
			r.m.requireCopy(t, r.c)
			if known == monitorPlain {
				err := r.c.Watch(co, map[string]Table{"Item": {Where: []Condition{{"name", "==", "a"}}}})
				require.ErrorContains(t, err, "cannot watch by conditions")
			}
		})
	}
}
