package policy

import (
	"fmt"

	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// World is the part about what is held still.
type World struct {
	Clock  string // one of Clocks
	Random string // one of Randoms
	CPU    string // one of CPULevels
	CPUs   int    // processors that there seem to be; 0 means those of the host
}

// What the keys of `[world]` may be; the first is what holds without the key.
var (
	Clocks    = []string{"fixed", "commit", "real"}
	Randoms   = []string{"fixed", "real"}
	CPULevels = []string{"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4", "host"}
)

const (
	defaultCPUs = 4
	maxCPUs     = 1024
)

// Held is what every world holds still if the project does not ask otherwise.
func Held() World {
	return World{Clock: Clocks[0], Random: Randoms[0], CPU: CPULevels[0], CPUs: defaultCPUs}
}

// Free holds nothing.
func Free() World { return World{Clock: "real", Random: "real", CPU: "host"} }

// Holds reports whether anything is held.
func (w World) Holds() bool { return w != Free() }

// worldOf reads `[world]`.
func worldOf(doc *toml.Document, d *document) (World, []toml.Problem) {
	w := Held()
	var problems []toml.Problem
	choose := chooser(doc, "world", "`%s`", &problems)
	choose("clock", d.World.Clock, Clocks, &w.Clock)
	choose("random", d.World.Random, Randoms, &w.Random)
	choose("cpu", d.World.CPU, CPULevels, &w.CPU)
	switch n := d.World.CPUs.(type) {
	case nil:
	case int64:
		if w.CPUs = int(n); n < 1 || n > maxCPUs {
			problems = append(problems, badCPUs(doc))
		}
	case string:
		if w.CPUs = 0; n != "host" {
			problems = append(problems, badCPUs(doc))
		}
	default:
		problems = append(problems, badCPUs(doc))
	}
	return w, problems
}

func badCPUs(doc *toml.Document) toml.Problem {
	return toml.Problem{
		At:      doc.At("world", "cpus"),
		Message: "`world.cpus` is how many processors a build is told of",
		Help:    fmt.Sprintf("the values are: 1 to %d, or \"host\"", maxCPUs),
	}
}
