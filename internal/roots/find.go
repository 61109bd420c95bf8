package roots

import (
	"path/filepath"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Found is what the searches found. Root contains Workspace and Manifest, for
// Hermetic.
type Found struct {
	Root      string // the directory that bounds the build, or the manifest route
	Why       Source // what made it that
	Manifest  string // the package's or workspace's Cargo.toml where cargo begins
	Workspace string // directory of the workspace root, where Cargo.lock is
	Roots     []Root // that somebody named, with the markers
	Config    Route  // of the configuration and toolchain file
	Manifests Route  // of the first manifest and the workspace
	Outside   bool   // the start is in no root, though somebody named some, or by Draft
}

// OutsideWarning is said of a start in no root; the draft's words.
const OutsideWarning = "cargo is running outside of any root directory, limiting loading of ancestor configs and manifest"

// Find runs the searches that decide what is built.
func Find(files Files, req Request) (Found, error) {
	return newFinder(files, req.Cargo).find(req)
}

func (f *finder) find(req Request) (Found, error) {
	start := req.Cwd
	starts := []string{start}
	if req.Manifest != "" {
		start = filepath.Dir(req.Manifest)
		if req.Default == Hermetic {
			starts = nil // the world has no other place
		}
		starts = append(starts, start)
	}
	list, err := f.explicit(req, starts)
	found := Found{Roots: list}
	if err != nil {
		return found, err
	}
	bound, bounded := deepest(list, start)
	found.Manifests = Route{Start: start, Bound: start, Source: FromStart} // until a manifest is found
	if bounded {
		found.Manifests.Bound, found.Manifests.Source = bound.Dir, bound.Source
	}
	found.Outside = req.Default == Draft && !bounded
	found.Config = f.configRoute(req, found)
	if req.Default == Hermetic && !bounded && len(req.Roots) > 0 {
		return found, diag.New(diag.ExitUsage, "no `--root` contains `%s`", start).
			WithHelp("name a directory above the package, or the package itself")
	}
	if err := f.firstManifest(&found, req.Manifest, start, bound.Dir); err != nil {
		return found, err
	}
	switch first := filepath.Dir(found.Manifest); {
	case bounded:
	case req.Default == Hermetic:
		found.Outside = slices.ContainsFunc(list, func(r Root) bool { return r.Source == FromVariable })
		bound = Root{first, FromManifest}
		if _, top, ok := f.checkout(Route{Start: first}); ok && !f.isCommon(top, req.Home) {
			bound = Root{top, FromCheckout}
		}
	default:
		bound = Root{first, FromManifest}
	}
	found.Root, found.Why = bound.Dir, bound.Source
	found.Manifests.Bound, found.Manifests.Source = bound.Dir, bound.Source
	found.Config = f.configRoute(req, found)
	_, workspace, ok, err := f.workspace(found.Manifest, bound.Dir)
	if err != nil {
		return found, err
	}
	if found.Workspace = workspace; !ok {
		found.Workspace = filepath.Dir(found.Manifest)
	}
	if !bounded && req.Default == Hermetic {
		bound = Root{found.Workspace, FromWorkspace}
	}
	if !Within(bound.Dir, found.Manifest) { // only `package.workspace` can do that
		return found, diag.New(diag.ExitPolicy, "the workspace `%s` does not hold the package that points to it", found.Workspace).
			In(found.Manifest, 0, 0).
			WithHelp("name a root that holds both: --root %s", Common(found.Workspace, found.Manifest))
	}
	found.Root, found.Why = bound.Dir, bound.Source
	found.Manifests.Bound, found.Manifests.Source = bound.Dir, bound.Source
	found.Config = f.configRoute(req, found)
	return found, nil
}

// firstManifest fills in the manifest where cargo begins.
func (f *finder) firstManifest(found *Found, named, start, bound string) error {
	if named != "" {
		if !f.exists(named, bound) {
			return diag.New(diag.ExitFailed, "manifest path `%s` does not exist", named).
				WithHelp("name a `Cargo.toml`")
		}
		found.Manifest = named
		return nil
	}
	s, ok := f.firstOf(Route{Start: start, Bound: bound}, "Cargo.toml")
	if !ok {
		d := diag.New(diag.ExitFailed, "could not find `Cargo.toml` in `%s` or any parent directory", start)
		if bound != "" {
			d = d.Note("the search ended at the root `%s`", bound)
		}
		return d.WithHelp("run this in a cargo project, or make one: cargo init")
	}
	found.Manifest = s.Used()[0]
	return nil
}

// isCommon reports whether a directory holds more than a project: it is, or
// holds, the home, or everybody may write to it. A checkout there (of the
// settings in a home, or one that somebody left in /tmp) says nothing about what
// belongs together.
func (f *finder) isCommon(dir, home string) bool {
	real, err := f.follow(dir, topOf(dir)) // of a link everybody may write the name, and that says nothing
	if err != nil || home != "" && (Within(dir, home) || Within(real, home)) {
		return true
	}
	info, err := f.files.Lstat(real)
	return err != nil || info.Mode().Perm()&0o002 != 0
}

// configRoute is where configuration is looked for. A hermetic build starts
// where the caller is, if that is a part of the root, and otherwise at the
// workspace.
func (f *finder) configRoute(req Request, found Found) Route {
	if req.Default == Hermetic {
		if found.Workspace == "" { // not yet found
			return found.Manifests
		}
		route := Route{found.Workspace, found.Root, found.Why}
		if rel, err := filepath.Rel(found.Root, route.Start); err != nil || !filepath.IsLocal(rel) || covered(req.Covered, rel) {
			route.Start = found.Root
		}
		if rel, err := filepath.Rel(found.Root, req.Cwd); err == nil && filepath.IsLocal(rel) && !covered(req.Covered, rel) {
			route.Start = req.Cwd
		}
		return route
	}
	if bound, ok := deepest(found.Roots, req.Cwd); ok {
		return Route{req.Cwd, bound.Dir, bound.Source}
	}
	if found.Outside && found.Root != "" && Within(found.Root, req.Cwd) {
		return Route{req.Cwd, found.Root, found.Why}
	}
	return Route{req.Cwd, req.Cwd, FromStart}
}

// covered reports whether rel is, or lies below, one of the names.
func covered(names []string, rel string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return Within(name, rel) })
}

// Common is the deepest directory that holds both paths.
func Common(a, b string) string {
	for !Within(a, b) && a != filepath.Dir(a) {
		a = filepath.Dir(a)
	}
	return a
}
