package cargo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// Lockfile is what a Cargo.lock says about packages that are not in the
// workspace.
type Lockfile struct {
	External []LockedPackage // in the order of the file
	Members  []string        // names of the packages without a source: those of the workspace
}

// LockedPackage is a package with a source outside the workspace.
type LockedPackage struct {
	Name     string
	Version  string
	Source   string // cargo's source id, such as `registry+https://...` or `git+https://...#COMMIT`
	Checksum string // SHA-256 of the .crate archive in hexadecimal; empty for git
}

// ID returns `name version`, for messages.
func (p LockedPackage) ID() string { return p.Name + " " + p.Version }

// Git reports whether the package comes from a git repository.
func (p LockedPackage) Git() bool { return strings.HasPrefix(p.Source, "git+") }

// DefaultRegistry reports whether the package comes from cargo's own registry, by
// either of its source ids, wherever its archive was fetched from.
func (p LockedPackage) DefaultRegistry() bool { return p.Source == gitIndex || p.Source == sparseIndex }

// ParseLockfile reads a Cargo.lock of any version. Registry packages without a
// checksum are refused: nothing would pin their bytes.
func ParseLockfile(file string, data []byte) (*Lockfile, error) {
	var doc struct {
		Packages []struct {
			Name     string `toml:"name"`
			Version  string `toml:"version"`
			Source   string `toml:"source"`
			Checksum string `toml:"checksum"`
		} `toml:"package"`
		Metadata map[string]string `toml:"metadata"` // checksums of versions 1 and 2
		Root     struct {
			Name string `toml:"name"`
		} `toml:"root"` // a package of the workspace, in version 1
	}
	if err := toml.DecodeLoose(file, data, &doc); err != nil {
		return nil, err
	}
	lock := &Lockfile{}
	if doc.Root.Name != "" {
		lock.Members = append(lock.Members, doc.Root.Name)
	}
	for _, p := range doc.Packages {
		if p.Source == "" {
			lock.Members = append(lock.Members, p.Name)
			continue
		}
		if !plainName(p.Name) || !plainName(p.Version) {
			return nil, diag.New(diag.ExitPolicy, "strange package %q %q", p.Name, p.Version).In(file, 0, 0)
		}
		locked := LockedPackage{p.Name, p.Version, p.Source, p.Checksum}
		if locked.Checksum == "" {
			locked.Checksum = doc.Metadata[fmt.Sprintf("checksum %s %s (%s)", p.Name, p.Version, p.Source)]
		}
		sum, err := hex.DecodeString(locked.Checksum)
		switch {
		case locked.Git():
			_, commit, ok := strings.Cut(p.Source, "#")
			if !ok || commit == "" {
				return nil, diag.New(diag.ExitPolicy, "git package `%s` has no commit in `%s`", locked.ID(), file).
					WithHelp("cargo generate-lockfile")
			}
			locked.Checksum = "" // version 1 says `<none>`
		case err != nil || len(sum) != sha256.Size:
			return nil, diag.New(diag.ExitPolicy, "package `%s` has no checksum in `%s`, so nothing pins its bytes", locked.ID(), file).
				In(file, 0, 0).
				WithHelp("cargo generate-lockfile")
		}
		lock.External = append(lock.External, locked)
	}
	return lock, nil
}

// plainName reports whether a name or version can be part of a file name.
func plainName(s string) bool {
	return s != "" && s[0] != '.' && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r == '-' || r == '_' || r == '.' || r == '+' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	})
}

// Key returns a text that two lock files share exactly if they name the same
// external packages; packages of the workspace do not matter.
func (l *Lockfile) Key() string {
	lines := make([]string, len(l.External))
	for i, p := range l.External {
		lines[i] = fmt.Sprintf("%s %s %q %q\n", p.Name, p.Version, p.Source, p.Checksum)
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// Sources returns the distinct sources of l without commits, sorted.
func (l *Lockfile) Sources() []string {
	var list []string
	for _, p := range l.External {
		source, _, _ := strings.Cut(p.Source, "#")
		list = append(list, source)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Names returns the names of the external packages, sorted.
func (l *Lockfile) Names() []string {
	names := make([]string, len(l.External))
	for i, p := range l.External {
		names[i] = p.Name
	}
	slices.Sort(names)
	return slices.Compact(names)
}
