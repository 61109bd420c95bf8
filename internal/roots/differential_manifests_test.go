//go:build !windows

package roots_test

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// manifests puts packages and workspaces in. A tidy tree has one workspace that
// names its members; in the others anything goes.
func (g *generator) manifests() {
	g.tidy = !g.chance(45)
	workspaces := map[string]bool{}
	if g.tidy {
		g.tidyPackages(workspaces)
	} else {
		g.anyPackages(workspaces)
	}
	shared := map[string]bool{} // workspaces whose members inherit dependencies
	for _, dir := range slices.Sorted(maps.Keys(workspaces)) {
		shared[dir] = g.chance(30)
	}
	for _, p := range g.packages {
		var b strings.Builder
		b.WriteString(g.packageTable(p, workspaces))
		if workspaces[p.dir] {
			b.WriteString(g.workspaceTable(p.dir, shared[p.dir]))
		}
		b.WriteString(g.dependencyTables(p, shared))
		g.manifestAt(p.dir, b.String())
		g.put(path.Join(p.dir, "lib.rs"), entry{})
	}
	for _, dir := range g.dirs {
		if workspaces[dir] && !g.isPackage(dir) {
			g.manifestAt(dir, g.workspaceTable(dir, shared[dir]))
		}
	}
	if !g.tidy && g.chance(12) {
		g.put(path.Join(one(g.choices, g.dirs), "Cargo.toml"), entry{content: one(g.choices, []string{"", "[package", "x = 1\n", "[package]\nname = 3\n"})})
	}
	if g.chance(2) {
		g.put(path.Join(one(g.choices, g.dirs), "Cargo.toml"), entry{dir: true})
	}
}

// manifestAt writes a manifest, sometimes behind a link.
func (g *generator) manifestAt(dir, content string) {
	if g.chance(3) && g.put(path.Join(dir, "manifest"), entry{content: content}) {
		g.put(path.Join(dir, "Cargo.toml"), entry{link: "manifest"})
		return
	}
	g.put(path.Join(dir, "Cargo.toml"), entry{content: content})
}

func (g *generator) tidyPackages(workspaces map[string]bool) {
	top := g.dirs[g.n(min(2, len(g.dirs)))]
	workspaces[top] = true
	for _, dir := range g.dirs {
		if dir == top && g.chance(50) || dir != top && isIn(top, dir) && g.chance(75) || !isIn(top, dir) && g.chance(10) {
			g.addPackage(dir)
		}
	}
}

func (g *generator) anyPackages(workspaces map[string]bool) {
	for _, dir := range g.dirs {
		switch g.n(10) {
		case 0, 1, 2, 3:
			g.addPackage(dir)
		case 4:
			g.addPackage(dir)
			workspaces[dir] = true
		case 5:
			workspaces[dir] = true
		}
	}
}

func (g *generator) addPackage(dir string) {
	name := fmt.Sprintf("p%d", len(g.packages))
	if g.chance(2) {
		name = "p0"
	}
	g.packages = append(g.packages, pack{dir, name})
}

func (g *generator) isPackage(dir string) bool {
	return slices.ContainsFunc(g.packages, func(p pack) bool { return p.dir == dir })
}

func (g *generator) packageTable(p pack, workspaces map[string]bool) string {
	table := "package"
	if g.chance(3) {
		table = "project"
	}
	text := fmt.Sprintf("[%s]\nname = %q\n", table, p.name)
	if g.chance(2) {
		text += "version.workspace = true\n"
	}
	pointed := g.workspaceAbove(p.dir, workspaces)
	switch {
	case workspaces[p.dir] && g.chance(90): // both are more than cargo takes
	case pointed != "" && pointed != p.dir && g.chance(15):
		text += fmt.Sprintf("workspace = %q\n", g.spelled(p.dir, pointed))
	case !g.tidy && len(workspaces) > 0 && g.chance(14):
		text += fmt.Sprintf("workspace = %q\n", g.spelled(p.dir, one(g.choices, slices.Sorted(maps.Keys(workspaces)))))
	case !g.tidy && g.chance(6):
		text += fmt.Sprintf("workspace = %q\n", g.spelled(p.dir, one(g.choices, g.dirs)))
	}
	return text + "[lib]\npath = \"lib.rs\"\n"
}

// workspaceAbove is the nearest workspace that is, or lies above, a directory.
func (g *generator) workspaceAbove(dir string, workspaces map[string]bool) string {
	for ; isIn(g.root, dir); dir = above(dir) {
		if workspaces[dir] {
			return dir
		}
	}
	return ""
}

// spelled is a way to write where another directory is.
func (g *generator) spelled(from, to string) string {
	direct := relative(from, to)
	switch g.n(20) {
	case 1:
		return "./" + direct
	case 2:
		return direct + "/"
	case 3:
		return topMark + "/" + to
	case 4:
		return "x/../" + direct
	case 5:
		return path.Join(relative(from, above(to)), ".") + "//" + path.Base(to)
	}
	return direct
}

