package system

import (
	"fmt"
	"slices"
	"strings"
)

// installed is a stanza of the status file. Packages in other states are kept
// for the messages about them; everything but name, architecture and state is
// then empty.
type installed struct {
	Package
	state     string // the Status field
	essential bool
	multiArch string   // `same`, `foreign`, `allowed`, or `no`
	depends   []clause // Pre-Depends, then Depends
	provides  []relation
	replaces  []relation          // whose files it may take over
	conffiles map[string]conffile // by name below the root
}

// usable reports whether all of the package is there. A package that the
// administrator holds at its version (`apt-mark hold`) is as installed as any.
func (p *installed) usable() bool {
	return p.state == "install ok installed" || p.state == "hold ok installed"
}

// The words of a Status field (dpkg(1), "package states").
var (
	wantWords  = []string{"unknown", "install", "hold", "deinstall", "purge"}
	flagWords  = []string{"ok", "reinstreq"}
	stateWords = []string{"not-installed", "config-files", "half-installed", "unpacked",
		"half-configured", "triggers-awaited", "triggers-pending", "installed"}
)

// field is a line of a stanza, with its continuation lines.
type field struct {
	name, value string // the name in lower case: field names know no case
	line        int
}

// parseStatus reads dpkg's status file. file is for messages. dpkg writes the
// file whole and ends each stanza, so anything odd in it is damage, and
// reported, never skipped.
func parseStatus(file, text string) ([]*installed, error) {
	if text != "" && !strings.HasSuffix(text, "\n") {
		return nil, damaged(file, strings.Count(text, "\n")+1, "the file ends in the middle of a line")
	}
	if i := strings.IndexByte(text, 0); i >= 0 {
		return nil, damaged(file, strings.Count(text[:i], "\n")+1, "the line holds a zero byte")
	}
	var packages []*installed
	var fields []field
	finish := func() error {
		if len(fields) == 0 {
			return nil
		}
		p, err := parseStanza(file, fields)
		packages, fields = append(packages, p), fields[:0]
		return err
	}
	for number := 1; text != ""; number++ {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if line == "" {
			if err := finish(); err != nil {
				return nil, err
			}
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			if len(fields) == 0 {
				return nil, damaged(file, number, "a continuation line follows no field")
			}
			// Descriptions are long and not ours to read.
			switch last := &fields[len(fields)-1]; {
			case isRelationField(last.name):
				last.value += line
			case last.name == "conffiles":
				last.value += line + "\n"
			}
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !validName(name) {
			return nil, damaged(file, number, "the line is not a field")
		}
		fields = append(fields, field{strings.ToLower(name), strings.TrimSpace(value), number})
	}
	return packages, finish()
}

func isRelationField(name string) bool {
	return name == "depends" || name == "pre-depends" || name == "provides" || name == "replaces"
}

// parseStanza makes a package of the fields between two empty lines.
func parseStanza(file string, fields []field) (*installed, error) {
	p := &installed{multiArch: "no"}
	var relations []field
	for i, f := range fields {
		if slices.ContainsFunc(fields[:i], func(g field) bool { return g.name == f.name }) {
			return nil, damaged(file, f.line, "the field `%s` occurs twice in a package", f.name)
		}
		ok := true
		switch f.name {
		case "package":
			p.Name, ok = f.value, validName(f.value)
		case "architecture":
			p.Architecture, ok = f.value, validName(f.value)
		case "version":
			p.Version, ok = f.value, validVersion(f.value)
		case "status":
			p.state, ok = f.value, validState(f.value)
		case "essential":
			p.essential, ok = f.value == "yes", f.value == "yes" || f.value == "no"
		case "multi-arch":
			p.multiArch, ok = f.value, slices.Contains([]string{"no", "same", "foreign", "allowed"}, f.value)
		case "conffiles":
			p.conffiles, ok = parseConffiles(f.value)
		case "depends", "pre-depends", "provides", "replaces":
			relations = append(relations, f)
		}
		if !ok {
			return nil, damaged(file, f.line, "the field `%s` has the value `%.100s`", f.name, f.value)
		}
	}
	first := fields[0].line
	switch {
	case p.Name == "":
		return nil, damaged(file, first, "a package has no `Package` field")
	case p.state == "":
		return nil, damaged(file, first, "the package `%s` has no `Status` field", p.Name)
	case !p.usable():
		return &installed{Package: Package{Name: p.Name, Architecture: p.Architecture}, state: p.state}, nil
	case p.Version == "" || p.Architecture == "":
		return nil, damaged(file, first, "the installed package `%s` has no version or no architecture", p.Name)
	}
	for _, f := range relations {
		if err := p.addRelations(f); err != nil {
			return nil, damaged(file, f.line, "the field `%s` of package `%s` cannot be read", f.name, p.Name).Because(err)
		}
	}
	return p, nil
}

func (p *installed) addRelations(f field) error {
	clauses, err := parseRelations(f.value)
	if err != nil {
		return err
	}
	if f.name != "provides" && f.name != "replaces" {
		p.depends = append(p.depends, clauses...)
		return nil
	}
	for _, c := range clauses {
		switch {
		case len(c) != 1:
			return fmt.Errorf("`%s` is an alternative, and `%s` has none", c, f.name)
		case f.name == "provides":
			p.provides = append(p.provides, c[0])
		default:
			p.replaces = append(p.replaces, c[0])
		}
	}
	return nil
}

func validState(value string) bool {
	words := strings.Fields(value)
	return len(words) == 3 && value == strings.Join(words, " ") &&
		slices.Contains(wantWords, words[0]) && slices.Contains(flagWords, words[1]) &&
		slices.Contains(stateWords, words[2])
}
