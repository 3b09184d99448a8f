package model

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLearningIsChecked(t *testing.T) {
	n := Network{Name: "x", PhysNet: "p", Learning: true}
	require.NoError(t, n.Validate())
	require.EqualValues(t, 1024, n.LearntMax())
	require.EqualValues(t, 300, n.LearntSeconds())
	require.Equal(t, UnknownFlood, n.Unknown())
	for want, set := range map[string]func(*Network){
		"":                                    func(n *Network) { n.LearningMax = LearningMaxMax },
		"learning_max: 65537 is over 65536":   func(n *Network) { n.LearningMax = 65537 },
		"18h12m16s is not between 1s and":     func(n *Network) { n.LearningAge = LearningAgeMax + LearningAgeMin },
		"learning_age: 500ms is not between":  func(n *Network) { n.LearningAge = Duration(500 * time.Millisecond) },
		"learning_age: 1.5s is not in whole":  func(n *Network) { n.LearningAge = Duration(1500 * time.Millisecond) },
		"\"lose\" is neither flood nor drop":  func(n *Network) { n.UnknownUnicast = "lose" },
		"learning_age: is for networks that ": func(n *Network) { n.Learning, n.LearningAge = false, LearningAgeMin },
	} {
		x := n
		set(&x)
		err := x.Validate()
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, want)
	}
	n.LearningMax, n.LearningAge, n.UnknownUnicast = 5, LearningAgeMin, UnknownDrop
	n.StopLearning()
	require.Equal(t, Network{Name: "x", PhysNet: "p"}, n)
}
