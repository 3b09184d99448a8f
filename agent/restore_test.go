package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// TestAScopeIsRestoredInPieces: with every document, also of one that takes more than two steps.
func TestAScopeIsRestoredInPieces(t *testing.T) {
	a := still(t)
	blue := documents(t, "blue")
	var names []string
	blue.Rev = 1
	for i := range 2*restoreSome + 1 {
		p := model.Port{Name: fmt.Sprintf("p%05d", i), Network: "blue", MAC: model.MAC{2, 1, 4: byte(i >> 8), 5: byte(i)}}
		b, err := json.Marshal(p)
		require.NoError(t, err)
		blue.Docs = append(blue.Docs, store.Doc{Key: store.Key{Scope: blue.Scope, Kind: string(model.KindPort), ID: p.Name},
			Rev: 1, Value: b})
		names = append(names, p.Name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	a.s.Go("restore", func(co *coroutine.Co) error {
		defer cancel()
		return a.follower.restoreDocs(co, store.Batch{Changes: []store.ScopeChange{blue}})
	})
	require.ErrorIs(t, a.s.Run(ctx), context.Canceled)
	for _, name := range names {
		p, ok := a.view.Port(name)
		require.True(t, ok, name)
		require.Equal(t, name, p.Name)
	}
	_, ok := a.view.Networks.Peek("blue")
	require.True(t, ok)
}
