package agent

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
)

// A host that is emptied onto another has all its ports told; beyond that, status says what the others miss.
func TestStandbyMax(t *testing.T) {
	_, one, _ := blue(t)
	stand := func(from, to int) {
		t.Helper()
		_, err := onScheduler(t.Context(), one.a, func() (struct{}, error) {
			for i := from; i < to; i++ {
				one.a.binder.standing[fmt.Sprintf("port%04d", i)] = true
			}
			require.Len(t, one.a.binder.standbyPorts(), min(to, model.StandbyMax))
			return struct{}{}, nil
		})
		require.NoError(t, err)
	}
	stand(0, 1000)
	require.False(t, one.problem("standby_not_told", one.cfg.Host))
	stand(1000, 1001)
	require.True(t, one.problem("standby_not_told", one.cfg.Host))
}
