package system

import (
	"context"
	"maps"
	"os"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Sink receives the files of a layer. Paths are slash-separated and relative to
// the layer's root, without `.` and `..`; no path goes through a link. A parent
// directory need not be added before what it holds. Of a file's mode only
// "executable" counts: the sink drops ownership, times and set-id bits.
type Sink interface {
	// AddFile adds the regular file that is at from on this host.
	AddFile(path, from string) error
	// AddBytes adds a file with this content.
	AddBytes(path string, data []byte, executable bool) error
	// AddLink adds a symbolic link. The target is as on the host: absolute
	// ones start at the layer's root.
	AddLink(path, target string) error
	// AddDir adds a directory, which may stay empty and may be there already.
	AddDir(path string) error
}

// Capture hands the layer to sink: first the generated files and the skeleton,
// then the packages' files and links in the order of their paths. On an error
// the sink holds a part of the layer and must be dropped.
//
// Expected errors are diagnostics with diag.ExitFailed: a listed file that is
// missing, a special file, a damaged list, diversion or alternative, and a
// package database that changed since Resolve.
func (s *Snapshot) Capture(ctx context.Context, sink Sink) error {
	p, err := s.plan(ctx)
	if err != nil {
		return err
	}
	for _, g := range generated {
		if err := sink.AddBytes(g.name, []byte(g.content), false); err != nil {
			return diag.Wrap(err, "capturing `%s`", g.name)
		}
	}
	for _, name := range skeleton(s.db.multiarch) {
		dir, err := p.addSkeleton(name)
		if err != nil {
			return err
		}
		if err := sink.AddDir(dir); err != nil {
			return diag.Wrap(err, "capturing `%s`", dir)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.entries)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		e := p.entries[name]
		if e.target != "" {
			err = sink.AddLink(name, e.target)
		} else {
			err = sink.AddFile(name, s.tree.host(name))
		}
		if err != nil && e.pkg != "" {
			return diag.Wrap(err, "capturing `%s` of package `%s`", name, e.pkg)
		}
		if err != nil {
			return diag.Wrap(err, "capturing `%s`", name)
		}
	}
	return s.unchanged()
}

// plan finds out what the layer holds, without reading a file's content.
func (s *Snapshot) plan(ctx context.Context) (*plan, error) {
	divs, err := readDiversions(s.tree)
	if err != nil {
		return nil, err
	}
	alternatives, err := readAlternatives(s.tree)
	if err != nil {
		return nil, err
	}
	p := newPlan(s.tree)
	for _, pkg := range s.closure {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		files, err := filesOf(s.tree, pkg, divs)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if err := p.addListed(f, pkg.Name); err != nil {
				return nil, err
			}
		}
	}
	if err := p.complete(); err != nil {
		return nil, err
	}
	p.close()
	for _, a := range alternatives {
		if err := p.addAlternative(a); err != nil {
			return nil, err
		}
	}
	for _, name := range s.libraries {
		if err := p.addLibrary(name); err != nil {
			return nil, err
		}
	}
	return p, p.addMerged()
}

// unchanged fails when dpkg wrote its database since Resolve read it: the
// versions in Packages would then not be those of the captured files. dpkg
// replaces the file, so its identity changes with every step.
func (s *Snapshot) unchanged() error {
	const name = dpkgDir + "status"
	info, err := s.tree.stat(name)
	if err != nil {
		return diag.Wrap(err, "looking at the dpkg database again")
	}
	if os.SameFile(info, s.status) && info.Size() == s.status.Size() && info.ModTime().Equal(s.status.ModTime()) {
		return checkSettled(s.tree)
	}
	return diag.New(diag.ExitFailed, "packages were installed or removed during the capture").
		In(s.tree.host(name), 0, 0).
		WithHelp("wait until apt has finished, then repeat the command")
}
