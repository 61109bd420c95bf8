package compare

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Bounds of what cargo says of a build.
const (
	maxGraph   = 64 << 20 // bytes of a graph
	maxMessage = 16 << 20 // bytes of one message
)

// Build is what one build's messages speak of, to take its own places out of
// them. Paths are absolute.
type Build struct {
	Root, Target string
	Messages     io.Reader // of `--message-format=json`
}

// ReadUnits reads the graph that cargo prints for `--unit-graph`, in the form of
// version 1, and joins it with the messages of two builds. A message does not
// say which unit it is of: it is one of the same package, target, profile and
// features. Where several units are alike in all of these, each has the files
// of all.
func ReadUnits(graph io.Reader, root string, a, b Build) ([]Unit, error) {
	data, err := io.ReadAll(io.LimitReader(graph, maxGraph+1))
	if err != nil {
		return nil, fmt.Errorf("reading the unit graph: %w", err)
	}
	var g unitGraph
	if len(data) > maxGraph {
		return nil, fmt.Errorf("the unit graph is larger than %d bytes", maxGraph)
	}
	if err := json.Unmarshal(data, &g); err != nil {
		return nil, fmt.Errorf("reading the unit graph: %w", err)
	}
	if g.Version != 1 || len(g.Units) > maxEntries {
		return nil, fmt.Errorf("a unit graph of version %d with %d units; version 1 is known, and %d units are the most", g.Version, len(g.Units), maxEntries)
	}
	filesA, err := a.files()
	if err != nil {
		return nil, fmt.Errorf("reading the messages of the first build: %w", err)
	}
	filesB, err := b.files()
	if err != nil {
		return nil, fmt.Errorf("reading the messages of the second build: %w", err)
	}
	units := make([]Unit, len(g.Units))
	for i, from := range g.Units {
		u := Unit{Package: inRoot(from.Package, root), Target: from.Target.Name, Kind: strings.Join(from.Target.Kind, ","), Mode: from.Mode}
		for _, d := range from.Dependencies {
			u.Dependencies = append(u.Dependencies, d.Index)
		}
		key := from.key(root)
		u.A, u.B = filesA[key], filesB[key]
		units[i] = u
	}
	return units, nil
}

// unitGraph is the part of the graph that is read.
type unitGraph struct {
	Version int         `json:"version"`
	Units   []graphUnit `json:"units"`
}

type graphUnit struct {
	Package string     `json:"pkg_id"`
	Target  unitTarget `json:"target"`
	Profile profile    `json:"profile"`
	Mode    string     `json:"mode"`
	Feature []string   `json:"features"`

	Dependencies []struct {
		Index int `json:"index"`
	} `json:"dependencies"`
}

type unitTarget struct {
	Kind []string `json:"kind"`
	Name string   `json:"name"`
}

// profile is what both the graph and the messages say of a profile.
type profile struct {
	Optimised  string          `json:"opt_level"`
	Debug      json.RawMessage `json:"debuginfo"` // a number or a name
	Assertions bool            `json:"debug_assertions"`
	Overflow   bool            `json:"overflow_checks"`
	Test       bool            `json:"test"` // of messages only
}

// unitKey is what a message and a unit have in common.
type unitKey struct{ pkg, target, profile string }

func (u graphUnit) key(root string) unitKey {
	if u.Mode == "run-custom-build" {
		return unitKey{pkg: inRoot(u.Package, root)}
	}
	u.Profile.Test = u.Mode == "test"
	return artifactKey(inRoot(u.Package, root), u.Target, u.Profile, u.Feature)
}

func artifactKey(pkg string, t unitTarget, p profile, features []string) unitKey {
	debug := strings.TrimSpace(string(p.Debug))
	if debug == "null" || debug == "" {
		debug = "0"
	}
	return unitKey{pkg, strings.Join(t.Kind, ",") + " " + t.Name, fmt.Sprint(p.Optimised, debug, p.Assertions, p.Overflow, p.Test, features)}
}

// inRoot takes the place of the root out of the identifier of a package.
func inRoot(id, root string) string {
	for _, form := range []string{"path+file://", "file://"} {
		if rest, ok := strings.CutPrefix(id, form+root); ok && (rest == "" || strings.ContainsRune("/#?", rune(rest[0]))) {
			return form + rest
		}
	}
	return id
}

// message is what is read of one line. Lines of other programs and other reasons
// say nothing of files.
type message struct {
	Reason  string     `json:"reason"`
	Package string     `json:"package_id"`
	Target  unitTarget `json:"target"`
	Profile profile    `json:"profile"`
	Feature []string   `json:"features"`
	Files   []string   `json:"filenames"`
	OutDir  string     `json:"out_dir"`
}

// files are the files of every unit, relative to the target directory.
func (b Build) files() (map[unitKey][]string, error) {
	lines := bufio.NewScanner(b.Messages)
	lines.Buffer(nil, maxMessage)
	files := map[unitKey][]string{}
	for n := 0; lines.Scan(); n++ {
		if n == 16*maxEntries {
			return nil, fmt.Errorf("more than %d messages", n)
		}
		var m message
		if line := lines.Bytes(); len(line) == 0 || line[0] != '{' || json.Unmarshal(line, &m) != nil {
			continue // printed by something else
		}
		var key unitKey
		var made []string
		switch m.Reason {
		case "compiler-artifact":
			key, made = artifactKey(inRoot(m.Package, b.Root), m.Target, m.Profile, m.Feature), m.Files
		case "build-script-executed":
			key = unitKey{pkg: inRoot(m.Package, b.Root)}
			made = []string{m.OutDir, path.Join(path.Dir(m.OutDir), "output")}
		default:
			continue
		}
		for _, file := range made {
			rest, ok := strings.CutPrefix(file, strings.TrimSuffix(b.Target, "/")+"/")
			if !ok {
				return nil, fmt.Errorf("`%s` is not in the target directory", file)
			}
			files[key] = append(files[key], rest)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	for _, list := range files {
		slices.SortFunc(list, byShape)
	}
	return files, nil
}

// byShape sorts paths without their hashes, so that the files of both sides are
// in one order, and then with them.
func byShape(a, b string) int {
	without := func(s string) string { return hashInName.ReplaceAllString(s, "*") }
	if n := strings.Compare(without(a), without(b)); n != 0 {
		return n
	}
	return strings.Compare(a, b)
}
