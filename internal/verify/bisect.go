package verify

import (
	"context"
	"slices"
)

// mostBisected is how many first causes are asked for the dimensions that they need.
// Who has mended three will ask again.
const mostBisected = 3

// bisection finds out by building again which dimensions a difference needs. Causes
// share the builds.
type bisection struct {
	v     *verification
	first *built
	seen  map[string]map[string]bool // by the names of dimensions: what differed
}

// bisect fills in which dimensions matter: to each of the first causes, or to the
// outputs where there is none.
func (v *verification) bisect(ctx context.Context, first *built, r *Report) error {
	b := &bisection{v, first, map[string]map[string]bool{names(v.active()): r.blamed()}}
	matters := map[string]bool{}
	for i := range r.Causes[:min(len(r.Causes), mostBisected)] {
		c := &r.Causes[i]
		needed, chance, err := b.needed(ctx, c.Unit.String())
		if err != nil {
			return err
		}
		c.Needed, c.Chance, r.Chance = needed, chance, r.Chance || chance
		for _, name := range needed {
			matters[name] = true
		}
	}
	if len(r.Causes) == 0 {
		needed, chance, err := b.needed(ctx, anyOutput)
		r.Needed, r.Chance = needed, chance
		return err
	}
	for _, d := range v.active() {
		if matters[d.name] {
			r.Needed = append(r.Needed, d.name)
		}
	}
	return nil
}

// anyOutput stands for the outputs among the names of units.
const anyOutput = "outputs"

// needed are the dimensions that matter to a unit: without all of them it comes out
// the same. chance is that it does not, even then. Where one is enough and another
// one too, both are found: what is left without the first still makes a difference.
func (b *bisection) needed(ctx context.Context, unit string) (needed []string, chance bool, err error) {
	differs := func(dims []dimension) (bool, error) {
		what, err := b.differing(ctx, dims)
		return what[unit], err
	}
	if chance, err = differs(nil); err != nil || chance {
		return nil, chance, err
	}
	for left := b.v.active(); len(left) > 0; {
		if ok, err := differs(left); err != nil || !ok {
			return needed, false, err
		}
		found, err := minimal(left, differs)
		if err != nil {
			return nil, false, err
		}
		for _, d := range found {
			needed = append(needed, d.name)
			left = slices.DeleteFunc(left, func(l dimension) bool { return l.name == d.name })
		}
	}
	return needed, false, nil
}

// differing builds with these dimensions, unless that was done before, and returns
// what is a first cause then.
func (b *bisection) differing(ctx context.Context, dims []dimension) (map[string]bool, error) {
	key := names(dims)
	if what, ok := b.seen[key]; ok {
		return what, nil
	}
	other, err := b.v.build(ctx, dims)
	if err != nil {
		return nil, err
	}
	var r Report
	if err := r.compare(b.first, other); err != nil {
		return nil, err
	}
	b.seen[key] = r.blamed()
	return b.seen[key], nil
}

// blamed are the names of the first causes, and of the outputs if they differ.
func (r *Report) blamed() map[string]bool {
	what := map[string]bool{anyOutput: !r.bits()}
	for _, c := range r.Causes {
		what[c.Unit.String()] = true
	}
	return what
}

// minimal is a smallest set for which a test holds, that holds for all: halves are
// tried while one of them is enough, and then one is left out after the other
// (Zeller and Hildebrandt, ddmin, 2002, without its finer grains).
func minimal(all []dimension, holds func([]dimension) (bool, error)) ([]dimension, error) {
	for len(all) > 1 {
		half := len(all) / 2
		smaller := false
		for _, part := range [][]dimension{all[:half], all[half:]} {
			ok, err := holds(part)
			if err != nil {
				return nil, err
			}
			if ok {
				all, smaller = part, true
				break
			}
		}
		if smaller {
			continue
		}
		for i := 0; i < len(all); {
			without := slices.Delete(slices.Clone(all), i, i+1)
			ok, err := holds(without)
			if err != nil {
				return nil, err
			}
			if ok {
				all = without
			} else {
				i++
			}
		}
		return all, nil
	}
	return all, nil
}
