// Package verify builds a root twice from sealed copies, the second time on a host
// that differs in every way that can be had without privileges, compares what was
// built, and names the first program of the build whose output differs although
// everything that it was made from is the same.
//
// It proves the world: with time and chance held still, no difference of the host may
// reach a byte. With `--deterministic=no` the same command finds a project's own sins.
//
// What it knows of a build is its record (internal/observation): which program wrote
// which file, and what it read. So the cause is found in files and programs, and not
// by a model of what cargo should have done.
package verify

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Request is what to verify.
type Request struct {
	Args    []string // behind `build`, as the caller gave them
	Options *build.Options
	Vary    []string // names of dimensions; empty: all
	Against string   // a file, directory, address or attestation to compare with instead of a first build; or empty
	Keys    []string // files of public keys, one of which has to have signed that attestation
	Further bool     // have diffoscope look at what can only be compared as bytes
	Bisect  bool     // build again, to find the dimensions that matter and what macros made differently
	Quiet   bool     // do not show what cargo prints
}

// Run verifies. An error means that it did not come to a verdict.
func Run(ctx context.Context, h *build.Host, r Request) (Report, error) {
	project, err := build.Locate(h, r.Options)
	if err != nil {
		return Report{}, err
	}
	dims, err := chosen(h, r.Options, r.Vary)
	if err != nil {
		return Report{}, err
	}
	// What a build has to fetch is fetched once, and by its own rules.
	if err := build.Fetch(ctx, h, r.Options); err != nil {
		return Report{}, err
	}
	epoch, err := build.Epoch(ctx, h, r.Options)
	if err != nil {
		return Report{}, err
	}
	below, err := filepath.Rel(project.Root, h.Cwd)
	if err != nil || !filepath.IsLocal(below) {
		below = "."
	}
	dir, remove, err := h.TempDir("hermetic-verify-", "the builds")
	if err != nil {
		return Report{}, err
	}
	v := &verification{host: h, request: r, root: project.Root, below: below, dir: dir, epoch: epoch, dims: dims}
	if r.Further {
		if v.further, err = startDiffoscope(ctx, h, dir); err != nil {
			return Report{}, diag.Join(err, remove())
		}
	}
	report, err := v.run(ctx)
	return report, diag.Join(err, remove())
}

// verification is one run of Run.
type verification struct {
	host    *build.Host
	request Request
	root    string
	below   string // the caller's directory, relative to the root
	dir     string
	epoch   int64 // of the root's commit, if its policy asks for that
	dims    []dimension
	against *Against    // nil where a first build is compared with
	further *diffoscope // nil where it is not asked
	builds  int
}

func (v *verification) run(ctx context.Context) (Report, error) {
	report := Report{Name: filepath.Base(v.root), Version: v.host.Version, Held: !v.request.Options.Undetermined, Dimensions: v.described()}
	first, err := v.first(ctx)
	if err != nil {
		return report, err
	}
	second, err := v.build(ctx, v.active())
	if err != nil {
		return report, err
	}
	if report.Against = v.against; v.against != nil && v.against.named != nil {
		return report, v.against.compare(&report, second)
	}
	if err := report.compare(first, second); err != nil {
		return report, err
	}
	if err := v.lookFurther(ctx, &report); err != nil || report.Match() {
		return report, err
	}
	if v.request.Bisect && v.request.Against == "" {
		if err := v.bisect(ctx, first, &report); err != nil {
			return report, err
		}
		report.Builds = v.builds
		err = v.expand(ctx, &report)
	}
	return report, err
}

// first is what is compared with: a build on the host as it is, or what the caller
// has.
func (v *verification) first(ctx context.Context) (*built, error) {
	if v.request.Against == "" {
		return v.build(ctx, nil)
	}
	return v.existing(ctx)
}

// active are the dimensions that are varied.
func (v *verification) active() []dimension {
	return slices.DeleteFunc(slices.Clone(v.dims), func(d dimension) bool { return d.refused != "" })
}

// described are the dimensions for the report.
func (v *verification) described() []Varied {
	var list []Varied
	for _, d := range v.dims {
		list = append(list, Varied{Name: d.name, About: d.about, Refused: d.refused})
	}
	return list
}

// names lists dimensions for a message.
func names(dims []dimension) string {
	var list []string
	for _, d := range dims {
		list = append(list, d.name)
	}
	return strings.Join(list, ", ")
}
