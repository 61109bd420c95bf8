package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo/config"
)

func TestTargetsOf(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		config string
		want   []string
		makes  bool // cargo makes the standard library itself
	}{
		"none":          {[]string{"build"}, "", nil, false},
		"arguments":     {[]string{"build", "--target=a-b-c", "--target=d-e-f"}, "[build]\ntarget = 'x-y-z'", []string{"a-b-c", "d-e-f"}, false},
		"configuration": {[]string{"build"}, "[build]\ntarget = 'x-y-z'", []string{"x-y-z"}, false},
		"several":       {[]string{"build"}, "[build]\ntarget = ['x-y-z', 'u-v-w']", []string{"x-y-z", "u-v-w"}, false},
		"made anew":     {[]string{"build", "-Z", "build-std"}, "", nil, true},
		"in one word":   {[]string{"build", "-Zbuild-std=core"}, "", nil, true},
		"by a key":      {[]string{"build"}, "[unstable]\nbuild-std = ['core']", nil, true},
		"another one":   {[]string{"build", "-Zbindeps"}, "[unstable]\nbindeps = true", nil, false},
	} {
		merged, err := config.Parse("config.toml", []byte(c.config))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, targetsOf(c.args, merged)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got := buildsStandardLibrary(c.args, merged); got != c.makes {
			t.Errorf("%s: cargo makes the library: %t", name, got)
		}
	}
}

// A link that leads nowhere is not there, as Debian's rust-lld without its package.
func TestExistsIn(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(second, "there"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"link": "there", "dangling": "absent"} {
		if err := os.Symlink(target, filepath.Join(second, link)); err != nil {
			t.Fatal(err)
		}
	}
	exists := existsIn([]string{first, second})
	for name, want := range map[string]bool{"there": true, "link": true, "dangling": false, "absent": false} {
		if got, err := exists(name); got != want || err != nil {
			t.Errorf("%s: %t, %v", name, got, err)
		}
	}
	if ok, err := exists("../outside"); ok || err == nil {
		t.Errorf("outside of the toolchain: %t, %v", ok, err)
	}
}
