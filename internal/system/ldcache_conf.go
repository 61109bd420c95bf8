package system

import (
	"os"
	"path"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

const (
	loaderConf  = "etc/ld.so.conf"
	loaderCache = "etc/ld.so.cache"
)

// searched is a directory in which ldconfig looks for libraries.
type searched struct {
	path   string // as the configuration names it: it becomes part of the cache
	dir    string // canonical
	hwcaps string // its name below glibc-hwcaps; empty for an ordinary one
}

// searchPath collects the directories, each once, by what they really are.
type searchPath struct {
	view *view
	conf []byte // content of etc/ld.so.conf where it is made and not captured
	dirs []searched
}

// add takes a directory and what lies in its glibc-hwcaps. One that is not in the
// layer, as most of the built-in ones, is none.
func (s *searchPath) add(name string) {
	name = strings.TrimRight(strings.TrimRight(name, " \t\n\v\f\r"), "/")
	dir, ok := s.view.dir(name)
	if name == "" || !ok || !s.take(searched{path: name, dir: dir}) {
		return
	}
	const below = "/glibc-hwcaps"
	hwcaps, ok := s.view.dir(name + below)
	if !ok {
		return
	}
	for _, sub := range s.view.children[hwcaps] {
		// The loader takes a list of these names, with colons between them.
		if at, ok := s.view.dir(name + below + "/" + sub); ok && sub[0] != '.' && !strings.Contains(sub, ":") {
			s.take(searched{name + below + "/" + sub, at, sub})
		}
	}
}

func (s *searchPath) take(d searched) bool {
	if slices.ContainsFunc(s.dirs, func(o searched) bool { return o.dir == d.dir }) {
		return false
	}
	s.dirs = append(s.dirs, d)
	return true
}

// read takes the directories of a configuration file, see ldconfig(8). outer are
// the files that include it.
func (s *searchPath) read(file string, outer []string) error {
	at, ok := s.view.file(file)
	if !ok && strings.Trim(file, "/") == loaderConf && s.conf != nil {
		at, ok = loaderConf, true
	}
	if !ok {
		return nil
	}
	if slices.Contains(outer, at) {
		return diag.New(diag.ExitFailed, "`%s` includes itself", s.view.plan.tree.host(at)).
			WithHelp("take the `include` out of it")
	}
	text := s.conf
	if _, captured := s.view.plan.entries[at]; captured {
		var err error
		if text, err = os.ReadFile(s.view.plan.tree.host(at)); err != nil {
			return diag.Wrap(err, "reading where the loader looks for libraries")
		}
	}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(strings.TrimSuffix(line, "\n"), "#")
		line = strings.TrimLeft(line, " \t\n\v\f\r")
		if patterns, ok := directive(line, "include"); ok {
			for _, pattern := range strings.FieldsFunc(patterns, isBlank) {
				if !path.IsAbs(pattern) {
					pattern = path.Dir(file) + "/" + pattern
				}
				for _, name := range s.view.glob(pattern) {
					if err := s.read(name, append(outer[:len(outer):len(outer)], at)); err != nil {
						return err
					}
				}
			}
			continue
		}
		if _, ok := directive(strings.ToLower(line), "hwcap"); ok {
			continue // of 2003; without effect since
		}
		dir, _, _ := strings.Cut(line, "=") // the kind of library behind it has had no effect since libc5
		s.add(dir)
	}
	return nil
}

func directive(line, word string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(line, word)
	return rest, ok && rest != "" && isBlank(rune(rest[0]))
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' }
