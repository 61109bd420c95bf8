package world

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// The stand-in for the C compiler is where rustc is told to look for it, and it
// counts: another version of it may link otherwise.
func TestPlanLinker(t *testing.T) {
	in := example()
	in.Linker = true
	w := Plan(in)
	at := slices.IndexFunc(w.Mounts, func(m Mount) bool { return m.Place == Linker })
	if at < 0 {
		t.Fatal("there is no linker")
	}
	if want := (Mount{Place: Linker, What: Tool, Digest: in.Tool}); w.Mounts[at] != want {
		t.Errorf("%+v, want %+v", w.Mounts[at], want)
	}
	other := in
	other.Tool = digest.Of([]byte("another tool"))
	if Plan(other).Base() == w.Base() {
		t.Error("a target directory is used again after another linker")
	}
	if Plan(example()).Base() == w.Base() {
		t.Error("a target directory is used again with a linker that was not there before")
	}
}

// A cargo of packages is another file, whose clock is real as well; the list of
// all other worlds stays as it is.
func TestPlanPackaged(t *testing.T) {
	in := example()
	in.Packaged = true
	if diff := cmp.Diff(append(slices.Clone(Exempt), "/usr/bin/cargo"), Plan(in).Exempt); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Exempt, Plan(example()).Exempt); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
