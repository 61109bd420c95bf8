package system

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// closure is a growing set of packages that holds the dependencies of each
// member.
type closure struct {
	db      database
	members map[*Package]bool
	without map[*Package]bool // never members, though others depend on them
}

func newClosure(db database) *closure { return &closure{db: db, members: map[*Package]bool{}} }

// add takes p and what it depends on into the set.
func (c *closure) add(p *Package) error {
	work := []*Package{p}
	for len(work) > 0 {
		p := work[len(work)-1]
		work = work[:len(work)-1]
		if c.members[p] || c.without[p] {
			continue
		}
		c.members[p] = true
		next, missing, err := c.db.requires(p)
		if err != nil {
			return err
		}
		if missing != "" {
			return diag.New(diag.ExitFailed, "the package `%s` depends on `%s`, which is not installed", p.Name, missing).
				Note("its files alone would not work").
				WithHelp("%s", c.db.manager().repair)
		}
		work = append(work, next...)
	}
	return nil
}

// addNames takes the packages that were asked for, with a virtual name for its
// providers. What is not installed is reported at once, for one command.
func (c *closure) addNames(names []string) error {
	var found []*Package
	var missing, notes []string
	for _, name := range names {
		packages, err := c.db.find(name)
		if err != nil {
			return badName(name, err)
		}
		if len(packages) == 0 && !slices.Contains(missing, name) {
			missing = append(missing, name)
			notes = append(notes, c.db.explain(name)...)
		}
		found = append(found, packages...)
	}
	if len(missing) > 0 {
		d := diag.New(diag.ExitFailed, "%s not installed on this host: `%s`",
			plural(len(missing), "a package of the system layer is", "packages of the system layer are"),
			strings.Join(missing, "`, `"))
		d.Notes = notes
		return d.WithHelp("%s", c.db.manager().Install(missing...))
	}
	for _, p := range found {
		if err := c.add(p); err != nil {
			return err
		}
	}
	return nil
}

// badName reports a name of the policy that no package can have.
func badName(name string, err error) error {
	if err != errNotName {
		return diag.Wrap(err, "looking for the package %q", name)
	}
	return diag.New(diag.ExitFailed, "%q is not the name of a package", name).
		Note("a name is `NAME` or `NAME:ARCHITECTURE`, without a version").
		WithHelp("correct `packages` under `[system]` in `hermetic.toml`")
}

// addEssential takes all packages that others may use without a dependency.
func (c *closure) addEssential() error {
	for _, p := range c.db.essential() {
		if err := c.add(p); err != nil {
			return err
		}
	}
	return nil
}

// sorted returns the members by name, then by architecture.
func (c *closure) sorted() []*Package {
	all := make([]*Package, 0, len(c.members))
	for p := range c.members {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *Package) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Architecture, b.Architecture), strings.Compare(a.Version, b.Version))
	})
	return all
}

// checkOnce refuses a closure with two versions of one package: their files
// would be of the one and their version, in the lock, of the other.
func (c *closure) checkOnce() error {
	all := c.sorted()
	for i, p := range all[1:] {
		if q := all[i]; p.Name == q.Name && p.Architecture == q.Architecture {
			return diag.New(diag.ExitFailed, "the package `%s` is installed in two versions, %s and %s", p.Name, q.Version, p.Version).
				Note("a system layer holds one of each package").
				WithHelp("remove one of them, then: %s", c.db.manager().repair)
		}
	}
	return nil
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
