package model

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStrategyIsChecked(t *testing.T) {
	n := Network{Name: "x", PhysNet: "p"}
	require.Equal(t, StrategyPrepush, n.Strategically())
	for _, s := range append([]string{""}, Strategies...) {
		n.Strategy = s
		require.NoError(t, n.Validate(), s)
	}
	n.Strategy = "later"
	require.ErrorContains(t, n.Validate(), `strategy: "later" is none of prepush, on-demand and auto`)
}
