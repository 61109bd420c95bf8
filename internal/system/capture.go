package system

import (
	"context"
	"maps"
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
	for _, name := range skeleton(s.db.developmentDirectories()) {
		dir, err := p.addSkeleton(name)
		if err != nil {
			return err
		}
		if err := sink.AddDir(dir); err != nil {
			return diag.Wrap(err, "capturing `%s`", dir)
		}
	}
	if err := p.captureRemade(sink); err != nil {
		return err
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
	return s.db.unchanged()
}

// plan finds out what the layer holds, without reading a file's content.
func (s *Snapshot) plan(ctx context.Context) (*plan, error) {
	links, err := s.db.links()
	if err != nil {
		return nil, err
	}
	p := newPlan(s.tree, s.db.manager())
	p.loaderDirs = s.db.loaderDirectories()
	for _, pkg := range s.closure {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		files, err := s.db.files(pkg)
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
	for _, a := range links {
		if err := p.addAlternative(a); err != nil {
			return nil, err
		}
	}
	for _, name := range s.libraries {
		if err := p.addLibrary(name); err != nil {
			return nil, err
		}
	}
	if err := p.addMerged(); err != nil {
		return nil, err
	}
	return p, p.remake()
}
