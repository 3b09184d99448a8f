package event

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// What nobody listens to any more takes no place in the tables, whatever its key.
func TestTablesForgetKeys(t *testing.T) {
	s := coroutine.New(coroutine.Options{Seed: 1})
	topic := NewTopic(NewBus(s), "reading", func(v float64) Key1[float64] { return Key1[float64]{v} })
	for _, v := range []float64{1, 2, math.NaN(), math.NaN()} {
		topic.Match(Key1[float64]{v}, Exact).Subscribe(func(float64) {}).Close()
		topic.Match(Key1[float64]{v}, AnyA).Subscribe(func(float64) {}).Close()
	}
	require.Zero(t, topic.Listeners())
	for _, tb := range topic.tables {
		require.Empty(t, tb.at)
		require.Zero(t, tb.n)
	}
}
