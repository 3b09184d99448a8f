package agent

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// watched is blue, and a port probe of host2 in a network of its own, which gets the copies of web1 on host1.
func watched(t *testing.T) (w *world, one, two *host) {
	t.Helper()
	w, one, two = blueAnd(t, "ops", "probe")
	w.create(&model.Mirror{Name: "m", From: "web1", To: "probe"})
	await(t, "it is copied", func() bool { return one.owned("port/web1") == plainFlows+4 && two.owned("mirror/m") == 1 })
	w.settle()
	return w, one, two
}

func TestAMirrorToAnotherHost(t *testing.T) {
	w, one, two := watched(t)
	want := status.Mirror{Name: "m", From: "web1", To: "probe", Direction: "both", VNI: model.MirrorVNIMin,
		State: status.MirrorCopying, Host: "host2"}
	require.Equal(t, []status.Mirror{want}, one.status().Mirrors)
	want.State, want.Host = status.MirrorReceiving, ""
	require.Equal(t, []status.Mirror{want}, two.status().Mirrors)
	one.restart()
	two.restart()
	w.settle()
	require.Zero(t, one.status().Flows.Sent)
	require.Zero(t, two.status().Flows.Sent)

	two.detach("p3")
	await(t, "nobody has it", func() bool { return one.problem("mirror_no_target", "m") && two.owned("mirror/m") == 0 })
	one.attach("p4", "probe")
	one.up("probe")
	await(t, "it is on the same host", func() bool { return !one.problem("mirror_no_target", "m") })
	w.settle()
	require.Equal(t, status.MirrorCopying, one.status().Mirrors[0].State)
	w.delete(model.KindMirror, "m")
	await(t, "it is deleted", func() bool { return one.owned("port/web1") == plainFlows })
	require.Empty(t, one.status().Mirrors)
}

// An agent that starts without the store copies as before, also to where it has no port itself.
func TestMirrorsByTheJournal(t *testing.T) {
	w, one, _ := watched(t)
	before := one.dump()
	one.written()
	w.away()
	one.restart()
	require.Zero(t, one.status().Flows.Sent)
	require.Equal(t, before, one.dump())
}

// A store that has lost a mirror stops no copies, and one that has the number of what is kept waits.
func TestAStoreThatLosesAMirror(t *testing.T) {
	w, one, _ := blue(t)
	w.network("ops", 2)
	w.port("probe", "ops")
	w.settle()
	backup := w.mem.Snapshot()
	w.create(&model.Mirror{Name: "m", From: "web1", To: "probe"})
	await(t, "it is there", func() bool { return one.owned("port/web1") == plainFlows+4 })
	w.settle()
	w.goBack(backup)
	held := objects(w.holds(2))
	require.Equal(t, 2, held["mirror/m gone=true"], "who has blue")
	require.Equal(t, plainFlows+4, one.owned("port/web1"))
	w.create(&model.Mirror{Name: "other", From: "web2", To: "probe"}) // which has the same VNI
	await(t, "it is refused", func() bool { return objects(w.holds(2))["mirror/other gone=false"] == 2 })
	w.accept()
	await(t, "it is accepted", func() bool { return one.owned("port/web1") == plainFlows })
	w.settle()
}

// What a mirror of a later version has besides is passed over; one that cannot be read is told, and copies nothing.
func TestAMirrorThatCannotBeRead(t *testing.T) {
	w, one, _ := watched(t)
	key := store.Key{Scope: store.NetworkScope("blue"), Kind: string(model.KindMirror), ID: "m"}
	docs, err := w.st.Get(t.Context(), key)
	require.NoError(t, err)
	var fields map[string]any
	require.NoError(t, json.Unmarshal(docs[0].Value, &fields))
	fields["later"], fields["direction"] = 1, model.MirrorOut
	value, err := json.Marshal(fields)
	require.NoError(t, err)
	_, err = w.st.Commit(t.Context(), store.Txn{ID: "later", Puts: []store.Doc{{Key: key, Value: value}}})
	require.NoError(t, err)
	await(t, "it is taken", func() bool { return one.owned("port/web1") == plainFlows+1 })
	_, err = w.st.Commit(t.Context(), store.Txn{ID: "broken", Puts: []store.Doc{{Key: key, Value: []byte("[]")}}})
	require.NoError(t, err)
	w.settle()
	require.Equal(t, plainFlows+1, one.owned("port/web1"), "what was known stays")
}
