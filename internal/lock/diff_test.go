package lock

import (
	"crypto/sha256"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

func TestDiff(t *testing.T) {
	changed := sample()
	changed.Policy = digest.Of([]byte("other policy"))
	changed.Toolchain.Channel = "stable"
	changed.Toolchain.Release = "1.96.0"
	changed.Toolchain.Commit = "aaaaaaa"
	changed.Toolchain.Components = []string{"cargo", "rust-src", "rustc"}
	changed.Toolchain.Layer = digest.Of([]byte("other toolchain"))
	changed.System.Source = "debian 13"
	changed.System.Requested = []string{"gcc"}
	changed.System.Packages = []Package{{"binutils", "2.40-2"}, {"gcc", "4:12.2.0-3"}, {"gcc-12", "12.2.0-15"}, {"make", "4.3-4.1"}}
	rebuilt := sample()
	rebuilt.Toolchain.Commit = "aaaaaaa"
	rebuilt.System.Layer = digest.FromSum(sha256.Sum256([]byte("system")), 7)
	for name, c := range map[string]struct {
		old, new *Lock
		want     []string
	}{
		"equal":   {sample(), sample(), nil},
		"nothing": {nil, nil, nil},
		"much": {sample(), changed, []string{
			"~ toolchain 1.95.0 -> 1.96.0",
			"~ channel 1.95.0 -> stable",
			"+ component rust-src",
			"- component rust-std",
			"~ system debian 12 -> debian 13",
			"- requested libc6-dev",
			"~ gcc-12 12.2.0-14+deb12u1 -> 12.2.0-15",
			"- libc6:i386 2.36-9~1",
			"+ make 4.3-4.1",
			"~ policy " + sample().Policy.Short() + " -> " + changed.Policy.Short(),
			"~ toolchain layer " + sample().Toolchain.Layer.Short() + " -> " + changed.Toolchain.Layer.Short(),
		}},
		"what a short form would hide": {sample(), rebuilt, []string{
			"~ toolchain 1.95.0 59807616e -> aaaaaaa",
			"~ system layer " + sample().System.Layer.String() + " -> " + rebuilt.System.Layer.String(),
		}},
		"first": {nil, sample(), []string{
			"+ toolchain 1.95.0",
			"+ host x86_64-unknown-linux-gnu",
			"+ channel 1.95.0",
			"+ component cargo", "+ component rust-std", "+ component rustc",
			"+ system debian 12",
			"+ architecture amd64",
			"+ requested gcc", "+ requested libc6-dev",
			"+ binutils 2.40-2", "+ gcc 4:12.2.0-3", "+ gcc-12 12.2.0-14+deb12u1", "+ libc6:i386 2.36-9~1",
			"+ policy " + sample().Policy.Short(),
			"+ toolchain layer " + sample().Toolchain.Layer.Short(),
			"+ system layer " + sample().System.Layer.Short(),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, lines(Diff(c.old, c.new))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// lines are the changes as a person reads them.
func lines(changes []Change) []string {
	var all []string
	for _, c := range changes {
		all = append(all, c.String())
	}
	return all
}

// What programs read holds whole digests, and for each name what it was.
func TestChangeJSON(t *testing.T) {
	layer := digest.Of([]byte("other"))
	changed := sample()
	changed.Toolchain.Commit = "aaaaaaa"
	changed.Toolchain.Components = []string{"cargo", "rustc"}
	changed.System.Requested = []string{"gcc", "libc6-dev", "make"}
	changed.System.Packages = []Package{{"binutils", "2.40-2"}, {"gcc", "4:12.2.0-3"}, {"gcc-12", "12.2.0-15"}, {"make", "4.3-4.1"}}
	changed.System.Layer = layer
	got, err := json.Marshal(Diff(sample(), changed))
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"kind":"toolchain","name":"1.95.0","from":"59807616e","to":"aaaaaaa"},` +
		`{"kind":"component","name":"rust-std","from":"rust-std"},` +
		`{"kind":"requested","name":"make","to":"make"},` +
		`{"kind":"package","name":"gcc-12","from":"12.2.0-14+deb12u1","to":"12.2.0-15"},` +
		`{"kind":"package","name":"libc6:i386","from":"2.36-9~1"},` +
		`{"kind":"package","name":"make","to":"4.3-4.1"},` +
		`{"kind":"system layer","from":"` + sample().System.Layer.String() + `","to":"` + layer.String() + `"}]`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}
