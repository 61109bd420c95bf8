package build

import (
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/explain"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// explain says why a command failed, after cargo's own words, and with json also among
// its messages. That it cannot is a warning: the build failed, and that is what counts.
func (p *prepared) explain(h *Host, s sandbox.Spec, seen *observed, said *refusals, json bool) {
	report, err := p.explained(h, s, seen, &said.said)
	events := ui.NewEvents(h.Stdout)
	for _, e := range said.explanations(report) {
		h.Shell.Note("%s", e.text)
		if json && e.code != "" {
			err = diag.Join(err, events.Event("explanation", map[string]any{"code": e.code, "message": e.text}))
		}
	}
	if err != nil {
		h.Shell.Warn("%v", diag.Wrap(err, "explaining the failure"))
	}
}

// explained gathers what an explanation needs.
func (p *prepared) explained(h *Host, s sandbox.Spec, seen *observed, said *explain.Said) (explain.Report, error) {
	b := explain.Build{Said: said, Policy: p.project.Policy, Root: p.project.Root, Home: h.Home}
	for _, pkg := range p.lock.System.Packages {
		b.Layer = append(b.Layer, pkg.Name)
	}
	disk := &explain.Disk{Env: h.Env, System: h.System, Links: map[string]string{}}
	for _, m := range s.Mounts {
		mount := explain.Mount{Place: m.Target}
		if m.Kind == spec.Bind {
			mount.Source = m.Source
		}
		if m.Target == world.Target {
			b.Target = m.Source
		}
		disk.Mounts = append(disk.Mounts, mount)
	}
	for _, l := range s.Links {
		disk.Links[l.Path] = l.Target
	}
	b.Host = disk
	var err error
	if seen != nil {
		b.Record, err = seen.read() // nil with an error: what was printed is left
	}
	report, failure := explain.Failure(b)
	return report, diag.Join(err, failure)
}
