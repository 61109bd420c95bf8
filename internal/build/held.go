package build

import (
	"context"
	"strconv"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// held says what a world holds still: what the policy asks for, nothing where
// the caller turned it off by name, and nothing where the isolation cannot, which
// every report of such a run says.
func (h *Host) held(ctx context.Context, o *Options, p *Project, i sandbox.Isolation) (world.Held, error) {
	want := p.Policy.World
	if o.Undetermined || o.Unwatched || i != sandbox.Namespaces {
		want = policy.Free()
	}
	held := world.Held{Clock: want.Clock, Random: want.Random, CPU: want.CPU, CPUs: want.CPUs}
	switch want.Clock {
	case "fixed":
		held.Epoch = world.Epoch
	case "commit":
		held.Epoch = o.Staged.Epoch
		if held.Epoch != 0 {
			break
		}
		epoch, err := h.commitTime(ctx, p)
		if err != nil {
			return held, err
		}
		held.Epoch = epoch
	}
	return held, nil
}

// commitTime is when the checked out commit of the root was made, in seconds since
// 1970: a property of the commit, not of its checkout.
func (h *Host) commitTime(ctx context.Context, p *Project) (int64, error) {
	out, err := h.git(ctx, p.Root, "log", "-1", "--no-show-signature", "--format=%ct", "HEAD")
	if err == nil {
		epoch, parseErr := strconv.ParseInt(out, 10, 64)
		if parseErr == nil && epoch >= 0 {
			return epoch, nil
		}
		err = parseErr
	}
	return 0, diag.New(diag.ExitPolicy, "`clock = \"commit\"` of `hermetic.toml` wants the time of the root's commit, and git cannot tell it").
		Because(err).WithHelp("make a commit, install git, or use `clock = \"fixed\"`")
}

// determinism is what the sandbox is asked to hold.
func determinism(w world.World) *sandbox.Determinism {
	if !w.Held.Anything() {
		return nil
	}
	d := &sandbox.Determinism{
		Clock: sandbox.ClockReal, Random: w.Held.Random == "fixed",
		// The part of a world that stays the same from edit to edit: what a
		// dependency draws does not change with every change of the root.
		Seed: w.Base().String(),
		CPUs: w.Held.CPUs, CPU: w.Held.CPU, Exempt: w.Exempt, Flowing: w.Flowing,
	}
	if w.Held.Clock != "real" {
		d.Clock, d.Epoch = sandbox.ClockHeld, w.Held.Epoch
	}
	return d
}
