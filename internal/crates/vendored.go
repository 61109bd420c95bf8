package crates

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// CheckVendored finds what was changed by hand in a directory source of the root,
// whose packages each have a list of their files. cargo compares that list only
// with the files that it names, and only when it compiles the package; so a file
// that was added counts for nothing there, although a crate's build may take it in.
//
// files are the SHA-256 of the files below the root, by slash-separated path, dir is
// the path of the source, and read reads a file of the root. A package whose list
// is empty is one that was meant to be changed.
//
// An error is a *diag.Diagnostic with exit code 112 that names the file.
func CheckVendored(dir string, files map[string]string, read func(name string) ([]byte, error)) error {
	prefix := strings.TrimPrefix(dir+"/", "./")
	packages := map[string]map[string]string{} // what is there, by package
	for name, sum := range files {
		rest, ok := strings.CutPrefix(name, prefix)
		top, rest, below := strings.Cut(rest, "/")
		if !ok || !below {
			continue
		}
		if packages[top] == nil {
			packages[top] = map[string]string{}
		}
		packages[top][rest] = sum
	}
	for _, top := range slices.Sorted(maps.Keys(packages)) {
		there := packages[top]
		if _, listed := there[checksumFile]; !listed {
			continue // cargo takes it for no package
		}
		data, err := read(path.Join(dir, top, checksumFile))
		if err != nil {
			return err
		}
		var list struct {
			Files map[string]string `json:"files"`
		}
		if err := json.Unmarshal(data, &list); err != nil {
			return diag.Wrap(err, "reading `%s`", path.Join(dir, top, checksumFile))
		}
		if len(list.Files) == 0 {
			continue
		}
		if err := compare(path.Join(dir, top), list.Files, there); err != nil {
			return err
		}
	}
	return nil
}

// compare names the first file of a package that is not what its list says.
func compare(dir string, want, got map[string]string) error {
	changed := func(name, how string) *diag.Diagnostic {
		return diag.New(diag.ExitLock, "the vendored file `%s` %s", path.Join(dir, name), how).
			WithHelp("vendor it again: cargo vendor; or, if it is to stay, empty `files` in `%s`", path.Join(dir, checksumFile))
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		switch sum, ok := got[name]; {
		case !ok:
			return changed(name, "is missing")
		case sum != want[name]:
			return changed(name, "was changed").
				Note("its list says %s", want[name]).
				Note("the file is   %s", sum)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, listed := want[name]; !listed && name != checksumFile && !strings.HasPrefix(path.Base(name), ".git") {
			// `cargo vendor` leaves out what configures git, so people add it.
			return changed(name, "was added")
		}
	}
	return nil
}
