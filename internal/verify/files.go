package verify

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// Places of a world.
const (
	worldRoot   = world.Root
	worldTarget = world.Target
)

// file is one that a build left.
type file struct {
	path   string // on the host
	digest string // hexadecimal SHA-256
	size   int64
}

// files are those of a build that count, by their names below the target directory.
func (b *built) files() (map[string]file, error) {
	if info, err := os.Stat(b.dir); err != nil || !info.IsDir() {
		f, err := fileAt(b.dir)
		return map[string]file{filepath.Base(b.dir): f}, err
	}
	all := map[string]file{}
	err := filepath.WalkDir(b.dir, func(at string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(b.dir, at)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		switch {
		case e.IsDir():
			if b.counted && e.Name() == ".fingerprint" {
				return fs.SkipDir
			}
			return nil
		case !e.Type().IsRegular() || b.counted && !counts(name):
			return nil
		}
		all[name], err = fileAt(at)
		return err
	})
	return all, err
}

// counts reports whether a file of a target directory is more than a note that cargo
// makes for itself: when it ran something, and where things lie.
func counts(name string) bool {
	base := path.Base(name)
	switch {
	case strings.HasPrefix(base, "."), strings.HasSuffix(base, ".d") && !strings.Contains(name, "/out/"):
		return false
	case path.Dir(name) == scriptDir(name):
		return base == "output" || strings.HasPrefix(base, "build")
	case base == "CACHEDIR.TAG":
		return false
	}
	return true
}

// isOutput reports whether the build was for a file: it stands at the top of a
// profile's directory, or among the examples.
func isOutput(name string) bool {
	switch parts := strings.Split(name, "/"); len(parts) {
	case 1:
		return true // of what the caller has
	case 2:
		return true
	case 3:
		// Of another target, or an example. Those with a digest in their names are cargo's.
		return parts[1] == "examples" && !strings.Contains(parts[2], "-") || parts[1] != "deps" && parts[1] != "build" && parts[1] != "examples" && parts[1] != "incremental"
	}
	return false
}

// alike gives files that the caller has the names of outputs of a build with the same
// last part, each file one name and each name one file: first those that have most of
// the last parts of their paths in common, so that `debug/x` is never taken for
// `debug/examples/x`; of these the shortest, and then the first in order.
func alike(have, made map[string]file) map[string]file {
	type pair struct {
		name, other string
		common      int // last parts that are the same
	}
	var pairs []pair
	for name := range have {
		for other := range made {
			if n := commonEnd(name, other); n > 0 && isOutput(other) {
				pairs = append(pairs, pair{name, other, n})
			}
		}
	}
	slices.SortFunc(pairs, func(x, y pair) int {
		return cmp.Or(
			y.common-x.common, len(x.other)-len(y.other), len(x.name)-len(y.name),
			strings.Compare(x.other, y.other), strings.Compare(x.name, y.name),
		)
	})
	named, taken := map[string]file{}, map[string]bool{}
	for _, p := range pairs {
		if _, has := named[p.other]; !has && !taken[p.name] {
			named[p.other], taken[p.name] = have[p.name], true
		}
	}
	return named
}

// commonEnd is how many last parts of two paths are the same.
func commonEnd(a, b string) int {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	n := 0
	for n < min(len(x), len(y)) && x[len(x)-1-n] == y[len(y)-1-n] {
		n++
	}
	return n
}

func fileAt(at string) (file, error) {
	f, err := os.Open(at)
	if err != nil {
		return file{}, err
	}
	d, err := digest.FromReader(f)
	return file{at, d.Hex(), d.Size()}, errors.Join(err, f.Close())
}

// compareFiles says how two files differ.
func compareFiles(name string, a, b file, o compare.Options) (d *compare.Difference, err error) {
	if a.path == "" || b.path == "" {
		return &compare.Difference{Kind: compare.KindOnly, Name: name}, nil
	}
	err = both(a, b, func(x, y compare.Artifact) (err error) {
		d, err = compare.Files(name, x, y, o)
		return err
	})
	return d, err
}

// equalWithout are the normalisations after which two files are equal; none if there
// are no such, or only one of the files is there.
func equalWithout(a, b file) (names []string, err error) {
	if a.path == "" || b.path == "" {
		return nil, nil
	}
	err = both(a, b, func(x, y compare.Artifact) (err error) {
		names, err = compare.EqualWithout(x, y)
		return err
	})
	return names, err
}

// both opens two files for as long as they are looked at.
func both(a, b file, look func(a, b compare.Artifact) error) error {
	var open [2]compare.Artifact
	for i, f := range []file{a, b} {
		r, err := os.Open(f.path)
		if err != nil {
			return err
		}
		defer r.Close() // only read
		open[i] = compare.Artifact{ReaderAt: r, Size: f.size}
	}
	return look(open[0], open[1])
}

// circumstances are what the bytes of a build may show of its host. Of what the caller
// has nothing is known.
func (b *built) circumstances() compare.Known {
	if b.known.root == "" {
		return compare.Known{}
	}
	c := &b.known
	k := compare.Known{
		Paths: []string{c.root, c.env["HOME"]}, Host: c.env["HOSTNAME"], User: c.env["USER"],
		Processors: runtime.NumCPU(), Times: b.times,
	}
	if c.host.CPUs > 0 {
		k.Processors = min(k.Processors, c.host.CPUs)
	}
	if !c.staged.Shown {
		return k
	}
	// What the supervisor shows in the place of the host's own (build.Staged).
	k.Processors = cmp.Or(c.staged.CPUs, k.Processors)
	if c.staged.Ahead != 0 {
		k.Times[0] += int64(c.staged.Ahead.Seconds())
		k.Times[1] += int64(c.staged.Ahead.Seconds())
	} else {
		k.Times = [2]int64{world.Epoch, world.Epoch + b.times[1] - b.times[0]}
	}
	return k
}

// errNothing is for builds without anything to compare.
func errNothing(first, second *built) error {
	d := diag.New(diag.ExitFailed, "there is nothing to compare: no output of the build is on both sides")
	if first.record == nil {
		return d.In(first.dir, 0, 0).WithHelp("name a file that the build makes, or a directory with such files")
	}
	return d.In(second.dir, 0, 0)
}