func (g *generator) workspaceTable(dir string, shared bool) string {
	text := "[workspace]\n"
	members, exclude := g.members(dir), g.excluded(dir)
	if len(exclude) > 0 { // of absolute ones in `exclude`, and against it, see manifest.go
		for i := range members {
			members[i] = strings.Replace(members[i], topMark+"/"+dir+"/", "", 1)
		}
	}
	if len(members) > 0 || g.chance(30) {
		text += list("members", members)
	}
	if len(exclude) > 0 {
		text += list("exclude", exclude)
	}
	if g.chance(4) {
		text += list("default-members", []string{one(g.choices, append(slices.Clone(members), ".", "a"))})
	}
	if g.chance(90) {
		text += "[workspace.package]\nversion = \"1.0.0\"\n"
	}
	if shared {
		text += "[workspace.dependencies]\n"
		for _, p := range g.named() {
			text += fmt.Sprintf("%s = { path = %q }\n", p.name, g.spelled(dir, p.dir))
		}
	}
	if g.chance(5) && len(g.packages) > 0 {
		p := one(g.choices, g.packages)
		text += fmt.Sprintf("[patch.crates-io]\n%s = { path = %q }\n", p.name, g.spelled(dir, p.dir))
	}
	return text
}

// named are the packages with names that occur once: tables have a key once.
func (g *generator) named() []pack {
	var list []pack
	for _, p := range g.packages {
		if !slices.ContainsFunc(list, func(other pack) bool { return other.name == p.name }) {
			list = append(list, p)
		}
	}
	return list
}

// members names the packages below a workspace one by one, by patterns, or at
// random.
func (g *generator) members(dir string) []string {
	var members []string
	for _, p := range g.packages {
		if !isIn(dir, p.dir) && !g.tidy && g.chance(8) {
			members = append(members, g.spelled(dir, p.dir)) // it may not agree
		}
		if p.dir == dir || !isIn(dir, p.dir) {
			continue
		}
		parent := above(p.dir)
		switch {
		case g.onlyPackagesIn(parent) && g.chance(60):
			members = append(members, path.Join(relative(dir, parent), "*"))
		case g.chance(92) && (g.tidy || g.chance(60)):
			members = append(members, g.spelled(dir, p.dir))
		}
	}
	if !g.tidy && g.chance(30) || g.chance(6) {
		members = append(members, one(g.choices, []string{"*", "crates/*", "**", "[ab]*", "a", "missing", "?", "*/*", "[!c]*", "a/**", "**/b", "[", "a**", ".", "../b", "lib.rs", "l*"}))
	}
	slices.Sort(members)
	return slices.Compact(members)
}

// onlyPackagesIn reports whether every directory in dir is that of a package, so
// that `*` there is in order.
func (g *generator) onlyPackagesIn(dir string) bool {
	for at, e := range g.entries {
		rest, below := strings.CutPrefix(at, dir+"/")
		name, _, isDir := strings.Cut(rest, "/")
		if below && (isDir || e.dir || e.link != "") && !g.isPackage(path.Join(dir, name)) {
			return false
		}
	}
	return !slices.ContainsFunc(g.dirs, func(d string) bool { return above(d) == dir && !g.isPackage(d) })
}

func (g *generator) excluded(dir string) []string {
	var exclude []string
	for _, d := range g.dirs {
		if d != dir && isIn(dir, d) && (!g.tidy && g.chance(15) || g.chance(4)) {
			exclude = append(exclude, strings.Replace(g.spelled(dir, d), topMark+"/"+d, relative(dir, d), 1))
		}
	}
	if g.chance(3) {
		exclude = append(exclude, one(g.choices, []string{".", "a", "*", "Cargo.toml", "..", "a/../b", ""}))
	}
	return exclude
}

var dependencyTables = []string{"dependencies", "dev-dependencies", "build-dependencies", "target.'cfg(unix)'.dependencies", "target.x86_64-unknown-linux-gnu.dev-dependencies", "build_dependencies"}

func (g *generator) dependencyTables(p pack, shared map[string]bool) string {
	tables := map[string][]string{}
	named := slices.DeleteFunc(g.named(), func(other pack) bool { return other.name == p.name })
	for range min(g.n(3), len(named)) {
		i := g.n(len(named))
		d := named[i]
		named = slices.Delete(named, i, i+1)
		line := fmt.Sprintf("%s = { path = %q }\n", d.name, g.spelled(p.dir, d.dir))
		switch top := g.workspaceAbove(p.dir, shared); {
		case g.chance(3):
			line = fmt.Sprintf("%s = { path = \"missing\" }\n", d.name)
		case g.chance(1):
			line = fmt.Sprintf("%s = { path = \"../../../..\" }\n", d.name)
		case shared[top] && g.chance(40) || g.chance(1):
			line = fmt.Sprintf("%s = { workspace = true }\n", d.name)
		}
		table := one(g.choices, dependencyTables)
		tables[table] = append(tables[table], line)
	}
	var b strings.Builder
	for _, table := range dependencyTables {
		if lines := tables[table]; len(lines) > 0 {
			fmt.Fprintf(&b, "[%s]\n%s", table, strings.Join(lines, ""))
		}
	}
	return b.String()
}

// list writes an array of strings.
func list(key string, texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = fmt.Sprintf("%q", text)
	}
	return key + " = [" + strings.Join(quoted, ", ") + "]\n"
}
