//go:build !windows

package roots_test

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// configuring is what the generator remembers of the configuration of a tree.
type configuring struct {
	// replaced is set if the tree's files hold nothing but one list of those
	// that replace each other. Cargo 1.95 replaces them only if no other key was
	// merged before, which its hash maps decide anew in every run (merge_helper
	// in config_value.rs puts keys on its path and never takes them off).
	replaced string
	includes []string // files that were written to be included
}

var (
	replacedLists = []string{"target.x.runner", "target.'cfg(unix)'.runner", "doc.browser", "host.runner", "registry.credential-provider", "registries.r.credential-provider", "credential-alias.z"}
	// joinedLists and scalars have a type that no cargo command minds. None may
	// become a replaced one by the keys that cargo forgets to take off: k.runner
	// after a key of target would be target.k.runner.
	joinedLists = []string{"k.l", "k.m.l", "build.rustflags", "target.'cfg(unix)'.rustflags", "alias.q", "k.r.runner", "target.x.y.runner"}
	scalars     = []string{"k.s", "k.t", "k.m.n", "k.'sp ace'", "env.A", "env.B.value", "profile.q.inherits", "registries.r.index"}
)

// configurations puts configuration in: in the `.cargo` of directories and in
// CARGO_HOME.
func (g *generator) configurations() {
	if g.chance(12) {
		g.config.replaced = one(g.choices, replacedLists)
	}
	for _, dir := range g.dirs {
		if g.chance(45) {
			g.configured(dir)
		}
	}
	if g.chance(60) {
		g.configAt(g.home)
	}
}

// configured gives a directory a `.cargo`, which may be a link.
func (g *generator) configured(dir string) {
	to := path.Join(dir, ".cargo")
	if g.chance(8) {
		shared := path.Join(dir, one(g.choices, []string{"shared", "shared/deep"}))
		if isIn(g.root, g.home) && g.chance(30) {
			shared = g.home
		}
		if g.put(to, entry{link: relative(dir, shared)}) {
			to = shared
		}
	}
	g.configAt(to)
}

func (g *generator) configAt(dir string) {
	name := "config.toml"
	if g.chance(20) {
		name = "config"
	}
	at := path.Join(dir, name)
	if !isIn(g.root, dir) { // outside the root a link may lead anywhere, and be followed
		g.put(at, entry{content: g.configText(dir, at)})
		return
	}
	switch {
	case g.chance(2):
		g.put(at, entry{dir: true})
	case g.chance(3):
		g.put(at, entry{link: "nowhere"})
	case g.chance(5) && g.put(path.Join(above(dir), "cfg.toml"), entry{content: g.configText(dir, at)}):
		g.put(at, entry{link: "../cfg.toml"})
	default:
		g.put(at, entry{content: g.configText(dir, at)})
	}
	if g.chance(8) {
		g.put(path.Join(dir, "config.toml"), entry{content: g.configText(dir, at)})
	}
}

// configText is a configuration file that lies in dir.
func (g *generator) configText(dir, self string) string {
	if g.chance(1) {
		return "poison"
	}
	var b strings.Builder
	if g.chance(20) {
		b.WriteString(g.include(dir, self))
	}
	if g.config.replaced != "" {
		if g.chance(80) {
			fmt.Fprintf(&b, "%s = %s\n", g.config.replaced, g.array(g.chance(97)))
		}
		return b.String()
	}
	values := g.values()
	if !g.chance(50) {
		for _, key := range slices.Sorted(maps.Keys(values)) {
			fmt.Fprintf(&b, "%s = %s\n", key, values[key])
		}
		return b.String()
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		table, rest, dotted := strings.Cut(key, ".")
		if !dotted {
			fmt.Fprintf(&b, "%s = %s\n", key, values[key])
		} else if !strings.Contains(b.String(), "["+table+"]\n") {
			fmt.Fprintf(&b, "[%s]\n%s = %s\n", table, rest, values[key])
		} else {
			fmt.Fprintf(&b, "%s = %s\n", rest, values[key])
		}
	}
	return b.String()
}

// values are the keys of one file, as TOML.
func (g *generator) values() map[string]string {
	values := map[string]string{}
	for range g.n(6) {
		switch g.n(8) {
		default:
			values[one(g.choices, scalars)] = g.scalar()
		case 3, 4:
			values[one(g.choices, joinedLists)] = g.array(true)
		case 5:
			values["build.jobs"] = fmt.Sprint(1 + g.n(9))
		case 6:
			values["build.target-dir"] = fmt.Sprintf("%q", one(g.choices, []string{"target", "../t", "o/u/t"}))
		case 7:
			values[one(g.choices, []string{"k.tables", "k.patches"})] = `[{ a = 1, b = ["x"] }, { a = 2 }]`
		}
	}
	if g.chance(2) { // a table here and a scalar there
		delete(values, "k.m.n")
		delete(values, "k.m.l")
		values["k.m"] = g.scalar()
	}
	if g.chance(1) {
		values["k.l"] = g.scalar()
	}
	if g.chance(1) {
		values["k.f"] = one(g.choices, []string{"1.5", "1979-05-27", "[1, 2.5]"})
	}
	return values
}

func (g *generator) scalar() string {
	return one(g.choices, []string{`"a"`, `"b"`, `'c "d"'`, "1", "-2", "true", "false", `""`, `"é"`, "0x10"})
}

func (g *generator) array(isList bool) string {
	if !isList {
		return `"text"`
	}
	elements := make([]string, g.n(4))
	for i := range elements {
		elements[i] = one(g.choices, []string{`"a"`, `"b"`, `"c"`, `"-C"`, `"x=y"`})
	}
	return "[" + strings.Join(elements, ", ") + "]"
}

// include writes the key `include` of a file in dir, and mostly what it names.
func (g *generator) include(dir, self string) string {
	if !isIn(g.root, dir) && dir != g.home {
		return ""
	}
	var entries []string
	for range 1 + g.n(2) {
		at := path.Join(dir, fmt.Sprintf("i%d.toml", len(g.config.includes)))
		inside := isIn(g.root, above(dir)) && dir != g.home
		if inside && g.chance(30) {
			at = path.Join(above(dir), path.Base(at))
		}
		var below []string
		for _, other := range g.config.includes {
			if isIn(dir, other) {
				below = append(below, other)
			}
		}
		switch {
		case len(below) > 0 && g.chance(4):
			at = one(g.choices, below) // one that another includes too, or this one
		case g.chance(1):
			at = self
		case g.chance(90):
			g.config.includes = append(g.config.includes, at)
			g.put(at, entry{content: g.configText(path.Dir(at), at)})
		}
		path := relative(dir, at)
		switch {
		case g.chance(4):
			path = topMark + "/" + at
		case inside && g.chance(6):
			path = "../" + one(g.choices, []string{".cargo/", ""}) + path
		case g.chance(2):
			path = one(g.choices, []string{"config", ".toml", "i*.toml", ""})
		}
		entry := fmt.Sprintf("%q", path)
		if g.chance(50) {
			entry = fmt.Sprintf("{ path = %q%s }", path, one(g.choices, []string{"", ", optional = true", ", optional = true", ", optional = false", ", other = 1"}))
		}
		entries = append(entries, entry)
	}
	return "include = [" + strings.Join(entries, ", ") + "]\n"
}
