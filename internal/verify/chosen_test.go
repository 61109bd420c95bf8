package verify

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
)

// refusals asks for dimensions and returns why each that cannot be varied cannot.
func refusals(t *testing.T, o *build.Options, named ...string) map[string]string {
	t.Helper()
	dims, err := chosen(&build.Host{Temp: t.TempDir()}, o, named)
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]string{}
	for _, d := range dims {
		if d.refused != "" {
			refused[d.name] = d.refused
		}
	}
	return refused
}

// TestRefusals: what a world holds still is said of exactly the dimensions that only the
// supervisor varies; and of a processor that cannot fault, that.
func TestRefusals(t *testing.T) {
	shown := map[string]string{"clock": heldClock, "memory": heldMachine, "processor": heldProcessor, "pids": heldNumbers, "seed": heldChance, "crates-order": heldOrder}
	var asked []string // all of which no host refuses
	for _, d := range dimensions {
		if !slices.Contains([]string{"user", "host-name", "file-order"}, d.name) {
			asked = append(asked, d.name)
		}
	}
	free := map[string]string{}
	if err := sandbox.FaultsOnCPUID(); err != nil {
		why := fmt.Sprintf("this processor cannot fault on CPUID (%v), so programs see the real one", err)
		shown["processor"], free["processor"] = why, why
	}
	for _, c := range []struct {
		name    string
		options build.Options
		want    map[string]string
	}{
		{"not held", build.Options{Isolation: "namespaces", Undetermined: true}, free},
		{"held", build.Options{Isolation: "namespaces"}, shown},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, refusals(t, &c.options, asked...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestFileOrder: the order in which files are made is a dimension exactly where the file
// system shows it, or the supervisor lists them.
func TestFileOrder(t *testing.T) {
	for _, place := range []string{"", "/dev/shm"} {
		h := &build.Host{Temp: t.TempDir()}
		if place != "" {
			dir, err := os.MkdirTemp(place, "hermetic-verify-")
			if err != nil {
				t.Logf("not tried in %s: %v", place, err)
				continue
			}
			t.Cleanup(func() {
				if err := os.RemoveAll(dir); err != nil {
					t.Error(err)
				}
			})
			h.Temp = dir
		}
		there, err := listed(filepath.Join(h.Temp, "there"), false)
		if err != nil {
			t.Fatal(err)
		}
		back, err := listed(filepath.Join(h.Temp, "back"), true)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			options build.Options
			want    bool
		}{
			{build.Options{Isolation: "namespaces"}, slices.Equal(there, back)},
			{build.Options{Isolation: "namespaces", Undetermined: true}, false},
		} {
			dims, err := chosen(h, &c.options, []string{"file-order"})
			if err != nil {
				t.Fatal(err)
			}
			if got := dims[0].refused != ""; got != c.want {
				t.Errorf("%+v: %q, and it lists %v and %v", c.options, dims[0].refused, there, back)
			}
		}
		if diff := cmp.Diff([]string{"back", "there"}, namesIn(t, h.Temp)); diff != "" {
			t.Errorf("left behind (-want +got)\n%s", diff)
		}
	}
}

func namesIn(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// TestDimensions: each of them changes what a build is started with, no two have a name
// or do the same, and what only the supervisor shows changes nothing else.
func TestDimensions(t *testing.T) {
	fresh := func() *circumstances { return &circumstances{root: "/top/root", env: map[string]string{}} }
	same := func(a, b *circumstances) bool {
		return cmp.Equal(a, b, cmp.AllowUnexported(circumstances{}))
	}
	seen := map[string]*circumstances{"nothing": fresh()}
	for _, d := range dimensions {
		c := fresh()
		d.apply(c)
		for name, other := range seen {
			if name == d.name || same(c, other) {
				t.Errorf("`%s` does what `%s` does", d.name, name)
			}
		}
		seen[d.name] = c
		only := fresh()
		only.staged = c.staged
		if d.shown != "" && !same(c, only) {
			t.Errorf("`%s` is varied in a world that holds it still: %+v", d.name, c)
		}
		if line := regexp.MustCompile(`(?m)^` + d.name + ` +` + regexp.QuoteMeta(d.about) + `$`); !line.MatchString(Help()) {
			t.Errorf("the help does not list `%s`", d.name)
		}
	}
}

// TestChosen: the order is the table's, whatever the caller's, and an unknown name is an
// error that lists the known ones.
func TestChosen(t *testing.T) {
	o := &build.Options{Isolation: "namespaces"}
	dims, err := chosen(&build.Host{Temp: t.TempDir()}, o, []string{"locale", "root-path", "locale"})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(dims); got != "root-path, locale" {
		t.Errorf("chosen are %s", got)
	}
	if all, err := chosen(&build.Host{Temp: t.TempDir()}, o, nil); err != nil || len(all) != len(dimensions) {
		t.Errorf("without names %d of %d: %v", len(all), len(dimensions), err)
	}
	if _, err := chosen(nil, o, []string{"machine"}); err == nil || !strings.Contains(err.Error(), "there is no dimension `machine`") {
		t.Errorf("an unknown name: %v", err)
	}
	var d *diag.Diagnostic
	if _, err := chosen(nil, &build.Options{Isolation: "landlock"}, nil); !errors.As(err, &d) || d.Exit != diag.ExitIsolation {
		t.Errorf("an isolation without a record: %v", err)
	}
}
