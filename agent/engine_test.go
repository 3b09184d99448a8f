package agent

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
)

// The length of an OpenFlow message has 16 bits: a flow that is longer must not reach the switch with a wrong one.
func TestAFlowThatDoesNotFitIsRefusedHere(t *testing.T) {
	w := newWorld(t, 1)
	w.startAll()
	e := w.hosts[0].a.engine
	owner := pipeline.Owner{Module: pipeline.ModuleL2, Name: "network/big"}
	small := owner.Flow(pipeline.Flood, 1, pipeline.Match(), pipeline.Do(), pipeline.End)
	big := owner.Flow(pipeline.Flood, 2, pipeline.Match(), pipeline.Do(), pipeline.End)
	big.Instr = strings.Repeat("x", 1<<16)
	_, err := onScheduler(t.Context(), w.hosts[0].a, func() (struct{}, error) {
		fit, msgs := e.encode([]reconcile.Op{{Kind: reconcile.Add, Flow: big}, {Kind: reconcile.Add, Flow: small}})
		require.Len(t, fit, 1)
		require.Len(t, msgs, 1)
		require.Equal(t, small.Key, fit[0].Flow.Key)
		require.ErrorIs(t, e.refused[big.Key].err, errTooLarge)
		return struct{}{}, nil
	})
	require.NoError(t, err)
}
