// Package archtest holds the test of the floor plan: which package may import
// which. It reads the source files itself, so it covers every operating system
// and build tag at once and is never answered from the test cache by mistake.
package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/cargo-hermetic/cargo-hermetic/"

// floors is the table of docs/architecture.md. A package imports packages of
// lower floors only; the one exception is a folder and its own sub-folders.
var floors = map[string]int{
	"cmd/cargo-hermetic":           7,
	"internal/cli":                 6,
	"internal/doctor":              5,
	"internal/audit":               5,
	"internal/verify":              5,
	"internal/build":               4,
	"internal/world":               3,
	"internal/crates":              2,
	"internal/download":            2,
	"internal/toolchain":           2,
	"internal/system":              2,
	"internal/system/rpmdb":        2,
	"internal/lock":                1,
	"internal/policy":              1,
	"internal/sandbox":             1,
	"internal/sandbox/advice":      1,
	"internal/sandbox/landlock":    1,
	"internal/sandbox/determinism": 1,
	"internal/sandbox/monitor":     1,
	"internal/sandbox/ordinary":    1,
	"internal/sandbox/tracer":      1,
	"internal/sandbox/namespaces":  1,
	"internal/sandbox/probe":       1,
	"internal/sandbox/seccomp":     1,
	"internal/sandbox/spec":        1,
	"internal/sandbox/stage":       1,
	"internal/sandbox/supervisor":  1,
	"internal/sandbox/syscallbuf":  1,
	"internal/inspect":             3,
	"internal/explain":             3,
	"internal/compare":             3,
	"internal/bounded":             2,
	"internal/roots":               2,
	"internal/cargo":               1,
	"internal/cargo/config":        1,
	"internal/attest":              1,
	"internal/store":               1,
	"internal/oci":                 1,
	"internal/perturb":             1,
	"internal/digest":              0,
	"internal/observation":         0,
	"internal/diag":                0,
	"internal/ui":                  0,
	"internal/fsx":                 0,
	"internal/toml":                0,
}

// testOnly are packages of tests and tools, which nothing imports.
var testOnly = map[string]bool{"scripts/testsummary": true, "internal/archtest": true, "internal/census": true, "bench": true, "compat": true, ".": true}

// allowedSideways are imports between packages of one floor, each with its
// reason.
var allowedSideways = map[[2]string]string{
	{"internal/explain", "internal/world"}: "a record speaks of the places of a world",
	{"internal/digest", "internal/diag"}:   "everything reports errors in one shape",
	{"internal/ui", "internal/diag"}:       "errors are what it prints",
	{"internal/fsx", "internal/diag"}:      "everything reports errors in one shape",
	{"internal/fsx", "internal/digest"}:    "copying hashes on the way",
	{"internal/toml", "internal/diag"}:     "everything reports errors in one shape",
}

func TestFloors(t *testing.T) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		if d.IsDir() {
			if d.Name() == "testdata" || d.Name() == "target" || strings.HasPrefix(d.Name(), ".") && path != root {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		checkFile(t, rel, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkFile(t *testing.T, file string, f *ast.File) {
	pkg := file[:max(strings.LastIndexByte(file, '/'), 0)]
	if pkg == "" {
		pkg = "."
	}
	floor, known := floors[pkg]
	if !known && !testOnly[pkg] {
		t.Errorf("%s: package %s has no floor", file, pkg)
		return
	}
	if strings.HasSuffix(file, "_test.go") || testOnly[pkg] {
		return // a test may use anything
	}
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		imported, ours := strings.CutPrefix(path, module)
		if !ours {
			continue
		}
		other, known := floors[imported]
		family := strings.HasPrefix(imported, "internal/sandbox") && strings.HasPrefix(pkg, "internal/sandbox") || strings.HasPrefix(imported, pkg+"/")
		switch {
		case !known:
			t.Errorf("%s: imports %s, which has no floor", file, imported)
		case other < floor, family, allowedSideways[[2]string{pkg, imported}] != "":
		default:
			t.Errorf("%s: %s (floor %d) imports %s (floor %d)", file, pkg, floor, imported, other)
		}
	}
}

// TestPackageComments asks every package for the comment that says what it is.
func TestPackageComments(t *testing.T) {
	for pkg := range floors {
		files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(pkg), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		commented := false
		for _, file := range files {
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			commented = commented || f.Doc != nil && strings.Count(f.Doc.Text(), "\n") >= 2 || pkg == "cmd/cargo-hermetic" && f.Doc != nil
		}
		if !commented {
			t.Errorf("package %s has no comment of at least two lines", pkg)
		}
	}
}
