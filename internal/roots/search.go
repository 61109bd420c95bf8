package roots

import (
	"errors"
	"path/filepath"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo/config"
)

// State is what became of a file that a search came across.
type State string

// States.
const (
	Used    State = "used"
	Ignored State = "ignored" // looked at, and passed over
	Fatal   State = "error"   // looked at, and cargo ends here
)

// File is a file that a search came across.
type File struct {
	Path  string `json:"path"`
	State State  `json:"state"`
	Why   string `json:"why,omitempty"`
}

// Step is one directory of a search, in its order.
type Step struct {
	Dir   string `json:"dir"`
	Files []File `json:"files,omitempty"`
}

// Search is one upward search and what it came across.
type Search struct {
	Route
	Steps []Step `json:"steps"`
	Ended string `json:"ended,omitempty"` // why it ended before its bound
}

// step begins a directory.
func (s *Search) step(dir string) { s.Steps = append(s.Steps, Step{Dir: dir}) }

// saw notes a file of the last directory.
func (s *Search) saw(path string, state State, why string) {
	last := &s.Steps[len(s.Steps)-1]
	last.Files = append(last.Files, File{path, state, why})
}

// Used returns the files that the search used, in its order.
func (s Search) Used() []string {
	var used []string
	for _, step := range s.Steps {
		for _, file := range step.Files {
			if file.State == Used {
				used = append(used, file.Path)
			}
		}
	}
	return used
}

// firstOf looks for a name that ends the search where it is found.
func (f *finder) firstOf(route Route, name string) (Search, bool) {
	return f.firstWhere(route, name, f.exists)
}

// firstMarker looks for a root marker. What lies behind a link that leads out of
// the bound marks nothing: a root there would be a way out.
func (f *finder) firstMarker(route Route) (Search, bool) {
	return f.firstWhere(route, filepath.FromSlash(Marker), func(path, bound string) bool {
		_, err := f.follow(path, bound)
		return f.exists(path, bound) && !errors.Is(err, errLeaves)
	})
}

func (f *finder) firstWhere(route Route, name string, exists func(path, bound string) bool) (Search, bool) {
	s := Search{Route: route}
	for _, dir := range route.Dirs() {
		s.step(dir)
		if path := filepath.Join(dir, name); exists(path, route.Bound) {
			s.saw(path, Used, "")
			s.Ended = "found"
			return s, true
		}
	}
	return s, false
}

// configuration looks for configuration files. All are used; the nearer to the
// start beats the farther.
func (f *finder) configuration(route Route) Search {
	s := Search{Route: route}
	for _, dir := range route.Dirs() {
		s.step(dir)
		f.pickConfig(&s, filepath.Join(dir, ".cargo"))
	}
	return s
}

// pickConfig notes the configuration file of one directory.
func (f *finder) pickConfig(s *Search, dir string) {
	var found string
	for _, name := range config.Files {
		path := filepath.Join(dir, name)
		switch {
		case !f.exists(path, s.Bound):
		case found == "":
			found = path
			s.saw(path, Used, "")
		default:
			s.saw(path, Ignored, "`"+filepath.Base(found)+"` is beside it, and counts")
		}
	}
}

// PinFiles are the names of the toolchain file, in the order in which rustup
// takes them: the one without extension counts if both are there.
var PinFiles = []string{"rust-toolchain", "rust-toolchain.toml"}

// ToolchainFile returns the toolchain file that counts on a route.
func ToolchainFile(files Files, route Route) (path string, ok bool) {
	used := newFinder(files, "").pin(route).Used()
	if len(used) == 0 {
		return "", false
	}
	return used[0], true
}

// ConfigFile returns the configuration file that lies directly in a directory,
// or nothing.
func ConfigFile(files Files, dir string) string {
	s := newFinder(files, "").configuration(Route{Start: dir, Bound: dir})
	if used := s.Used(); len(used) > 0 {
		return used[0]
	}
	return ""
}

// ReadInside reads a file inside bound; a link that leads out of it is an error
// with exit code 111.
func ReadInside(files Files, path, bound string) ([]byte, error) {
	return newFinder(files, "").read(path, bound)
}

// pin looks for a toolchain file as rustup does: the nearest counts, and of two
// in one directory the one without extension.
func (f *finder) pin(route Route) Search {
	s := Search{Route: route}
	for _, dir := range route.Dirs() {
		s.step(dir)
		for _, name := range PinFiles {
			path := filepath.Join(dir, name)
			switch {
			case !f.exists(path, route.Bound):
			case f.isDirAt(path, route.Bound): // rustup cannot read it, and goes on
				s.saw(path, Ignored, "a directory")
			case s.Ended == "":
				s.saw(path, Used, "")
				s.Ended = "found"
			default:
				s.saw(path, Ignored, "another is beside it, and counts")
			}
		}
		if s.Ended != "" {
			break
		}
	}
	return s
}
