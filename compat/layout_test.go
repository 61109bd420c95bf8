package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAddPackages: proposals are added to what stands there, once, and comments are
// no packages.
func TestAddPackages(t *testing.T) {
	for name, c := range map[string]struct {
		text, list string
		want       []string
		changed    bool
	}{
		"no file":       {"", `"cmake"`, []string{"cmake"}, true},
		"no packages":   {"[system]\n[env]\n", `"cmake", "make"`, []string{"cmake", "make"}, true},
		"another":       {"[system]\npackages = [\"make\"]\n", `"cmake"`, []string{"make", "cmake"}, true},
		"what is there": {"[system]\npackages = [\"make\"]\n", `"make"`, []string{"make"}, false},
		"comments":      {"[system]\npackages = [\n  \"make\", # for jemalloc\n]\n", `"cmake"`, []string{"make", "cmake"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "hermetic.toml")
			if c.text != "" {
				if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			changed, err := addPackages(file, c.list)
			if err != nil || changed != c.changed {
				t.Fatalf("changed is %t, want %t; %v", changed, c.changed, err)
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, packagesOf(string(data))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
