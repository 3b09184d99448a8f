package ovsdb

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// names of the items in the copy.
func (r *rig) names() string {
	var names []string
	for i := range 10 {
		if _, row := r.item(fmt.Sprint("i", i)); row != nil {
			names = append(names, fmt.Sprint(i))
		}
	}
	return strings.Join(names, "")
}

func (r *rig) insertTen(co *coroutine.Co) {
	for i := range 10 {
		r.transact(co, Insert("Item", "", Row{"name": fmt.Sprint("i", i), "number": i}))
	}
}

func TestConditionsChangeWhileRunning(t *testing.T) {
	for _, clustered := range []bool{false, true} {
		db := startDB(t, clustered)
		below := func(n int) map[string]Table {
			return map[string]Table{"Item": {Columns: []string{"name", "number"}, Where: []Condition{{"number", "<", n}}}}
		}
		withClient(t, Options{Address: db.Addr, Database: "Test", Tables: below(3)}, func(co *coroutine.Co, r *rig) {
			r.awaitSynced(co)
			r.insertTen(co)
			require.Equal(t, "012", r.names())
			require.NoError(t, r.c.Watch(co, below(6)))
			require.Equal(t, "012345", r.names())
			u, _ := r.item("i0")
			r.transact(co, Update("Item", u, Row{"number": 50})) // leaves the copy
			require.Equal(t, "12345", r.names())
			before := len(r.wire.came)
			require.NoError(t, r.c.Watch(co, below(2)))
			require.Equal(t, "1", r.names())
			require.Len(t, r.wire.came[before:], 2, "a difference and the reply")

			either := map[string]Table{"Item": {Columns: []string{"name", "number"},
				Where: []Condition{{"number", "==", 8}, {"name", "==", "i9"}}}}
			require.NoError(t, r.c.Watch(co, either))
			require.Equal(t, "89", r.names())
			require.NoError(t, r.c.Watch(co, map[string]Table{"Item": {Columns: []string{"name", "number"}}}))
			require.Equal(t, "0123456789", r.names())

			// Changed while there is no connection: nothing that did not change since is missed.
			r.wire.refuses = true
			r.wire.cut()
			r.await(co, func() bool { return !r.c.Synced() })
			require.ErrorIs(t, r.c.Watch(co, below(4)), ErrDown)
			r.wire.refuses = false
			r.awaitSynced(co)
			require.Equal(t, "123", r.names())
			r.m.requireCopy(t, r.c)
		})
	}
}

func TestTablesAndColumnsChangeWhileRunning(t *testing.T) {
	db := startDB(t, false)
	withClient(t, Options{Address: db.Addr, Database: "Test", Tables: map[string]Table{"Other": {}}},
		func(co *coroutine.Co, r *rig) {
			r.awaitSynced(co)
			r.insertTen(co)
			r.transact(co, Insert("Other", "", Row{"text": "x"}))
			require.Empty(t, r.names())
			require.Len(t, r.m, 1)
			require.NoError(t, r.c.Watch(co, map[string]Table{"Item": {Columns: []string{"name"}}}))
			require.Equal(t, "0123456789", r.names())
			require.Len(t, r.m, 10, "the other table's row was told as gone")
			require.NoError(t, r.c.Watch(co, allTables()))
			_, row := r.item("i7")
			require.Contains(t, row, "queues")
			r.transact(co, Insert("Other", "", Row{"text": "y"}), Delete("Item", []Condition{{"name", "==", "i7"}}))
			require.Equal(t, "012345689", r.names())
			require.Len(t, r.m, 11)

			require.ErrorIs(t, r.c.Watch(co, map[string]Table{"Nothing": {}}), ErrSchema)
			require.ErrorIs(t, r.c.Watch(co, map[string]Table{"Item": {Where: []Condition{{"name", "~", "x"}}}}), ErrReply)
			r.wire.cut()
			r.await(co, func() bool { return r.synced == 2 })
			require.Len(t, r.m, 11, "what was refused is forgotten")
			r.m.requireCopy(t, r.c)
		})
}

func TestSeveralMayChangeWhatIsWatchedAtOnce(t *testing.T) {
	db := startDB(t, false)
	withClient(t, Options{Address: db.Addr}, func(co *coroutine.Co, r *rig) {
		r.awaitSynced(co)
		r.insertTen(co)
		var tasks []*coroutine.Task
		for i := range 10 {
			tasks = append(tasks, co.Go("watcher", func(co *coroutine.Co) error {
				if i == 4 {
					return r.c.Watch(co, map[string]Table{"Other": {}})
				}
				return r.c.Watch(co, map[string]Table{"Item": {Columns: []string{"name"},
					Where: []Condition{{"number", "==", i}}}})
			}))
		}
		for i, task := range tasks {
			if i == 6 {
				task.Cancel()
				continue
			}
			require.NoError(t, task.Wait(co))
		}
		require.Equal(t, "9", r.names())
		r.m.requireCopy(t, r.c)
	})
}
