//go:build linux

package hermetic_test

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// artifact is one file that a build made, of those that a difference can begin in
// or go on to.
type artifact struct {
	pkg, file string // as in the `first` of an exhibit
	stage     int    // when in the life of its package it is made
	sum       string

	written time.Time // orders what one build script wrote
}

// In the order in which they are made of one package.
const (
	stageScript   = iota // the program of a build script
	stageOutDir          // what it writes
	stageOutput          // what it prints for cargo
	stageMetadata        // of a library
	stageLibrary
	stageProgram
)

// artifactHash is what cargo puts behind a name. It follows from the package, the
// profile and the compiler, and not from bytes.
var artifactHash = regexp.MustCompile(`-[0-9a-f]{16}$`)

// artifactsOf reads the artifacts below the directory of a profile, by
// PACKAGE/FILE. What cargo keeps for itself is none: fingerprints, the place of
// OUT_DIR, what a script printed for people, and lists of dependencies for make.
func artifactsOf(profile string) (map[string]artifact, error) {
	found := map[string]artifact{}
	err := filepath.WalkDir(profile, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(profile, path)
		if err != nil {
			return err
		}
		a, ok := nameArtifact(name)
		if !ok {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		a.written, a.sum = info.ModTime(), fmt.Sprintf("%x", sha256.Sum256(data))
		key := a.pkg + "/" + a.file
		if _, twice := found[key]; twice {
			return fmt.Errorf("`%s` is there twice", key)
		}
		found[key] = a
		return nil
	})
	return found, err
}

// nameArtifact says what the file with this path below the profile is.
func nameArtifact(path string) (artifact, bool) {
	parts := strings.Split(path, "/")
	switch {
	case len(parts) == 2 && parts[0] == "deps":
		ext := filepath.Ext(parts[1])
		stem, stage := strings.TrimSuffix(parts[1], ext), stageLibrary
		switch {
		case !artifactHash.MatchString(stem) || ext == ".d":
			return artifact{}, false
		case ext == "":
			stage = stageProgram
		case ext == ".rmeta":
			stage = stageMetadata
		}
		crate := artifactHash.ReplaceAllString(stem, "")
		return artifact{pkg: strings.ReplaceAll(strings.TrimPrefix(crate, "lib"), "_", "-"), file: crate + ext, stage: stage}, true
	case len(parts) >= 3 && parts[0] == "build":
		a := artifact{pkg: artifactHash.ReplaceAllString(parts[1], ""), file: strings.Join(parts[2:], "/")}
		switch {
		case a.file == "build-script-build":
			a.stage = stageScript
		case parts[2] == "out":
			a.stage = stageOutDir
		case a.file == "output":
			a.stage = stageOutput
		default:
			return artifact{}, false
		}
		return a, true
	}
	return artifact{}, false
}

// differing lists the artifacts that two builds do not have in common, each as
// PACKAGE/FILE: the packages that depend on nothing first, and of one package in
// the order in which they are made.
func differing(one, other map[string]artifact, depth map[string]int) []string {
	var list []artifact
	for key, a := range one {
		if other[key].sum != a.sum {
			list = append(list, a)
		}
	}
	for key, a := range other {
		if _, ok := one[key]; !ok {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b artifact) int {
		return cmp.Or(cmp.Compare(depth[a.pkg], depth[b.pkg]), cmp.Compare(a.pkg, b.pkg), cmp.Compare(a.stage, b.stage), a.written.Compare(b.written), cmp.Compare(a.file, b.file))
	})
	var names []string
	for _, a := range list {
		names = append(names, a.pkg+"/"+a.file)
	}
	return names
}

// graph is which package depends on which, from a Cargo.lock of which no two
// packages have one name.
type graph map[string][]string

func readGraph(lockfile string) (graph, error) {
	data, err := os.ReadFile(lockfile)
	if err != nil {
		return nil, err
	}
	var lock struct {
		Package []struct {
			Name         string
			Dependencies []string
		}
	}
	if err := toml.Unmarshal(data, &lock); err != nil {
		return nil, fmt.Errorf("%s: %w", lockfile, err)
	}
	g := graph{}
	for _, p := range lock.Package {
		g[p.Name] = p.Dependencies
	}
	return g, nil
}

// depths is the longest way from each package down to one without dependencies.
func (g graph) depths() map[string]int {
	depths := map[string]int{}
	var depth func(pkg string) int
	depth = func(pkg string) int {
		if _, known := depths[pkg]; !known {
			deepest := 0
			for _, d := range g[pkg] {
				deepest = max(deepest, depth(d)+1)
			}
			depths[pkg] = deepest
		}
		return depths[pkg]
	}
	for pkg := range g {
		depth(pkg)
	}
	return depths
}

// reaches reports whether pkg is upon, or depends on it through any other.
func (g graph) reaches(pkg, upon string) bool {
	return pkg == upon || slices.ContainsFunc(g[pkg], func(d string) bool { return g.reaches(d, upon) })
}
