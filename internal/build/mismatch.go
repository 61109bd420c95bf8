package build

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/system"
)

// What a host has and what the lock names may differ. Each such error says first
// what differs, by name and version, then how to get the right one, and digests
// last: they prove, but tell a person nothing.

// maxChanges bounds the changes that an error lists.
const maxChanges = 12

// drift says that this host's packages are not the locked ones. It returns nil if
// they are.
func (h *Host) drift(l *lock.Lock, here lock.System, m *system.Manager) *diag.Diagnostic {
	changes := lock.Diff(l, &lock.Lock{Policy: l.Policy, Toolchain: l.Toolchain, System: here})
	if len(changes) == 0 {
		return nil
	}
	d := diag.New(diag.ExitLock, "%s%s", differs(changes[0]), others(changes[1:]))
	if way := wayBack(changes, m); way != "" {
		d.Note("to get the locked: %s", way)
	}
	noteChanges(d, changes)
	return d.Note("the store does not hold the locked layer: %s", l.System.Layer).
		WithHelp("get the locked files from who has them (%s), or lock what is here: cargo hermetic lock --update", pullHint("system"))
}

// orDrift is drift for a host of which no layer can be made. What the lock names
// and the host has not says more than the first package that is missing, and has
// the version. Any other reason stays as it is.
func (h *Host) orDrift(l *lock.Lock, failed error) error {
	if diag.ExitCode(failed) != diag.ExitFailed {
		return failed
	}
	there, err := system.TakeInventory(h.System)
	if err != nil {
		return failed // which said already that the database cannot be read
	}
	here := lock.System{Source: there.Source, Architecture: there.Architecture, Requested: l.System.Requested, Layer: l.System.Layer}
	for _, p := range lockPackages(there.Packages, there.Architecture) {
		if slices.ContainsFunc(l.System.Packages, func(q lock.Package) bool { return q.Name == p.Name }) {
			here.Packages = append(here.Packages, p)
		}
	}
	if d := h.drift(l, here, there.Manager); d != nil {
		return d
	}
	return failed
}

// differs says in words what a change means for a host.
func differs(c lock.Change) string {
	switch {
	case c.Kind == lock.KindSystem:
		return fmt.Sprintf("this host is %s, and `%s` was made on %s", c.To, LockFile, c.From)
	case c.Kind == lock.KindArchitecture:
		return fmt.Sprintf("the packages of this host are for %s, and those of `%s` for %s", c.To, LockFile, c.From)
	case c.Kind == lock.KindRequested && c.From == "":
		return fmt.Sprintf("`%s` asks for `%s`, and `%s` does not", PolicyFile, c.Name, LockFile)
	case c.Kind == lock.KindRequested:
		return fmt.Sprintf("`%s` asks for `%s`, and `%s` does not", LockFile, c.Name, PolicyFile)
	case c.Kind == lock.KindHost && c.From != "":
		return fmt.Sprintf("`%s` was made for another host: `%s`, and this is `%s`", LockFile, c.From, c.To)
	case c.Kind == lock.KindPolicy:
		return fmt.Sprintf("`[system]` of `%s` is not the one that `%s` was made for", PolicyFile, LockFile)
	case c.Kind == lock.KindToolchainLayer, c.Kind == lock.KindSystemLayer:
		return fmt.Sprintf("the %s of this host is not the one in `%s`: %s", c.Kind, LockFile, c)
	case c.Kind == lock.KindChannel, c.Kind == lock.KindImage:
		return fmt.Sprintf("the project names the %s %s, and `%s` names %s", c.Kind, orNone(c.To), LockFile, orNone(c.From))
	case c.Kind == lock.KindComponent && c.From == "":
		return fmt.Sprintf("this host has the component `%s`, and `%s` does not name it", c.Name, LockFile)
	case c.Kind == lock.KindComponent:
		return fmt.Sprintf("this host has no component `%s`, and `%s` names it", c.Name, LockFile)
	case c.Kind == lock.KindToolchain && c.Name != "":
		return fmt.Sprintf("Rust %s of this host is commit %.9s, and `%s` names %.9s", c.Name, c.To, LockFile, c.From)
	}
	name := string(c.Kind)
	if c.Kind == lock.KindPackage {
		name = "`" + c.Name + "`"
	}
	switch {
	case c.To == "":
		return fmt.Sprintf("this host has no %s, and `%s` names %s", name, LockFile, c.From)
	case c.From == "":
		return fmt.Sprintf("this host has %s %s, and `%s` does not name it", name, c.To, LockFile)
	}
	return fmt.Sprintf("this host has %s %s, and `%s` names %s", name, c.To, LockFile, c.From)
}

func orNone(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

// others counts what differs by name beside the first change: that digests follow
// is no news.
func others(changes []lock.Change) string {
	named := 0
	for _, c := range changes {
		if !c.Digest() {
			named++
		}
	}
	switch named {
	case 0:
		return ""
	case 1:
		return "; one more differs"
	}
	return fmt.Sprintf("; %d more differ", named)
}

// wayBack is the command that gives the host the locked packages. There is none
// where something else differs: another distribution does not have them, and
// what was asked for is the project's to decide.
func wayBack(changes []lock.Change, m *system.Manager) string {
	var wanted []system.Package
	for _, c := range changes {
		switch {
		case c.Digest():
		case c.Kind == lock.KindSystem:
			return "build on " + c.From + ", or in a container of it"
		case c.Kind != lock.KindPackage:
			return ""
		case c.From != "":
			name, architecture, _ := strings.Cut(c.Name, ":")
			wanted = append(wanted, system.Package{Name: name, Version: c.From, Architecture: architecture})
		}
	}
	if len(wanted) == 0 {
		return ""
	}
	return m.InstallExactly(wanted)
}

// noteChanges lists what differs.
func noteChanges(d *diag.Diagnostic, changes []lock.Change) {
	for _, c := range changes[:min(len(changes), maxChanges)] {
		d.Note("%s", c)
	}
	if more := len(changes) - maxChanges; more > 0 {
		d.Note("and %d more, which `cargo hermetic lock` lists", more)
	}
}

// altered says that the files of this host's packages are not the locked ones,
// though names and versions agree, and if it can be told, which and of which
// package.
func (h *Host) altered(ctx context.Context, l *lock.Lock, s *system.Snapshot, here digest.Digest) error {
	first, err := s.Altered(ctx)
	if err != nil {
		return diag.Wrap(err, "looking for the file that differs from the locked ones")
	}
	var d *diag.Diagnostic
	if first != nil {
		d = diag.New(diag.ExitLock, "`%s` on this host is not as the package `%s` has it, and neither are the files as `%s` has them", first.File, first.Package, LockFile).
			Note("to get it back: %s", s.Manager.Reinstall(first.Package))
	} else {
		d = diag.New(diag.ExitLock, "the files of this host's system packages differ from the locked ones, though names and versions agree").
			Note("to look for changed files: %s", s.Manager.Verify())
	}
	return d.Note("here:   %s", here).Note("locked: %s", l.System.Layer).
		WithHelp("get the locked files from who has them (%s), or lock what is here: cargo hermetic lock --update", pullHint("system"))
}
