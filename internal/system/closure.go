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
	db      *database
	members map[*installed]bool
}

func newClosure(db *database) *closure { return &closure{db, map[*installed]bool{}} }

// add takes p and what it depends on into the set. Of the alternatives of a
// dependency it takes the first that is installed.
func (c *closure) add(p *installed) error {
	work := []*installed{p}
	for len(work) > 0 {
		p := work[len(work)-1]
		work = work[:len(work)-1]
		if c.members[p] {
			continue
		}
		c.members[p] = true
		for _, alternatives := range p.depends {
			next := c.first(alternatives, c.db.archOf(p))
			if next == nil {
				return diag.New(diag.ExitFailed, "the package `%s` depends on `%s`, which is not installed", p.Name, alternatives).
					Note("its files alone would not work").
					WithHelp("apt --fix-broken install")
			}
			work = append(work, next...)
		}
	}
	return nil
}

func (c *closure) first(alternatives clause, from string) []*installed {
	for _, r := range alternatives {
		if found := c.db.satisfying(r, from); len(found) > 0 {
			return found
		}
	}
	return nil
}

// addNames takes the packages that were asked for, with a virtual name for its
// providers. What is not installed is reported at once, for one command.
func (c *closure) addNames(names []string) error {
	var found []*installed
	var missing, notes []string
	for _, name := range names {
		r, err := parseRelation(name)
		if err != nil || r.String() != name {
			return diag.New(diag.ExitFailed, "%q is not the name of a package", name).
				Note("a name is `NAME` or `NAME:ARCHITECTURE`, without a version").
				WithHelp("correct `packages` under `[system]` in `hermetic.toml`")
		}
		packages := c.db.satisfying(r, c.db.native)
		if len(packages) == 0 && !slices.Contains(missing, name) {
			missing = append(missing, name)
			notes = append(notes, c.db.otherStates(r)...)
		}
		found = append(found, packages...)
	}
	if len(missing) > 0 {
		d := diag.New(diag.ExitFailed, "%s not installed on this host: `%s`",
			plural(len(missing), "a package of the system layer is", "packages of the system layer are"),
			strings.Join(missing, "`, `"))
		d.Notes = notes
		return d.WithHelp("apt install %s", strings.Join(missing, " "))
	}
	for _, p := range found {
		if err := c.add(p); err != nil {
			return err
		}
	}
	return nil
}

// otherStates explains why a package that dpkg knows does not count.
func (db *database) otherStates(r relation) []string {
	var notes []string
	for _, p := range db.packages {
		if p.Name == r.name && !strings.HasSuffix(p.state, " not-installed") {
			notes = append(notes, "dpkg has `"+p.Name+":"+p.Architecture+"` in the state `"+p.state+"`")
		}
	}
	return notes
}

// addEssential takes all packages that others may use without a dependency
// (Debian policy 3.8).
func (c *closure) addEssential() error {
	for _, p := range c.db.packages {
		if p.usable() && p.essential {
			if err := c.add(p); err != nil {
				return err
			}
		}
	}
	return nil
}

// sorted returns the members by name, then by architecture.
func (c *closure) sorted() []*installed {
	all := make([]*installed, 0, len(c.members))
	for p := range c.members {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *installed) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Architecture, b.Architecture))
	})
	return all
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
