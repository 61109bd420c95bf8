package roots

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// Report explains the searches: cargo's five, and before them our own for root
// markers. What each looked at, and what cargo would look at without bounds.
type Report struct {
	Root      string    `json:"root,omitempty"` // empty if none was found
	Source    Source    `json:"source,omitempty"`
	Manifest  string    `json:"manifest,omitempty"`
	Workspace string    `json:"workspace,omitempty"`
	Outside   bool      `json:"outside,omitempty"` // the start is in no root
	Roots     []Root    `json:"roots"`             // that somebody named, with markers
	Searches  []Account `json:"searches"`
}

// Account is one search beside what plain cargo would have done.
type Account struct {
	Name string `json:"search"`
	Search
	Beyond []Step `json:"beyond,omitempty"` // never looked at; what plain cargo would find there
}

// Explain runs the searches and says what each came across. Beyond are the file
// operations for what lies above the bounds, where only this report looks: one
// may block there, or be refused. The error is that of Find; the report holds
// what was found until then.
func Explain(files, beyond Files, req Request) (Report, error) {
	f, plain := newFinder(files, req.Cargo), newFinder(beyond, req.Cargo)
	found, err := f.find(req)
	r := Report{Root: found.Root, Source: found.Why, Manifest: found.Manifest, Workspace: found.Workspace, Outside: found.Outside, Roots: found.Roots}
	if r.Roots == nil {
		r.Roots = []Root{}
	}
	if found.Config.Start == "" { // a root that cannot be used: nothing was searched
		r.Searches = []Account{}
		return r, err
	}
	start := req.Cwd
	if req.Manifest != "" {
		start = filepath.Dir(req.Manifest)
	}
	for _, s := range f.markers {
		s.Source = sourceOf(found, s.Bound)
		r.Searches = append(r.Searches, Account{Name: "root marker", Search: s})
	}
	add := func(name string, s, unbounded Search) {
		s.Source = sourceOf(found, s.Bound)
		r.Searches = append(r.Searches, Account{name, s, after(unbounded, s)})
	}
	configured, unbounded := f.configuration(found.Config), plain.configuration(Route{Start: req.Cwd})
	plain.addHome(&unbounded, req.Cargo)
	if req.Default == Draft {
		f.addHome(&configured, req.Cargo)
	}
	add("configuration", configured, unbounded)
	if req.Manifest == "" {
		route := Route{Start: start}
		if bound, ok := deepest(found.Roots, start); ok {
			route.Bound = bound.Dir
		}
		bounded, _ := f.firstOf(route, "Cargo.toml")
		unbounded, _ := plain.firstOf(Route{Start: start}, "Cargo.toml")
		add("first manifest", bounded, unbounded)
	}
	if found.Manifest != "" && found.Root != "" {
		bounded, _, _, _ := f.workspace(found.Manifest, found.Root) // its error is in its steps
		unbounded, _, _, _ := plain.workspace(found.Manifest, "")
		add("workspace", bounded, unbounded)
	}
	add("toolchain file", f.pin(found.Config), plain.pin(Route{Start: req.Cwd}))
	if found.Manifest != "" && found.Root != "" {
		route := Route{Start: filepath.Dir(found.Manifest), Bound: found.Root}
		if found.Why == FromWorkspace {
			route.Bound = "" // it decided where the search for the workspace ends
		}
		bounded, _, _ := f.checkout(route)
		unbounded, _, _ := plain.checkout(Route{Start: filepath.Dir(found.Manifest)})
		add("version control", bounded, unbounded)
	}
	return r, err
}

// sourceOf says what made a bound.
func sourceOf(found Found, bound string) Source {
	if bound == found.Root {
		return found.Why
	}
	for _, r := range found.Roots {
		if r.Dir == bound {
			return r.Source
		}
	}
	if bound == "" {
		return ""
	}
	return FromStart
}

// after returns the steps of an unbounded search that a bounded one did not
// make.
func after(unbounded, bounded Search) []Step {
	return slices.DeleteFunc(slices.Clone(unbounded.Steps), func(s Step) bool {
		return slices.ContainsFunc(bounded.Steps, func(b Step) bool { return b.Dir == s.Dir })
	})
}

// JSON writes the report for programs; the form only grows.
func (r Report) JSON() ([]byte, error) {
	data, err := json.MarshalIndent(r, "", "  ")
	return append(data, '\n'), err
}

// Text writes the report for people.
func (r Report) Text() string {
	var b strings.Builder
	if r.Root != "" {
		fmt.Fprintf(&b, "root       %s  (%s)\n", ui.Escape(r.Root), r.Source.describe())
	}
	for _, root := range r.Roots {
		if root.Dir != r.Root || root.Source != r.Source {
			fmt.Fprintf(&b, "also named %s  (%s)\n", ui.Escape(root.Dir), root.Source.describe())
		}
	}
	if r.Manifest != "" {
		fmt.Fprintf(&b, "manifest   %s\nworkspace  %s\n", ui.Escape(r.Manifest), ui.Escape(r.Workspace))
	}
	for _, s := range r.Searches {
		fmt.Fprintf(&b, "\n%s: from %s", s.Name, ui.Escape(s.Start))
		if s.Bound != "" {
			fmt.Fprintf(&b, " up to %s (%s)", ui.Escape(s.Bound), s.Source.describe())
		}
		b.WriteByte('\n')
		writeSteps(&b, "searched", s.Steps, "")
		writeSteps(&b, "beyond", s.Beyond, "plain cargo: ")
	}
	return b.String()
}

func writeSteps(b *strings.Builder, what string, steps []Step, prefix string) {
	for _, step := range steps {
		fmt.Fprintf(b, "  %-9s %s\n", what, ui.Escape(step.Dir))
		for _, file := range step.Files {
			fmt.Fprintf(b, "  %-9s     %s%s %s", "", prefix, file.State, ui.Escape(file.Path))
			if file.Why != "" {
				fmt.Fprintf(b, "  (%s)", ui.Escape(file.Why))
			}
			b.WriteByte('\n')
		}
	}
}

// describe is a source for people.
func (s Source) describe() string {
	switch s {
	case FromHome:
		return "home, while CARGO_ROOTS is not set"
	case FromManifest:
		return "directory of the first manifest"
	case FromStart:
		return "outside every root: nothing above it"
	case FromCheckout:
		return "the checkout that holds the package; no root is named"
	case FromWorkspace:
		return "the workspace; no root is named"
	}
	return string(s)
}
