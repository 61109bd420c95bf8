package explain

import (
	"path"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// userFile is a file of the user that no world has. What this host has not
// either says nothing.
func (s *search) userFile(i int, p *observation.Process, a observation.Access) {
	host := s.b.onHost(p, a)
	there, dir := s.b.Host.Exists(host)
	if !there || dir && placeOf(a.Path) != hiddenRoot {
		return
	}
	shown := s.b.shown(host)
	f := finding{Note: Note{Has: "this host has it, and no build sees it"}, name: path.Base(host)}
	switch {
	case within(host, s.b.Root+"/.git"):
		f.Code = Hidden
		f.What = "looked for " + shown
		f.Has = "the state of version control is not part of the root"
		f.Help = "hand over what it needs as a variable, such as: --allow-env GIT_COMMIT=$(git rev-parse HEAD)"
		s.add(i, p, f, ".git")
		return
	case within(host, s.b.Root):
		f.Code = Hidden
		f.What = "looked for " + shown
		f.Has = "`target` at the top of the root is not part of it: it is what builds make"
		f.Help = "move the file elsewhere in the root"
	// A file below the home, in a directory that holds the root too, is rather
	// a neighbour of the project.
	case placeOf(a.Path) == home, s.b.Home != "" && within(host, s.b.Home) && within(s.b.Home, s.b.common(host)):
		f.Code = Home
		f.What = "looked for " + shown + " in the home directory"
		f.Help = "a home is of one user and may hold secrets: put what the build needs into the root, or pass a value with --allow-env"
	default:
		f.Code = Outside
		f.What = "looked for " + shown + " outside the root"
		f.Help = "move it into the root" + s.widerRoot(host)
	}
	s.add(i, p, f, host)
}

// widerRoot proposes the directory that holds the root and a file, unless it
// holds more than anybody wants to hand to a build.
func (s *search) widerRoot(host string) string {
	dir := s.b.common(host)
	text, ok := shell(dir)
	if !ok || strings.Count(dir, "/") < 2 || s.b.Home != "" && within(s.b.Home, dir) {
		return ""
	}
	if marked, _ := s.b.Host.Exists(s.b.Root + "/.cargo/root"); marked { // the deepest root counts
		return ", or make " + text + " the root: move .cargo/root and the files hermetic.* there"
	}
	return ", or build with a root that holds both: cargo hermetic build --root " + text
}
