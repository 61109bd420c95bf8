package policy

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Download is one `[[download]]`: a file that the build script of a crate would
// fetch from the network, named by its digest and put where the crate looks.
type Download struct {
	URL     string // `https://`, `http://`, or `file:` and a path from the root
	SHA256  string // of the file, 64 lower-case hexadecimal digits
	Crate   string // whose build script wants it
	Version string // of the crate, where several are in use; may be empty
	Env     string // variable that leads to the file; empty where Path says where it is
	Value   string // of the variable, with placeholders
	Path    string // in the view: absolute, or relative to the crate's sources
	At      diag.Position
}

// Placeholders in the value of a variable.
const (
	PathPlaceholder = "{path}" // the file
	DirPlaceholder  = "{dir}"  // the directory in which the file is alone
)

// Local is the path of the file in the root, slash-separated, where no network is
// needed for it; else it is empty.
func (d Download) Local() string {
	local, _ := strings.CutPrefix(d.URL, "file:")
	if local == d.URL {
		return ""
	}
	return local
}

// FileName is what the file is called: the last name of the URL, as far as it is
// plain, since it becomes a part of paths in programs that others wrote.
func (d Download) FileName() string {
	name := path.Base(d.Local())
	if u, err := url.Parse(d.URL); err == nil && d.Local() == "" {
		name = path.Base(u.Path)
	}
	name = strings.Map(func(r rune) rune {
		if r < 128 && (isVariableName("A"+string(r)) || strings.ContainsRune("-+.", r)) {
			return r
		}
		return '_'
	}, name)
	if len(name) > 128 {
		name = name[len(name)-128:] // with its ending
	}
	if strings.Trim(name, "._") == "" {
		return "file"
	}
	return name
}

// Variable is the value of Env for a file at a place of the view.
func (d Download) Variable(file string) string {
	return strings.NewReplacer(PathPlaceholder, file, DirPlaceholder, path.Dir(file)).Replace(d.Value)
}

// Package names the crate as the file does.
func (d Download) Package() string {
	if d.Version == "" {
		return d.Crate
	}
	return d.Crate + "@" + d.Version
}

// clash says why two downloads cannot be together, and at which key of the later.
func (d Download) clash(later Download) (key, message string) {
	switch {
	case d.Env != "" && d.Env == later.Env:
		return "env", fmt.Sprintf("two downloads set `%s`", d.Env)
	case d.Env != "" && later.Env != "" && d.SHA256 == later.SHA256 && d.FileName() != later.FileName():
		return "url", fmt.Sprintf("the file with this digest is `%s` in another download, and it lies in one place only", d.FileName())
	case d.Path == "" || later.Path == "":
		return "", ""
	}
	place, other := d.place(), later.place()
	switch {
	case place == other:
		return "path", fmt.Sprintf("two downloads are put at `%s`", d.Path)
	case strings.HasPrefix(place, other+"/"), strings.HasPrefix(other, place+"/"):
		return "path", fmt.Sprintf("`%s` and `%s` of two downloads lie in one another", d.Path, later.Path)
	}
	return "", ""
}

// place tells paths of different crates apart. One that leaves out the version
// may mean the same crate, which is found out when Cargo.lock is read.
func (d Download) place() string {
	if strings.HasPrefix(d.Path, "/") {
		return d.Path
	}
	return d.Package() + ":" + d.Path
}
