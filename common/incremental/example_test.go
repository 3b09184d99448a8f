package incremental_test

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/incremental"
)

// greeting is what the rule gives.
type greeting struct{ who, text string }

func (g greeting) ID() string            { return g.who }
func (g greeting) Equal(o greeting) bool { return g == o }

// A rule reads two tables. Only what read a row that changed runs again.
func Example() {
	g := incremental.New()
	same := func(a, b string) bool { return a == b }
	people := incremental.NewTable[string, string](g, "people", same) // name → language
	words := incremental.NewTable[string, string](g, "words", same)   // language → word
	incremental.AddRule(people, "greet", func(_ string, changed, removed []greeting) {
		for _, c := range changed {
			fmt.Println("now:", c.text)
		}
		for _, r := range removed {
			fmt.Println("no longer:", r.text)
		}
	}, func(ctx *incremental.Ctx, name, language string, emit func(greeting)) {
		if word, ok := words.Get(ctx, language); ok {
			emit(greeting{name, word + ", " + name})
		}
	})
	words.Set("en", "Hello")
	words.Set("fr", "Salut")
	people.Set("Ann", "en")
	people.Set("Luc", "fr")
	fmt.Println("ran:", g.Flush())
	words.Set("fr", "Bonjour") // Ann's greeting has not read this
	fmt.Println("ran:", g.Flush())
	people.Delete("Ann")
	fmt.Println("ran:", g.Flush())
	// Output:
	// now: Hello, Ann
	// now: Salut, Luc
	// ran: 2
	// now: Bonjour, Luc
	// ran: 1
	// no longer: Hello, Ann
	// ran: 1
}
