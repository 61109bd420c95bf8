package explain

import (
	"path"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// place is what a path of the world is about.
type place int

const (
	elsewhere  place = iota // no part of any world
	above                   // on the host: beside or above the root
	project                 // the root
	hiddenRoot              // a part of the root that no world has
	home                    // of the user
	cargoHome
	toolchain
	crates
	ofSystem
	machine  // what the kernel gives
	writable // what the world itself may write
)

// within reports whether p is dir or lies in it.
func within(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

// systemTops are the directories that packages have files in.
var systemTops = []string{"/usr", "/etc", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/var"}

// hiddenParts are the parts of the root that no world has (internal/build,
// covered).
var hiddenParts = []string{world.Root + "/.git", world.Root + "/target"}

// placeOf sorts a path of the world.
func placeOf(p string) place {
	for _, dir := range []string{world.Target, world.Tmp, world.Shm} {
		if within(p, dir) {
			return writable
		}
	}
	for _, dir := range []string{"/proc", "/sys", "/dev", "/run"} {
		if within(p, dir) {
			return machine
		}
	}
	for _, dir := range hiddenParts {
		if within(p, dir) {
			return hiddenRoot
		}
	}
	for _, known := range []struct {
		dir   string
		place place
	}{{world.Root, project}, {world.Home, home}, {world.Cargo, cargoHome}, {world.Rust, toolchain}, {world.Crates, crates}, {"/hermetic", above}} {
		if within(p, known.dir) {
			return known.place
		}
	}
	for _, dir := range systemTops {
		if within(p, dir) {
			return ofSystem
		}
	}
	return elsewhere
}

// onHost is the path that the program would have found on this host, outside a
// world. Where it wrote a path through the root and out of it, that is counted
// from where the root is here.
func (b Build) onHost(p *observation.Process, a observation.Access) string {
	asked := a.Path
	if a.Asked != "" {
		if asked = a.Asked; !path.IsAbs(asked) {
			asked = p.Dir + "/" + asked
		}
	}
	for _, root := range []struct{ inside, here string }{{world.Root, b.Root}, {world.Home, b.Home}, {world.Target, b.Target}} {
		for _, text := range []string{asked, a.Path} {
			if rest, ok := strings.CutPrefix(text, root.inside); ok && root.here != "" && (rest == "" || rest[0] == '/') {
				return path.Clean(root.here + rest)
			}
		}
	}
	if placeOf(a.Path) == above {
		return path.Join(path.Dir(b.Root), strings.TrimPrefix(a.Path, "/hermetic"))
	}
	return a.Path
}

// shown is a path of this host for people: relative to the root where it is in
// it or near it.
func (b Build) shown(host string) string {
	if rest, ok := strings.CutPrefix(host, b.Root+"/"); ok {
		return quoted(rest)
	}
	beside, nearby := strings.CutPrefix(host, path.Dir(b.Root)+"/")
	below, atHome := strings.CutPrefix(host, b.Home+"/")
	switch {
	// The deeper of the two, if both hold it.
	case atHome && b.Home != "" && (!nearby || len(b.Home) > len(path.Dir(b.Root))):
		return quoted("~/" + below)
	case nearby && path.Dir(b.Root) != "/":
		return quoted("../" + beside)
	}
	return quoted(host)
}

// common is the deepest directory that holds the root and a path.
func (b Build) common(host string) string {
	dir := b.Root
	for dir != "/" && !within(host, dir) {
		dir = path.Dir(dir)
	}
	return dir
}
