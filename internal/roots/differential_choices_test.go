//go:build !windows

package roots_test

import (
	"math/rand/v2"
)

// choices are what drives the generator: chance with a seed, or the bytes of a
// fuzzer. When the bytes end every choice is the first, which the generator
// keeps for nothing more to do.
type choices struct{ next func(n int) int }

func fromSeed(seed, number uint64) *choices {
	return &choices{rand.New(rand.NewPCG(seed, number)).IntN}
}

func fromBytes(data []byte) *choices {
	return &choices{func(n int) int {
		if len(data) == 0 {
			return 0
		}
		b := data[0]
		data = data[1:]
		return int(b) % n
	}}
}

// n chooses a number below n.
func (c *choices) n(n int) int { return c.next(n) }

// chance is true in so many of a hundred cases.
func (c *choices) chance(percent int) bool { return c.next(100) >= 100-percent }

// one chooses an element.
func one[T any](c *choices, list []T) T { return list[c.n(len(list))] }
