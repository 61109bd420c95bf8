package cargo

import (
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// Manifest is the part of a Cargo.toml that decides where the workspace is.
type Manifest struct {
	IsPackage   bool
	IsWorkspace bool
	Members     []string // of [workspace], glob patterns
	Exclude     []string // of [workspace]
	Pointer     string   // package.workspace: where the workspace root is, or empty
}

// ParseManifest reads a Cargo.toml. Keys that it does not know are cargo's
// business.
func ParseManifest(file string, data []byte) (*Manifest, error) {
	var doc struct {
		Package *struct {
			// Either a path or (in [workspace.package] inheritance) nothing of
			// interest; other types are for cargo to refuse.
			Workspace any `toml:"workspace"`
		} `toml:"package"`
		Workspace *struct {
			Members []string `toml:"members"`
			Exclude []string `toml:"exclude"`
		} `toml:"workspace"`
	}
	if err := toml.DecodeLoose(file, data, &doc); err != nil {
		return nil, err
	}
	m := &Manifest{IsPackage: doc.Package != nil, IsWorkspace: doc.Workspace != nil}
	if doc.Package != nil {
		m.Pointer, _ = doc.Package.Workspace.(string)
	}
	if doc.Workspace != nil {
		m.Members, m.Exclude = doc.Workspace.Members, doc.Workspace.Exclude
	}
	return m, nil
}

// Excludes reports whether a workspace leaves out the package in directory rel
// (slash separated, relative to the workspace, clean). As cargo does: a prefix
// match by components, in which `.` is nothing and `..` a name like any other,
// and a literal `members` entry wins.
func (m *Manifest) Excludes(rel string) bool {
	below := func(entry string) bool {
		if strings.HasPrefix(entry, "/") {
			return false // a place of the host; in the world nothing lies there
		}
		rest := rel + "/"
		for part := range strings.SplitSeq(entry, "/") {
			if part == "" || part == "." {
				continue
			}
			var ok bool
			if rest, ok = strings.CutPrefix(rest, part+"/"); !ok {
				return false
			}
		}
		return true
	}
	for _, e := range m.Members {
		if below(e) {
			return false
		}
	}
	for _, e := range m.Exclude {
		if below(e) {
			return true
		}
	}
	return false
}
