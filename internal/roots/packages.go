package roots

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Packages are the manifests that a build may read inside its root.
type Packages struct {
	Workspace string   // directory of the workspace, or of the package that stands alone
	Members   []string // manifests of the workspace's members, in cargo's order
	Manifests map[string]*cargo.Manifest
}

// Paths returns the paths of all manifests, sorted.
func (p *Packages) Paths() []string { return slices.Sorted(maps.Keys(p.Manifests)) }

// ReadPackages reads the workspace of what was found: its members, and every
// package inside the root that one of them depends on by path. What a manifest
// names outside the root is passed over. With an error, which cargo would have
// too, comes what was read until then.
func ReadPackages(files Files, found Found, cargoHome string) (*Packages, error) {
	w := &workspaceReader{finder: newFinder(files, cargoHome), bound: found.Root, isIn: map[string]bool{}, known: map[string]*cargo.Manifest{}, below: map[string][]string{}, isDirectory: map[string]bool{}}
	err := w.readAll(found.Manifest)
	p := &Packages{Workspace: found.Workspace, Manifests: make(map[string]*cargo.Manifest, len(w.manifests))}
	for path, parsed := range w.manifests {
		if parsed.manifest != nil {
			p.Manifests[path] = parsed.manifest
		}
	}
	for _, path := range w.members { // cargo counts a manifest without a package too
		if m := p.Manifests[path]; m != nil && m.IsPackage {
			p.Members = append(p.Members, path)
		}
	}
	return p, err
}

func (w *workspaceReader) readAll(manifest string) error {
	root, err := w.rootOf(manifest)
	if err != nil {
		return err
	}
	if err := w.read(manifest, root); err != nil {
		return err
	}
	// The closure is read even of a workspace that is not in order: what is wrong
	// may be what a manifest names, and that is for others to say.
	invalid := w.validate(manifest)
	if err := w.closure(append([]string{manifest}, w.members...)); invalid == nil {
		return err
	}
	return invalid
}

// workspaceReader finds the members of a workspace as cargo does.
type workspaceReader struct {
	*finder
	bound   string
	root    string // manifest of the workspace
	members []string
	isIn    map[string]bool            // members
	known   map[string]*cargo.Manifest // workspaces that were read, by directory
	below   map[string][]string        // what pathDependencies said

	isDirectory map[string]bool // what a listing said
	globbed     map[globbed]bool
}

// parse reads a manifest, and remembers a workspace.
func (w *workspaceReader) parse(path, bound string) (*cargo.Manifest, error) {
	m, err := w.finder.parse(path, bound)
	if err == nil && m.IsWorkspace {
		w.known[filepath.Dir(path)] = m
	}
	return m, err
}

// rootOf returns the manifest of the workspace that a manifest belongs to, empty
// if it stands alone. A package that names none belongs to the nearest workspace
// that was read already; only without one does cargo search (its `ws_roots`). So
// a workspace holds what is below one of its members that is a workspace too, and
// neither `target/package` nor CARGO_HOME stands between it and a member.
func (w *workspaceReader) rootOf(manifest string) (string, error) {
	m, err := w.parse(manifest, w.bound)
	if err != nil {
		return "", err
	}
	dir := filepath.Dir(manifest)
	if m.IsWorkspace && excludes(m, dir, manifest) || !m.IsWorkspace && m.Pointer == nil {
		for _, above := range (Route{Start: dir, Bound: w.bound}).Dirs() {
			if known := w.known[above]; known != nil && !excludes(known, above, manifest) {
				return filepath.Join(above, "Cargo.toml"), nil
			}
		}
	}
	s, dir, ok, err := w.workspace(manifest, w.bound)
	for _, step := range s.Steps {
		for _, file := range step.Files {
			if read := w.manifests[file.Path].manifest; read != nil && read.IsWorkspace {
				w.known[step.Dir] = read
			}
		}
	}
	if err != nil || !ok {
		return "", err
	}
	return filepath.Join(dir, "Cargo.toml"), nil
}

// read fills in the members: what `members` names, the root itself, and every
// path dependency below the root's directory.
func (w *workspaceReader) read(current, root string) error {
	if root == "" {
		w.members, w.isIn[current] = []string{current}, true
		return nil
	}
	w.root = root
	m, err := w.parse(root, w.bound)
	if err != nil {
		return err
	}
	if !m.IsWorkspace {
		return noWorkspace(root)
	}
	paths, err := w.memberPaths(m)
	if err != nil {
		return err
	}
	w.prefetch(paths)
	for _, path := range append(paths, root) {
		if err := w.add(path, m, false); err != nil {
			return err
		}
	}
	return nil
}

