package compare

import (
	"regexp"
	"slices"
	"strconv"
)

// couple is the places of one thing on both sides; -1 where it is not.
type couple struct{ a, b int }

// couples finds for each name of one side its place on the other. Equal names
// are told apart by their number. What then is left alone is coupled by the
// shape of its name, in order: rustc and cargo put hashes into names, and a
// changed hash is no other thing.
func couples(a, b []string) (all []couple, moved bool) {
	where := map[string]int{}
	for at, name := range numbered(b) {
		where[name] = at
	}
	taken := make([]bool, len(b))
	partner := make([]int, len(a))
	last := -1
	for at, name := range numbered(a) {
		other, ok := where[name]
		if !ok {
			partner[at] = -1
			continue
		}
		partner[at], taken[other] = other, true
		moved = moved || other < last
		last = other
	}
	shapes := map[string][]int{}
	for at, name := range b {
		if !taken[at] {
			shapes[shape(name)] = append(shapes[shape(name)], at)
		}
	}
	for at, name := range a {
		if rest := shapes[shape(name)]; partner[at] < 0 && len(rest) > 0 && shape(name) != "" {
			partner[at], taken[rest[0]] = rest[0], true
			shapes[shape(name)] = rest[1:]
		}
	}
	for at, other := range partner {
		all = append(all, couple{at, other})
	}
	for at := range b {
		if !taken[at] {
			all = append(all, couple{-1, at})
		}
	}
	return all, moved
}

// numbered makes names unique by how many like them came before.
func numbered(names []string) []string {
	seen := make(map[string]int, len(names))
	unique := slices.Clone(names)
	for at, name := range names {
		if n := seen[name]; n > 0 {
			unique[at] = name + "\x00" + strconv.Itoa(n)
		}
		seen[name]++
	}
	return unique
}

// hashInName are the parts of names that are hashes: of a symbol, of a crate, of
// a codegen unit.
var hashInName = regexp.MustCompile(`17h[0-9a-f]{16}E|[0-9a-f]{16,}|Cs[0-9A-Za-z]{8,12}_|\.[0-9a-z]{16,30}\b|\.[0-9a-z]+-cgu\b`)

// shape is a name without its hashes, empty for a name that has none.
func shape(name string) string {
	if len(name) > maxName || !hashInName.MatchString(name) {
		return ""
	}
	return hashInName.ReplaceAllString(name, "*")
}

// only is the finding for a thing that one side lacks.
func only(name string, first bool, what string) *Difference {
	d := &Difference{Kind: KindOnly, Name: escapeName(name)}
	if first {
		d.A = value("%s", what)
	} else {
		d.B = value("%s", what)
	}
	return d
}

// perRename is how many new names are shown: the hash in all of them has one
// cause.
const perRename = 3

// renamed adds the finding for two things that are taken for the same one.
func (c *comparison) renamed(d *Difference, a, b string) {
	shown := 0
	for _, other := range d.Inside {
		if other.Kind == KindRenamed {
			shown++
		}
	}
	if shown == perRename {
		d.More++
		return
	}
	left, right := narrow([]byte(a), []byte(b))
	c.add(d, &Difference{Kind: KindRenamed, Name: escapeName(a), A: left.excerpt(), B: right.excerpt(), Causes: c.classify(left, right)})
}
