//go:build !windows

package roots_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo/config"
	"github.com/cargo-hermetic/cargo-hermetic/internal/roots"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// disk is roots.Files on the real file system. It remembers what was looked at
// outside the directories that a search may look at. Manifests are read side by
// side, so it is locked.
type disk struct {
	may   []string // empty: all
	lock  sync.Mutex
	stray []string
}

func (d *disk) look(path string) {
	for _, dir := range d.may {
		if roots.Within(dir, path) {
			return
		}
	}
	if len(d.may) > 0 {
		d.lock.Lock()
		defer d.lock.Unlock()
		d.stray = append(d.stray, path)
	}
}

func (d *disk) Lstat(path string) (fs.FileInfo, error) {
	d.look(path)
	return os.Lstat(path)
}

func (d *disk) Readlink(path string) (string, error) {
	d.look(path)
	return os.Readlink(path)
}

func (d *disk) ReadFile(path string) ([]byte, error) {
	d.look(path)
	return os.ReadFile(path)
}

func (d *disk) ReadDir(path string) ([]fs.DirEntry, error) {
	d.look(path)
	return os.ReadDir(path)
}

// model is what package roots says of a tree.
type model struct {
	found        roots.Found
	findErr      error
	packages     *roots.Packages
	packagesErr  error
	configured   roots.Configuration
	configureErr error
	refused      bool // it includes what is outside the root
	pin          string
	checkout     string
	explainErr   error
	stray        []string // looked at although it is above the root
}

// ask runs the searches on the full copy.
func ask(t *tree, top string) *model {
	at := func(path string) string { return filepath.Join(top, path) }
	files := &disk{}
	// A link in CARGO_HOME may lead anywhere, and is followed from the top.
	if !t.outside && (isIn(t.root, t.home) && isIn(t.bound(t.cwd, false), t.home) || !t.hasLinkIn(t.home)) {
		files.may = []string{at(t.root), at(t.home)}
	}
	req := roots.Request{
		Cwd: at(t.cwd), Roots: []string{at(t.root)}, Variable: []string{},
		Default: roots.Draft, Home: at("nobody"), Cargo: at(t.home),
	}
	if t.manifest != "" {
		req.Manifest = at(t.manifest)
	}
	m := &model{packages: &roots.Packages{}}
	m.found, m.findErr = roots.Find(files, req)
	if m.findErr == nil {
		m.packages, m.packagesErr = roots.ReadPackages(files, m.found, req.Cargo)
	}
	m.configured, m.configureErr = roots.Configure(files, m.found.Config, req.Cargo, func(i config.Include) bool {
		inside := roots.Within(m.found.Config.Bound, i.Path) || roots.Within(req.Cargo, i.Path)
		m.refused = m.refused || !inside
		return inside
	})
	if path, ok := roots.ToolchainFile(files, m.found.Config); ok {
		m.pin = path
	}
	var report roots.Report
	report, m.explainErr = roots.Explain(files, &disk{}, req)
	for _, search := range report.Searches {
		if used := search.Used(); search.Name == "version control" && len(used) > 0 {
			m.checkout = filepath.Dir(used[0])
		}
	}
	m.stray = files.stray
	return m
}

// err is why there is no workspace.
func (m *model) err() error {
	if m.findErr != nil {
		return m.findErr
	}
	return m.packagesErr
}

// numbered writes integers as encoding/json does that keeps them.
func numbered(plain any) any {
	switch p := plain.(type) {
	case map[string]any:
		table := make(map[string]any, len(p))
		for key, value := range p {
			table[key] = numbered(value)
		}
		return table
	case []any:
		list := make([]any, len(p))
		for i, value := range p {
			list[i] = numbered(value)
		}
		return list
	case int64:
		return json.Number(strconv.FormatInt(p, 10))
	}
	return plain
}

// origins writes the configuration as `cargo config get --show-origin` does.
func (m *model) origins() string {
	var b strings.Builder
	m.configured.Merged.Walk(func(path []string, v *config.Value) {
		keys := make([]any, len(path))
		for i, key := range path {
			keys[i] = key
		}
		key := toml.Key(keys...)
		if v.Scalar != nil {
			fmt.Fprintf(&b, "%s = %s # %s\n", key, inline(v), v.Name)
			return
		}
		fmt.Fprintf(&b, "%s = [\n", key)
		for _, element := range v.List {
			fmt.Fprintf(&b, "    %s, # %s\n", inline(element), element.Name)
		}
		b.WriteString("]\n")
	})
	return b.String()
}

// inline writes a value on one line.
func inline(v *config.Value) string {
	switch s := v.Scalar.(type) {
	case string:
		if strings.Contains(s, `"`) {
			return "'" + s + "'"
		}
		return `"` + s + `"`
	case nil:
	default:
		return fmt.Sprint(s)
	}
	var parts []string
	if v.Table == nil {
		for _, element := range v.List {
			parts = append(parts, inline(element))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	v.Walk(func(path []string, value *config.Value) {
		parts = append(parts, path[0]+" = "+inline(value)) // the generator nests no tables in lists
	})
	return "{ " + strings.Join(parts, ", ") + " }"
}
