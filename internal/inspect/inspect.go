// Package inspect looks at a root before anything runs, and says what in it
// leads out of it: path dependencies, patches, workspace members and pointers,
// sources of targets, included configuration, links, and configuration keys
// that name a place or a program.
//
// Everything is reported at once, each with its place and a line to paste. The
// world would show none of what these references mean, so that cargo would fail
// in it sooner or later; here the failure has a name. It reads files of the
// root only, through package roots, and never follows a reference outwards.
//
// What configuration keys are allowed to do is a table, keys.go.
package inspect

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo/config"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/roots"
)

// Request says what to look at.
type Request struct {
	Files   roots.Files
	Found   roots.Found
	Cargo   string   // CARGO_HOME, where a workspace search ends
	Home    string   // CARGO_HOME if its configuration acts, which it never does in a world
	Covered []string // names at the top of the root that are no part of it
}

// Result is what a root holds, as far as it names other places.
type Result struct {
	Configuration roots.Configuration
	Packages      *roots.Packages
	Settings      []Setting // configuration keys that act on a build
	refusals      []*diag.Diagnostic
	broken        error // what cargo too would say of the workspace
}

// Err returns all refusals as one error, in the order of their places, or nil.
// Each is a *diag.Diagnostic with exit code 111. A workspace that is broken is
// the error when nothing is refused, for a refusal may be what broke it.
func (r *Result) Err() error {
	if err := r.Refusals(); err != nil {
		return err
	}
	return r.broken
}

// Refusals is Err without what cargo itself will say.
func (r *Result) Refusals() error {
	errs := make([]error, len(r.refusals))
	for i, d := range r.refusals {
		errs[i] = d
	}
	return diag.Join(errs...)
}

// Root inspects everything, for a hermetic build.
func Root(req Request) (*Result, error) {
	var links []roots.Link
	var linkErr error
	done := make(chan struct{})
	go func() { // it reads directories only, and no manifest
		defer close(done)
		links, linkErr = roots.Astray(req.Files, req.Found.Root, req.Covered)
	}()
	r, err := Discovery(req)
	<-done
	if err != nil || linkErr != nil {
		return nil, diag.Join(err, linkErr)
	}
	for _, path := range r.Packages.Paths() {
		m := r.Packages.Manifests[path]
		for _, ref := range m.References {
			if !ref.Package {
				r.reference(req.Found.Root, path, m, ref)
			}
		}
	}
	r.keys(req.Found.Root)
	for _, link := range links {
		r.refuse(diag.New(diag.ExitPolicy, "the link `%s` leads %s: `%s`", filepath.Base(link.Path), link.Why, link.Target).
			In(link.Path, 0, 0).
			WithHelp("%s", linkHelp(req.Found.Root, link)))
	}
	return r, nil
}

// Discovery inspects what widens cargo's own searches, and no more: references
// to packages, and included configuration.
func Discovery(req Request) (*Result, error) {
	r := &Result{}
	var err error
	root, bound := req.Found.Root, req.Found.Config.Bound
	r.Configuration, err = roots.Configure(req.Files, req.Found.Config, req.Home, func(i config.Include) bool {
		if roots.Within(bound, i.Path) || req.Home != "" && roots.Within(req.Home, i.By.Name) {
			return true
		}
		at := i.By.Position()
		r.refuse(diag.New(diag.ExitPolicy, "the included configuration `%s` is outside the root `%s`", i.Path, bound).
			In(at.File, at.Line, at.Column).
			WithHelp("copy it into the root, or remove the `include`"))
		return false
	})
	r.broken = err
	if req.Found.Manifest == "" {
		r.Packages = &roots.Packages{}
		return r, nil
	}
	r.Packages, err = roots.ReadPackages(req.Files, req.Found, req.Cargo)
	r.broken = diag.Join(r.broken, err)
	members := slices.Sorted(slices.Values(r.Packages.Members))
	for _, path := range r.Packages.Paths() {
		r.packages(root, path, r.Packages.Manifests[path], members)
	}
	return r, nil
}

// packages checks the references of a manifest to other packages: those that
// cargo follows. Of a package that is no member it does not follow what only
// tests need, nor patches, nor a workspace of its own.
func (r *Result) packages(root, path string, m *cargo.Manifest, members []string) {
	if m.Pointer != nil {
		r.reference(root, path, m, *m.Pointer)
	}
	_, member := slices.BinarySearch(members, path)
	for _, d := range m.Dependencies {
		if d.Path != "" && (member || !d.Dev) {
			r.reference(root, path, m, d.Reference)
		}
	}
	if filepath.Dir(path) != r.Packages.Workspace {
		return
	}
	for _, member := range m.Members {
		r.reference(root, path, m, member)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Shared)) {
		r.reference(root, path, m, m.Shared[name])
	}
	for _, ref := range m.References {
		if ref.Package {
			r.reference(root, path, m, ref)
		}
	}
}

// reference refuses a reference that leaves the root.
func (r *Result) reference(root, manifest string, m *cargo.Manifest, ref cargo.Reference) {
	why, help, ok := leaves(root, filepath.Dir(manifest), ref.Path)
	if !ok {
		return
	}
	at := m.At(ref)
	r.refuse(diag.New(diag.ExitPolicy, "%s %s: `%s`", ref.What, why, ref.Path).
		In(at.File, at.Line, at.Column).
		WithHelp("%s", help))
}

func (r *Result) refuse(d *diag.Diagnostic) {
	r.refusals = append(r.refusals, d)
	slices.SortStableFunc(r.refusals, func(a, b *diag.Diagnostic) int { return comparePositions(a.At[0], b.At[0]) })
}

// leaves says why a path as written in a file of dir is no place inside the
// root, and what to do.
func leaves(root, dir, path string) (why, help string, ok bool) {
	path = filepath.FromSlash(path)
	target := filepath.Clean(path)
	if !filepath.IsAbs(path) {
		target = filepath.Join(dir, path)
	}
	switch {
	case !roots.Within(root, target):
		return "is outside the root", "move it into the root, or name a root that holds both: --root " + quote(roots.Common(root, target)), true
	case filepath.IsAbs(path):
		rel, err := filepath.Rel(dir, target)
		if err != nil {
			rel = "a relative path"
		}
		return "is named by an absolute path, which is another place in the world", "write `" + filepath.ToSlash(rel) + "`", true
	}
	return "", "", false
}

// linkHelp says what to do about a link.
func linkHelp(root string, link roots.Link) string {
	target := filepath.FromSlash(link.Target)
	if filepath.IsAbs(target) && roots.Within(root, target) {
		if rel, err := filepath.Rel(filepath.Dir(link.Path), target); err == nil {
			return "ln -sfn " + quote(rel) + " " + quote(link.Path)
		}
	}
	return "replace the link by what it leads to, or remove it: rm " + quote(link.Path)
}

func comparePositions(a, b diag.Position) int {
	if c := strings.Compare(a.File, b.File); c != 0 {
		return c
	}
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return a.Column - b.Column
}

// quote makes a path one word of a shell's command line.
func quote(path string) string {
	if path != "" && !strings.ContainsFunc(path, func(c rune) bool {
		return !strings.ContainsRune("/._-+@%:,=", c) && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	}) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
