//go:build !windows

package roots_test

import (
	"path"
	"slices"
	"strings"
)

// generator makes a tree. A root lies somewhere in it; what is above and beside
// the root is poison, which a bounded search must not even notice.
type generator struct {
	*choices
	*tree
	dirs     []string // in the root, the root first
	tidy     bool     // one workspace, most of whose members are in order
	packages []pack   // those that references can name
	config   configuring
}

// pack is a package that the tree holds.
type pack struct{ dir, name string }

func generate(name string, c *choices) *tree {
	g := &generator{choices: c, tree: &tree{name: name, entries: map[string]entry{}}}
	g.layout()
	g.poison()
	g.chooseHome()
	g.directoryLinks()
	g.configurations()
	g.pins()
	g.repositories()
	g.manifests()
	if g.chance(20) {
		g.put(path.Join(one(c, g.dirs), ".cargo/root"), entry{dir: g.chance(20)})
	}
	g.starts()
	return g.tree
}

// directoryNames hold what patterns tell apart, and what needs quoting.
var directoryNames = []string{"a", "b", "ab", "crates", "app", ".hidden", "x.y", "sp ace", "é", "target", "package"}

// layout decides where the root is, and which directories are in it: at most
// five levels, one to ten.
func (g *generator) layout() {
	g.root = one(g.choices, []string{"up/root", "root", "up/mid/root"})
	g.dirs = []string{g.root}
	for range g.n(10) {
		above := g.dirs[max(0, len(g.dirs)-1-g.n(4))]
		dir := path.Join(above, one(g.choices, directoryNames))
		if path.Base(above) == "target" {
			dir = path.Join(above, "package")
		}
		if !slices.Contains(g.dirs, dir) && strings.Count(dir[len(g.root):], "/") <= 5 {
			g.dirs = append(g.dirs, dir)
		}
	}
}

// poison fills what is above and beside the root.
func (g *generator) poison() {
	for dir := above(g.root); ; dir = above(dir) {
		if g.chance(70) {
			g.put(path.Join(dir, "Cargo.toml"), entry{content: one(g.choices, []string{
				"[workspace]\nmembers = [\"**\"]\n",
				"[workspace]\nmembers = [\"root\", \"*/root\", \"up/*/root/*\"]\n",
				"[package]\nname = \"poison\"\nworkspace = \"nowhere\"\n[lib]\npath = \"lib.rs\"\n",
				"[package]\nname = \"poison\"\n[lib]\npath = \"lib.rs\"\n",
				"poison",
			})})
			g.put(path.Join(dir, "lib.rs"), entry{})
		}
		if g.chance(60) {
			g.put(path.Join(dir, ".cargo", one(g.choices, []string{"config.toml", "config"})), entry{content: one(g.choices, []string{
				"build.jobs = 666\nk.s = \"poison\"\nk.l = [\"poison\"]\n", "k = \"poison\"\n", "poison",
			})})
		}
		if g.chance(40) {
			g.put(path.Join(dir, "rust-toolchain.toml"), entry{content: one(g.choices, []string{"[toolchain]\nchannel = \"poison\"\n", "poison"})})
		}
		if g.chance(20) {
			g.put(path.Join(dir, ".git"), entry{content: "gitdir: poison\n"})
		}
		if g.chance(30) {
			g.put(path.Join(dir, ".cargo/root"), entry{content: "poison"})
		}
		if dir == "" {
			return
		}
	}
}

// chooseHome decides where CARGO_HOME is: beside the root, above it, the
// `.cargo` of a directory in it, or a directory in it with a package below.
func (g *generator) chooseHome() {
	dir := one(g.choices, g.dirs)
	switch g.n(6) {
	default:
		g.home = "cargohome"
	case 1:
		g.home = path.Join(above(g.root), ".cargo")
	case 2:
		g.home = path.Join(dir, ".cargo")
	case 3:
		g.home = path.Join(dir, "ch")
		if below := path.Join(g.home, "src"); g.chance(70) {
			g.dirs = append(g.dirs, below)
		}
		if g.chance(30) {
			g.dirs = append(g.dirs, g.home)
		}
	}
}

// directoryLinks makes a second way to a directory of the root, now and then one
// in a circle.
func (g *generator) directoryLinks() {
	if !g.chance(15) {
		return
	}
	from, to := one(g.choices, g.dirs), one(g.choices, g.dirs)
	if isIn(to, from) && !g.chance(20) {
		return
	}
	link := relative(from, to)
	if g.chance(20) {
		link = topMark + "/" + to
	}
	if at := path.Join(from, one(g.choices, []string{"ln", "a", "b"})); !slices.Contains(g.dirs, at) {
		g.put(at, entry{link: link})
	}
}

// pins puts toolchain files in.
func (g *generator) pins() {
	if !g.chance(30) {
		return
	}
	for range 1 + g.n(3) {
		dir, name := one(g.choices, g.dirs), one(g.choices, []string{"rust-toolchain", "rust-toolchain.toml"})
		channel := one(g.choices, toolchains)
		e := entry{content: "[toolchain]\nchannel = \"" + channel + "\"\n"}
		switch {
		case g.chance(10):
			e = entry{dir: true}
		case g.chance(5):
			e = entry{link: "nowhere"}
		case g.chance(10) && g.put(path.Join(dir, "pin"), e):
			e = entry{link: "pin"}
		case name == "rust-toolchain" && g.chance(50):
			e.content = channel + "\n"
		}
		g.put(path.Join(dir, name), e)
	}
}

// repositories puts in what version control looks for: a repository, or the file
// of a worktree.
func (g *generator) repositories() {
	if !g.chance(20) {
		return
	}
	for range 1 + g.n(2) {
		git := path.Join(one(g.choices, g.dirs), ".git")
		real := git
		if g.chance(30) {
			real = path.Join(g.root, "repository")
			g.put(git, entry{content: "gitdir: " + relative(path.Dir(git), real) + "\n"})
		}
		g.put(path.Join(real, "HEAD"), entry{content: "ref: refs/heads/main\n"})
		g.put(path.Join(real, "objects"), entry{dir: true})
		g.put(path.Join(real, "refs"), entry{dir: true})
	}
}

// starts decides where the command runs, mostly deep in the root, and whether it
// names a manifest.
func (g *generator) starts() {
	g.cwd = one(g.choices, g.dirs)
	if len(g.packages) > 0 && g.chance(60) {
		g.cwd = one(g.choices, g.packages).dir
	}
	if g.chance(15) {
		g.outside = true
		g.cwd = path.Join(above(g.root), "beside")
		if g.chance(50) {
			g.put(path.Join(g.cwd, "Cargo.toml"), entry{content: "[package]\nname = \"beside\"\n[lib]\npath = \"lib.rs\"\n"})
			g.put(path.Join(g.cwd, "lib.rs"), entry{})
			g.put(path.Join(g.cwd, ".cargo/config.toml"), entry{content: "build.jobs = 7\n"})
			g.cwd = path.Join(g.cwd, one(g.choices, []string{"", "src", "a/b"}))
		}
	}
	if len(g.packages) > 0 && g.chance(15) {
		g.manifest = path.Join(one(g.choices, g.packages).dir, "Cargo.toml")
		if through := path.Join(one(g.choices, g.dirs), "ln/Cargo.toml"); g.exists(through) {
			g.manifest = through
		}
	}
}

// relative is how a file of a directory names another one.
func relative(from, to string) string {
	common := from
	up := ""
	for !isIn(common, to) {
		common, up = above(common), up+"../"
	}
	return path.Join(".", up, strings.TrimPrefix(to[len(common):], "/"))
}
