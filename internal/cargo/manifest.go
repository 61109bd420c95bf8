package cargo

import (
	"maps"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// Manifest is the part of a Cargo.toml that decides where other files are
// looked for.
type Manifest struct {
	IsPackage      bool
	IsWorkspace    bool
	Members        []Reference // of [workspace], glob patterns
	DefaultMembers []string
	Exclude        []string
	Pointer        *Reference           // package.workspace: where the workspace root is, or nil
	Dependencies   []Dependency         // of the package, of every table and target
	Shared         map[string]Reference // [workspace.dependencies] with a path, by name
	References     []Reference          // everything else that names a place

	document *toml.Document
}

// Reference is a value of a manifest that names a place.
type Reference struct {
	What    string // for people: "the path dependency `x`"
	Path    string // as written; relative to the manifest's directory
	Package bool   // it names the directory of a package
	at      []any
}

// Dependency is a dependency that may be a directory.
type Dependency struct {
	Reference        // Path is empty unless it has one
	Name      string // its key, by which it is inherited
	Inherited bool   // `workspace = true`
	Dev       bool   // of tests alone: read for members of the workspace only
}

// At is the place of a reference in the manifest.
func (m *Manifest) At(r Reference) diag.Position { return m.document.At(r.at...) }

// ParseManifest reads a Cargo.toml. Keys that it does not know, and values of
// the wrong type, are cargo's business.
func ParseManifest(file string, data []byte) (*Manifest, error) {
	document, err := toml.Parse(diag.ExitFailed, file, data)
	if err != nil {
		return nil, err
	}
	m := &Manifest{document: document}
	values := document.Values()
	name := "package"
	pack, ok := values[name].(map[string]any)
	if !ok { // its name before 2015
		name = "project"
		pack, ok = values[name].(map[string]any)
	}
	if ok {
		m.IsPackage = true
		m.readPackage(name, pack)
	}
	if workspace, ok := values["workspace"].(map[string]any); ok {
		m.IsWorkspace = true
		m.readWorkspace(workspace)
	}
	m.readDependencies(values, nil)
	if targets, ok := values["target"].(map[string]any); ok {
		for _, target := range slices.Sorted(maps.Keys(targets)) {
			if tables, ok := targets[target].(map[string]any); ok {
				m.readDependencies(tables, []any{"target", target})
			}
		}
	}
	m.readReplacements(values)
	m.readTargets(values)
	return m, nil
}

func (m *Manifest) readPackage(name string, pack map[string]any) {
	if pointer, ok := pack["workspace"].(string); ok {
		m.Pointer = &Reference{"`package.workspace`", pointer, true, []any{name, "workspace"}}
	}
	switch script := pack["build"].(type) {
	case string:
		m.refer("the build script", script, name, "build")
	case []any: // several, behind an unstable feature
		for i, s := range script {
			m.refer("the build script", s, name, "build", i)
		}
	}
}

func (m *Manifest) readWorkspace(workspace map[string]any) {
	members, _ := workspace["members"].([]any)
	for i, member := range members {
		if pattern, ok := member.(string); ok {
			m.Members = append(m.Members, Reference{"the workspace member `" + pattern + "`", pattern, true, []any{"workspace", "members", i}})
		}
	}
	m.DefaultMembers, m.Exclude = textsOf(workspace["default-members"]), textsOf(workspace["exclude"])
	shared, _ := workspace["dependencies"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(shared)) {
		if path, ok := field(shared[name], "path"); ok {
			if m.Shared == nil {
				m.Shared = map[string]Reference{}
			}
			m.Shared[name] = Reference{"the path dependency `" + name + "`", path, true, []any{"workspace", "dependencies", name, "path"}}
		}
	}
}

// dependencyTables are the three tables, and the names that two of them had.
var dependencyTables = []string{"dependencies", "dev-dependencies", "build-dependencies", "dev_dependencies", "build_dependencies"}

func (m *Manifest) readDependencies(tables map[string]any, at []any) {
	for _, kind := range dependencyTables {
		if now := strings.Replace(kind, "_", "-", 1); now != kind && tables[now] != nil {
			continue // cargo passes over the former name if the other is there
		}
		table, _ := tables[kind].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(table)) {
			path, hasPath := field(table[name], "path")
			details, _ := table[name].(map[string]any)
			inherited, _ := details["workspace"].(bool)
			if !hasPath && !inherited {
				continue
			}
			m.Dependencies = append(m.Dependencies, Dependency{
				Reference{"the path dependency `" + name + "`", path, true, append(slices.Clone(at), kind, name, "path")}, name, inherited, strings.HasPrefix(kind, "dev"),
			})
		}
	}
}

// readReplacements reads `[patch]` and `[replace]`.
func (m *Manifest) readReplacements(values map[string]any) {
	sources, _ := values["patch"].(map[string]any)
	for _, source := range slices.Sorted(maps.Keys(sources)) {
		table, _ := sources[source].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(table)) {
			if path, ok := field(table[name], "path"); ok {
				m.replace("the patch of `"+name+"`", path, "patch", source, name, "path")
			}
		}
	}
	table, _ := values["replace"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if path, ok := field(table[name], "path"); ok {
			m.replace("the replacement of `"+name+"`", path, "replace", name, "path")
		}
	}
}

// readTargets reads where the sources of libraries, programs, examples, tests
// and benchmarks are.
func (m *Manifest) readTargets(values map[string]any) {
	if path, ok := field(values["lib"], "path"); ok {
		m.refer("the library's source", path, "lib", "path")
	}
	for _, kind := range []string{"bin", "example", "test", "bench"} {
		list, _ := values[kind].([]any)
		for i, target := range list {
			if path, ok := field(target, "path"); ok {
				name, _ := field(target, "name")
				m.refer("the source of the "+kind+" target `"+name+"`", path, kind, i, "path")
			}
		}
	}
}

func (m *Manifest) refer(what string, path any, at ...any) {
	if text, ok := path.(string); ok {
		m.References = append(m.References, Reference{what, text, false, at})
	}
}

func (m *Manifest) replace(what, path string, at ...any) {
	m.References = append(m.References, Reference{what, path, true, at})
}

// field returns a string of a table.
func field(table any, key string) (string, bool) {
	t, _ := table.(map[string]any)
	text, ok := t[key].(string)
	return text, ok
}

// textsOf returns the strings of a list.
func textsOf(list any) []string {
	elements, _ := list.([]any)
	var texts []string
	for _, e := range elements {
		if text, ok := e.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// Excludes reports whether a workspace leaves out what lies at rel (slash
// separated, relative to the workspace, clean), a directory or a manifest. As
// cargo does: a prefix match by components, in which `.` is nothing and `..` a
// name like any other, and a literal `members` entry wins.
func (m *Manifest) Excludes(rel string) bool {
	below := func(entry string) bool {
		if strings.HasPrefix(entry, "/") {
			return false // a place of the host; in the world nothing lies there
		}
		rest := rel + "/"
		for part := range strings.SplitSeq(entry, "/") {
			if part == "" || part == "." {
				continue
			}
			var ok bool
			if rest, ok = strings.CutPrefix(rest, part+"/"); !ok {
				return false
			}
		}
		return true
	}
	for _, member := range m.Members {
		if below(member.Path) {
			return false
		}
	}
	return slices.ContainsFunc(m.Exclude, below)
}
