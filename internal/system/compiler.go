package system

import (
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// addBase takes what every layer has, what the policy names, and Rust's own
// packages where they are the toolchain.
//
// Without a C compiler, packages that are one stay out although others depend on
// them: Debian's rustc depends on gcc, to link with, and rust-lld does that as
// well. The start files and the libraries of C are no compiler and stay.
func (c *closure) addBase(req Request) error {
	m := c.db.manager()
	names := m.Base
	if req.NoCompiler {
		names = m.libc
		if err := c.excludeCompilers(req.Packages); err != nil {
			return err
		}
	}
	if req.Rust {
		if err := c.checkRust(); err != nil {
			return err
		}
		names = slices.Concat(names, m.Rust)
	}
	return c.addNames(slices.Concat(names, req.Packages))
}

// excludeCompilers forbids every C compiler of the host. That the policy asks for
// one by name and for none at all is a contradiction.
func (c *closure) excludeCompilers(requested []string) error {
	c.without = map[*Package]bool{}
	for _, name := range c.db.manager().compilers {
		found, err := c.db.find(name)
		if err != nil {
			return diag.Wrap(err, "looking for C compilers")
		}
		for _, p := range found {
			c.without[p] = true
		}
	}
	var both []string
	for _, name := range requested {
		found, err := c.db.find(name)
		if err != nil {
			return badName(name, err)
		}
		if slices.ContainsFunc(found, func(p *Package) bool { return c.without[p] }) {
			both = append(both, name)
		}
	}
	if len(both) == 0 {
		return nil
	}
	return diag.New(diag.ExitPolicy, "`[system]` asks for no C compiler and for %s: `%s`",
		plural(len(both), "a package that is one", "packages that are such"), strings.Join(both, "`, `")).
		WithHelp("remove either `c-compiler = \"none\"` or the package")
}

// checkRust says first what is asked for if Rust's own packages are not there:
// that the reason is one key of the policy is not obvious from a package's name.
func (c *closure) checkRust() error {
	m := c.db.manager()
	var missing []string
	for _, name := range m.Rust {
		found, err := c.db.find(name)
		if err != nil {
			return diag.Wrap(err, "looking for the packages of Rust")
		}
		if len(found) == 0 {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return diag.New(diag.ExitFailed, "Rust is to come from the packages of this host, and %s not installed: `%s`",
		plural(len(missing), "one is", "these are"), strings.Join(missing, "`, `")).
		Note("`[system] toolchain = \"packages\"` of `hermetic.toml` asks for it").
		WithHelp("%s", m.Install(missing...))
}

// TargetPackages are the packages with Rust's standard library for a target, and
// with what links for it; none where this distribution has none.
func (m *Manager) TargetPackages(target string) []string {
	if name, ok := m.targets[target]; ok {
		if strings.HasPrefix(target, "wasm") && m.linker != "" {
			return []string{name, m.linker}
		}
		return []string{name}
	}
	return nil
}

// RustLinker is the package that the rust-lld of Rust's own packages leads to.
func (m *Manager) RustLinker() string { return m.linker }

// RustPackages names the installed packages with rustc and cargo on the host at
// root, sorted; none unless all are there.
func RustPackages(root string) ([]string, error) {
	db, _, err := open(newTree(root))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range db.manager().Rust {
		found, err := db.find(name)
		if err != nil {
			return nil, diag.Wrap(err, "looking for the packages of Rust")
		}
		if len(found) == 0 {
			return nil, nil
		}
		for _, p := range found {
			names = append(names, p.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
