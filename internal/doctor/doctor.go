// Package doctor says what a host can do for a hermetic build: which isolation
// works, why a better one does not, what to do about it, and what else a build
// would miss.
//
// The verdict on an isolation is a real run: a program that looks around in a
// small world, set up by the code that sets up every world. Package probe
// explains a verdict, feature by feature; it never makes one.
//
// It changes nothing on the host. What it makes are temporary directories and,
// for an instant, an empty control group. It does not try the network.
package doctor

import (
	"context"
	"encoding/json"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/advice"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/probe"
)

// Report is what was found. Its JSON form only grows: names stay, fields and
// elements of lists are added, words of `state` are those of this package.
type Report struct {
	Version    string         `json:"version"`   // of this program
	Isolation  string         `json:"isolation"` // that was asked for
	Works      bool           `json:"works"`     // whether that one does
	Host       Host           `json:"host"`
	Isolations []Verdict      `json:"isolations"` // the strongest first
	Features   []probe.Result `json:"features"`
	Checks     []Check        `json:"checks"`
}

// Host is what distinguishes this machine. It is for reading: nothing was
// decided by it.
type Host struct {
	System    string `json:"system"`              // distribution and release; empty if unknown
	Kernel    string `json:"kernel"`              // name and release
	Container string `json:"container,omitempty"` // what runs the container, if we are in one
	Root      bool   `json:"root"`
}

// Verdict is whether one isolation works here.
type Verdict struct {
	Isolation string   `json:"isolation"`
	Works     bool     `json:"works"`
	How       string   `json:"how,omitempty"` // which way of setting it up
	Weaker    []string `json:"weaker"`        // what it leaves open here

	Errors []string `json:"errors"` // the outermost first; empty if it works
	Notes  []string `json:"notes"`
	Help   string   `json:"help,omitempty"`

	Milliseconds float64 `json:"milliseconds"`
}

// State is how a check went.
type State string

// States of a check.
const (
	Good    State = "ok"
	Bad     State = "failed"  // a build would end here
	Careful State = "warning" // a build may end here
	Unknown State = "skipped" // not looked at, and why
)

// Check is one thing that a build needs besides an isolation.
type Check struct {
	Name  string   `json:"name"`
	State State    `json:"state"`
	Text  string   `json:"text"`
	Notes []string `json:"notes"`
	Help  string   `json:"help,omitempty"`
}

// Run examines the host. The error is the end of ctx, or that the examination
// itself was impossible; what does not work is in the report.
func Run(ctx context.Context, h *build.Host, o *build.Options) (*Report, error) {
	host := advice.Look(h.System, h.Env)
	r := &Report{Version: h.Version, Isolation: o.Isolation}
	r.Host = Host{System: host.Release, Kernel: kernel(), Container: string(host.Container), Root: host.Root}
	var err error
	if r.Features, err = probe.Table(ctx, host); err != nil {
		return nil, diag.Wrap(err, "trying the features of the kernel")
	}
	for _, isolation := range sandbox.Isolations() {
		v, err := try(ctx, h, isolation, r.Features)
		if err != nil {
			return nil, err
		}
		r.Isolations = append(r.Isolations, v)
	}
	v, err := tryRoots(ctx, h)
	if err != nil {
		return nil, err
	}
	r.Isolations = append(r.Isolations, v)
	for _, v := range r.Isolations {
		r.Works = r.Works || v.Isolation == o.Isolation && v.Works
	}
	r.Checks, err = checks(ctx, h, o, host)
	return r, err
}

// JSON writes the report for programs.
func (r *Report) JSON() ([]byte, error) {
	data, err := json.MarshalIndent(r, "", "  ")
	return append(data, '\n'), err
}

// verdict is that of an error, or of none.
func verdict(isolation string, err error) Verdict {
	v := Verdict{Isolation: isolation, Works: err == nil, Weaker: []string{}, Errors: []string{}, Notes: []string{}}
	v.Errors = append(v.Errors, diag.Chain(err)...)
	v.Notes, v.Help = details(err)
	return v
}