// add makes a manifest a member, and the path dependencies of it.
func (w *workspaceReader) add(manifest string, root *cargo.Manifest, dependency bool) error {
	if w.isIn[manifest] {
		return nil
	}
	top := filepath.Dir(w.root)
	if dependency && !Within(top, filepath.Dir(manifest)) {
		if other, err := w.rootOf(manifest); err != nil || other != w.root {
			return err
		}
	}
	if excludes(root, top, manifest) {
		return nil
	}
	m, err := w.parse(manifest, w.bound)
	if err != nil {
		return err
	}
	w.members, w.isIn[manifest] = append(w.members, manifest), true
	if !m.IsPackage {
		return nil
	}
	for _, path := range w.pathDependencies(manifest, m, true) {
		if err := w.add(path, root, true); err != nil {
			return err
		}
	}
	return nil
}

// pathDependencies are the manifests inside the bound that a manifest depends
// on, in its order; with those that only its tests need if it is a member.
func (w *workspaceReader) pathDependencies(manifest string, m *cargo.Manifest, member bool) []string {
	if paths, known := w.below[manifest]; known && member {
		return paths
	}
	var paths []string
	for _, d := range m.Dependencies {
		if d.Dev && !member {
			continue
		}
		dir, path := filepath.Dir(manifest), d.Path
		if d.Inherited {
			root, err := manifest, error(nil)
			if !m.IsWorkspace { // that which leaves itself out has them nevertheless
				root, err = w.rootOf(manifest)
			}
			if err != nil || root == "" {
				continue // cargo's error
			}
			shared, err := w.parse(root, w.bound)
			if err != nil {
				continue
			}
			dir, path = filepath.Dir(root), shared.Shared[d.Name].Path
		}
		if path == "" {
			continue
		}
		if target := filepath.Join(join(dir, path), "Cargo.toml"); Within(w.bound, target) {
			paths = append(paths, target)
		}
	}
	if member {
		w.below[manifest] = paths
	}
	return paths
}

func refuse(at, format string, args ...any) *diag.Diagnostic {
	return diag.New(diag.ExitFailed, format, args...).
		In(at, 0, 0).
		WithHelp("`cargo metadata` says more")
}

func noWorkspace(at string) error {
	return refuse(at, "`package.workspace` configuration points to a crate which is not configured with [workspace]")
}

// validate refuses what cargo refuses of a workspace.
func (w *workspaceReader) validate(current string) error {
	if w.root == "" {
		return nil
	}
	roots := 0
	for _, member := range w.members {
		if m, err := w.parse(member, w.bound); err == nil && m.IsWorkspace {
			if roots++; roots > 1 {
				return refuse(member, "multiple workspace roots found in the same workspace")
			}
		}
	}
	if roots == 0 {
		return noWorkspace(w.root)
	}
	for _, member := range w.members {
		switch root, err := w.rootOf(member); {
		case err != nil:
			return err
		case root == "":
			return refuse(member, "workspace member `%s` is not hierarchically below the workspace root `%s`", member, w.root)
		case root != w.root:
			return refuse(member, "package `%s` is a member of the wrong workspace", member)
		}
	}
	if !w.isIn[current] {
		return refuse(current, "current package believes it's in a workspace when it's not").
			Note("workspace: %s", w.root)
	}
	return nil
}

// closure parses every manifest that can be reached by path dependencies.
func (w *workspaceReader) closure(open []string) error {
	root := cmp.Or(w.root, open[0]) // the package that stands alone
	seen := map[string]bool{}
	for len(open) > 0 {
		manifest := open[0]
		if open = open[1:]; seen[manifest] {
			continue
		}
		seen[manifest] = true
		m, err := w.parse(manifest, w.bound)
		if err != nil {
			return err
		}
		open = append(open, w.pathDependencies(manifest, m, w.isIn[manifest])...)
		if manifest != root {
			continue // of others cargo does not read them
		}
		for _, r := range m.References { // patches and replacements are packages too
			target := filepath.Join(join(filepath.Dir(manifest), r.Path), "Cargo.toml")
			if r.Package && Within(w.bound, target) && w.exists(target, w.bound) {
				open = append(open, target)
			}
		}
	}
	return nil
}
