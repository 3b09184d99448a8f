package oxm

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// Walks says what Next would say at the end.
func TestWalksIsNextToTheEnd(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	walked := 0
	for range 20000 {
		m := make(Match, 0, 40)
		for range r.IntN(4) {
			n := r.IntN(9)
			m = append(m, 0xff*byte(r.IntN(2)), 0xff*byte(r.IntN(2)), byte(r.IntN(256)), byte(n+r.IntN(20)/19))
			m = append(m, make([]byte, n)...)
		}
		m = m[:len(m)-min(len(m), r.IntN(20)/18)]
		want := true
		for rest := m; want && len(rest) > 0; {
			_, next, err := rest.Next()
			want, rest = err == nil, next
		}
		if want {
			walked++
		}
		require.Equal(t, want, m.Walks(), "%x", m)
	}
	require.Greater(t, walked, 1000)
	require.Less(t, walked, 19000)
}
