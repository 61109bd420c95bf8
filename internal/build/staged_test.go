package build

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// TestStagedShown: a quiet host is the same each time, and each circumstance changes
// one thing of it. Nobody is shown anything who did not ask.
func TestStagedShown(t *testing.T) {
	w := world.World{Argv: []string{world.Rust + "/bin/cargo", "build"}, Mounts: []world.Mount{
		{Place: "/usr", What: world.System}, {Place: world.Crates, What: world.CratesDir}, {Place: world.Crates + "/openssl", What: world.CrateDir}, {Place: world.Root, What: world.RootTree}}}
	quiet := func(change func(*sandbox.Determinism)) *sandbox.Determinism {
		d := &sandbox.Determinism{Clock: sandbox.ClockHeld, Epoch: world.Epoch, Random: true, Seed: "a host", CPU: "host",
			Exempt: append(slices.Clone(world.Exempt), "/usr/bin/cargo")}
		change(d)
		return d
	}
	for _, c := range []struct {
		name   string
		staged Staged
		want   *sandbox.Determinism
	}{
		{"nothing", Staged{}, nil},
		{"not asked", Staged{Epoch: 1, Ahead: time.Hour, CPUs: 3, Processor: "x86-64", Kernel: true, Memory: true, FilesBack: true, CratesBack: true, Addresses: true, FirstNumber: 7, Chance: true}, nil},
		{"quiet", Staged{Shown: true}, quiet(func(*sandbox.Determinism) {})},
		{"clock", Staged{Shown: true, Ahead: time.Hour}, quiet(func(d *sandbox.Determinism) {
			d.Epoch, d.Flowing, d.Another.Start = 1_000_003_600, []string{world.Rust + "/bin/cargo", "/usr/bin/cargo"}, true
		})},
		{"processors", Staged{Shown: true, CPUs: 13}, quiet(func(d *sandbox.Determinism) { d.CPUs = 13 })},
		{"processor", Staged{Shown: true, Processor: "x86-64"}, quiet(func(d *sandbox.Determinism) { d.CPU = "x86-64" })},
		{"kernel", Staged{Shown: true, Kernel: true}, quiet(func(d *sandbox.Determinism) { d.Another.Kernel = true })},
		{"memory", Staged{Shown: true, Memory: true}, quiet(func(d *sandbox.Determinism) { d.Another.Memory = true })},
		{"files", Staged{Shown: true, FilesBack: true}, quiet(func(d *sandbox.Determinism) { d.Another.Backwards = []string{"/usr", world.Root} })},
		{"crates", Staged{Shown: true, CratesBack: true}, quiet(func(d *sandbox.Determinism) {
			d.Another.Backwards = []string{world.Crates, world.Crates + "/openssl"}
		})},
		{"addresses", Staged{Shown: true, Addresses: true}, quiet(func(d *sandbox.Determinism) { d.Another.Addresses = true })},
		{"numbers", Staged{Shown: true, FirstNumber: 7}, quiet(func(d *sandbox.Determinism) { d.Another.Numbers = 7 })},
		{"chance", Staged{Shown: true, Chance: true}, quiet(func(d *sandbox.Determinism) { d.Seed = "another host" })},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.staged.shown(time.Unix(1_000_000_000, 0), w)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestStagedArgv: what one process is started with is what the other reads, and an
// ordinary start is none.
func TestStagedArgv(t *testing.T) {
	want := Staged{Epoch: 5, Shown: true, Ahead: time.Hour, CPUs: 3, Processor: "x86-64", FirstNumber: 9, Chance: true}
	argv, err := want.Argv([]string{"build", "-q"})
	if err != nil {
		t.Fatal(err)
	}
	got, args, ok, err := ParseStaged(argv)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"cargo-hermetic", "build", "-q"}, args); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if _, _, ok, err := ParseStaged(append([]string{"cargo-hermetic"}, argv[1:]...)); ok || err != nil {
		t.Errorf("an ordinary start is taken for ours: %v %v", ok, err)
	}
	if _, _, ok, err := ParseStaged([]string{stagedName, "{"}); !ok || err == nil {
		t.Errorf("what cannot be read is taken for nothing: %v %v", ok, err)
	}
}
