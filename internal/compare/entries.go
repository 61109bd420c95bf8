package compare

import (
	"cmp"
	"errors"
	"fmt"
	"io"
)

// entry is one member of an archive.
type entry struct {
	name   string
	fields []field
	data   Artifact
	// derived says what the content follows from, if it is an index.
	derived string
	// bad says why the content cannot be looked at; it is then compared as it
	// lies in the archive.
	bad string
	// inflate, where it is not nil, decompresses data.
	inflate func() (io.Reader, error)
}

// field is one value of a member's header.
type field struct {
	name, value string
	class       Class // that it has when it differs
}

// maxMemberName is how much of a member's name is kept, in bytes: many members
// may have one long name.
const maxMemberName = 1 << 10

// entries compares the members of two archives: their headers, a field at a time
// for all members together, their order, and their contents.
func (c *comparison) entries(d *Difference, a, b []entry) error {
	all, moved := couples(entryNames(a), entryNames(b))
	c.headers(d, a, b, all)
	if moved {
		c.add(d, orderOf(KindMember, entryNames(a), entryNames(b)))
	}
	for _, pair := range all {
		switch {
		case pair.a < 0:
			c.add(d, only(b[pair.b].name, false, fmt.Sprintf("%d bytes", b[pair.b].data.Size)))
			continue
		case pair.b < 0:
			c.add(d, only(a[pair.a].name, true, fmt.Sprintf("%d bytes", a[pair.a].data.Size)))
			continue
		}
		left, right := a[pair.a], b[pair.b]
		if left.name != right.name {
			c.renamed(d, left.name, right.name)
		}
		if left.derived != "" {
			found, err := followsFrom(left, right)
			if err != nil {
				return err
			}
			c.add(d, found)
			continue
		}
		found, err := c.contents(left, right)
		if err != nil {
			return err
		}
		if bad := cmp.Or(left.bad, right.bad); found != nil && bad != "" {
			found.note("%s", bad)
		}
		c.add(d, found)
	}
	return nil
}

// followsFrom is the finding for an index that differs, which is not looked into.
func followsFrom(a, b entry) (*Difference, error) {
	at, err := firstDifference(a.data, b.data, 0, 0)
	if err != nil || at < 0 {
		return nil, err
	}
	return &Difference{
		Kind: KindMember, Name: escapeName(a.name), Place: &Place{A: at, B: at},
		A: value("%d bytes", a.data.Size), B: value("%d bytes", b.data.Size), Causes: []Cause{known(Derived, "%s", a.derived)},
	}, nil
}

// contents compares two members, decompressed if that is within bounds and needed.
func (c *comparison) contents(a, b entry) (*Difference, error) {
	at, err := firstDifference(a.data, b.data, 0, 0)
	if err != nil || at < 0 && (a.inflate == nil) == (b.inflate == nil) {
		return nil, err
	}
	plain := func(e entry) (Artifact, error) {
		if e.inflate == nil {
			return e.data, nil
		}
		return c.inflate(e.inflate)
	}
	left, errA := plain(a)
	right, errB := plain(b)
	err = errors.Join(errA, errB)
	var bad *malformed
	if !errors.As(err, &bad) {
		if err != nil {
			return nil, err
		}
		return c.part(KindMember, a.name, left, right)
	}
	found, err := c.part(KindMember, a.name, a.data, b.data)
	if found != nil {
		found.note("%s: compared as it is compressed", bad.reason)
	}
	return found, err
}

// headers makes one finding for each field, with the first member that has it.
func (c *comparison) headers(d *Difference, a, b []entry, all []couple) {
	findings := map[string]*Difference{}
	count := map[string]int{}
	var order []string
	for _, pair := range all {
		if pair.a < 0 || pair.b < 0 {
			continue
		}
		other := map[string]string{}
		for _, f := range b[pair.b].fields {
			other[f.name] = f.value
		}
		for _, f := range a[pair.a].fields {
			if other[f.name] == f.value {
				continue
			}
			if count[f.name]++; count[f.name] > 1 {
				continue
			}
			order = append(order, f.name)
			left, right := narrow([]byte(f.value), []byte(other[f.name]))
			found := &Difference{Kind: KindEntry, Name: f.name, A: left.excerpt(), B: right.excerpt()}
			found.note("of member `%s`", escapeName(a[pair.a].name))
			if f.class != "" {
				found.Causes = []Cause{known(f.class, "the field of the archive's format for it")}
			} else {
				found.Causes = c.classify(left, right)
			}
			findings[f.name] = found
		}
	}
	for _, name := range order {
		if n := count[name] - 1; n > 0 {
			findings[name].note("and of %d other members", n)
		}
		c.add(d, findings[name])
	}
}

// orderOf is the finding for names that both sides have in another order: the
// first that stands elsewhere.
func orderOf(kind Kind, a, b []string) *Difference {
	at := 0
	for at < min(len(a), len(b))-1 && a[at] == b[at] {
		at++
	}
	return &Difference{
		Kind: KindOrder, Name: string(kind),
		A: value("%s", a[at]), B: value("%s", b[at]),
		Causes: []Cause{known(Order, "the same names in another order, from number %d on", at+1)},
	}
}

func entryNames(list []entry) []string {
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.name
	}
	return names
}
