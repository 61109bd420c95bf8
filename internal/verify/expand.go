package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// mostExpanded is how many first causes are expanded: it takes time and place for
// each, and who has mended three will ask again.
const mostExpanded = 3

// What is said of an expansion in the place of a finding.
const (
	expandedAlike compare.Kind = "no difference"
	notExpanded   compare.Kind = "not known"
)

// expand adds to a report what procedural macros made differently in the first causes
// that ran some. It takes two builds more, in the circumstances of the first and of
// the second, in which rustc is asked for the source after expansion. What differs by
// chance may differ otherwise in these than in the artifacts, so each finding says
// where it is from.
//
// A report is none the worse without it: what went wrong stands in it, and an error
// is only that the caller does not wait any longer.
func (v *verification) expand(ctx context.Context, r *Report) error {
	units := r.expandable()
	if len(units) == 0 {
		return nil
	}
	found, err := v.expansions(ctx, units)
	if err != nil && ctx.Err() != nil {
		return err
	}
	if err != nil {
		found = []*compare.Difference{unknown(units, reason(err))}
	}
	r.Differences = append(r.Differences, found...)
	return nil
}

// expandable are the units of the causes that are expanded.
func (r *Report) expandable() []Unit {
	var units []Unit
	for _, c := range r.Causes {
		if len(c.Macros) > 0 && len(units) < mostExpanded {
			units = append(units, c.Unit)
		}
	}
	return units
}

// expansions builds twice more and compares.
func (v *verification) expansions(ctx context.Context, units []Unit) ([]*compare.Difference, error) {
	wraps, err := v.wrapsRustc()
	if err != nil {
		return nil, err
	}
	if wraps {
		return nil, errors.New("the project starts rustc through a program of its own, in whose place ours would have to stand")
	}
	var sides [2]*built
	for i, dims := range [][]dimension{nil, v.active()} {
		if sides[i], err = v.buildWith(ctx, dims, func(c *circumstances) error { return standIn(c, units) }); err != nil {
			return nil, err
		}
	}
	var all []*compare.Difference
	for i, unit := range units {
		found, err := expansion(unit, i, sides[0], sides[1])
		if err != nil {
			found = []*compare.Difference{unknown([]Unit{unit}, err.Error())}
		}
		all = append(all, found...)
	}
	return all, nil
}

// wrapsRustc reports whether something asks cargo for a wrapper already: the policy,
// the configuration in the root, or that on the command line.
func (v *verification) wrapsRustc() (bool, error) {
	p, err := build.Locate(v.host, v.request.Options)
	if err != nil {
		return false, err
	}
	env, err := p.Policy.Environment(v.host.Env)
	if err != nil {
		return false, err
	}
	for _, arg := range v.request.Args {
		config, given := strings.CutPrefix(arg, "--config=")
		if given && !strings.Contains(config, "=") { // a file
			data, err := os.ReadFile(v.host.Absolute(config))
			if err != nil {
				return false, err
			}
			config = string(data)
		}
		if given && strings.Contains(config, "rustc-wrapper") {
			return true, nil
		}
	}
	return p.WrapsRustc(env), nil
}

// expansion compares what a unit was expanded to. There are several sources where a
// package has a library and a program of one name.
func expansion(unit Unit, number int, first, second *built) ([]*compare.Difference, error) {
	a, err := expanded(first.dir, number)
	if err != nil {
		return nil, err
	}
	b, err := expanded(second.dir, number)
	if err != nil {
		return nil, err
	}
	names := maps.Clone(a)
	maps.Copy(names, b)
	if len(names) == 0 {
		return nil, errors.New("cargo did not compile it")
	}
	name := ui.Escape(fmt.Sprintf("expansion of %s in two further builds (rustc -Zunpretty=expanded)", unit))
	var found []*compare.Difference
	for _, of := range slices.Sorted(maps.Keys(names)) {
		o := compare.Options{Limit: 20, A: first.circumstances(), B: second.circumstances()}
		d, err := compareFiles(name, a[of], b[of], o)
		if err != nil {
			return nil, err
		}
		if d != nil {
			found = append(found, d)
		}
	}
	if found == nil {
		found = []*compare.Difference{{Kind: expandedAlike, Name: name}}
	}
	return found, nil
}

// expanded are the sources that the stand-in left of a unit in a target directory.
// Programs of the build may have put anything there under these names, so only what
// is a file by itself is opened, and no link is followed.
func expanded(dir string, number int) (map[string]file, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files := map[string]bool{}
	for _, e := range entries {
		files[e.Name()] = e.Type().IsRegular()
	}
	sources := map[string]file{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		stem, said := strings.CutSuffix(name, saidSuffix)
		if !said || !files[name] || !strings.HasPrefix(stem, expansionStem(number)) {
			continue
		}
		if !files[stem+sourceSuffix] {
			return nil, refusal(filepath.Join(dir, name))
		}
		if sources[stem], err = fileAt(filepath.Join(dir, stem+sourceSuffix)); err != nil {
			return nil, err
		}
	}
	return sources, nil
}

// unknown is in the place of what could not be had.
func unknown(units []Unit, why string) *compare.Difference {
	return &compare.Difference{Kind: notExpanded, Name: ui.Escape(fmt.Sprintf("expansion of %s: %s", list(units), cut(why)))}
}

// reason is an error in one line, with the first one of those that cargo printed.
func reason(err error) string {
	if d := (*diag.Diagnostic)(nil); errors.As(err, &d) {
		for line := range strings.Lines(strings.Join(d.Notes, "\n")) {
			if strings.HasPrefix(line, "error") {
				return err.Error() + ": " + strings.TrimSpace(line)
			}
		}
	}
	return err.Error()
}
