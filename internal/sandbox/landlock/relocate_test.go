package landlock

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

var everything = cmp.AllowUnexported(layout{}, pair{}, rule{})

// example has a mount of every kind, moved and not.
func example() *spec.Spec {
	return &spec.Spec{
		Scratch: "/s",
		Mounts: []spec.Mount{
			{Kind: spec.Bind, Source: "/usr/bin/cc", Target: "/usr/bin/cc", File: true},
			{Kind: spec.Bind, Source: "/home/u/p", Target: "/h/root"},
			{Kind: spec.Cover, Target: "/h/root/.git"},
			{Kind: spec.Bind, Source: "/home/u/p/target/h", Target: "/h/target", Writable: true},
			{Kind: spec.Bind, Source: "/exe", Target: "/h/run", File: true},
			{Kind: spec.Bind, Source: "/data", Target: "/h/data", NoExec: true},
			{Kind: spec.Bind, Source: "/s/t", Target: "/tmp", Writable: true},
			{Kind: spec.Tmpfs, Target: "/dev/shm", Size: 1},
			{Kind: spec.Device, Source: "/dev/null", Target: "/dev/null"},
			{Kind: spec.Proc, Target: "/proc"},
		},
		Files: []spec.File{{Path: "/h/cargo/config", Data: "dir = \"/h/data\"\n"}, {Path: "/etc/passwd", Data: "/h/home"}},
		Links: []spec.Link{{Path: "/lib", Target: "usr/lib"}, {Path: "/h/cargo/cache", Target: "/dev/shm/cache"}},
		Dirs:  []spec.Dir{{Path: "/h/home", Mode: 0o755}},
	}
}

func TestRelocate(t *testing.T) {
	got, err := relocate(example())
	if err != nil {
		t.Fatal(err)
	}
	all := list | read | execute
	want := &layout{
		pairs: []pair{
			{"/h/target", "/home/u/p/target/h"}, {"/dev/shm", "/s/dev/shm"}, {"/h/root", "/home/u/p"},
			{"/h/data", "/data"}, {"/tmp", "/s/t"}, {"/h", "/s/h"},
		},
		allowed: []rule{
			{Path: "/usr/bin/cc", Access: all}, {Path: "/home/u/p", Access: all}, {Path: "/home/u/p/target/h", Access: all | write},
			{Path: "/exe", Access: all}, {Path: "/data", Access: list | read}, {Path: "/s/t", Access: all | write},
			{Path: "/s/dev/shm", Access: all | write}, {Path: "/dev/null", Access: read | write}, {Path: "/s", Access: list | read},
		},
		hidden:    []string{"/home/u/p/.git"},
		links:     []spec.Link{{Path: "/lib", Target: "usr/lib"}},
		dirs:      []string{"/s/dev/shm", "/s/h/home"},
		newLinks:  []spec.Link{{Path: "/s/h/run", Target: "/exe"}, {Path: "/s/h/cargo/cache", Target: "/s/dev/shm/cache"}},
		files:     []spec.File{{Path: "/s/h/cargo/config", Data: "dir = \"/data\"\n"}},
		redirects: []spec.File{{Path: "/etc/passwd", Data: "/h/home"}},
		proc:      true,
	}
	if diff := cmp.Diff(want, got, everything, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestText(t *testing.T) {
	l, err := relocate(example())
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"":                             "",
		"/h/root":                      "/home/u/p",
		"/h/root/":                     "/home/u/p/",
		"/h/rooter":                    "/s/h/rooter",
		"/hh/root":                     "/hh/root",
		"x/h/root":                     "x/h/root",
		"PATH=/h/data/bin:/usr/bin":    "PATH=/data/bin:/usr/bin",
		"/h/root:/h/target:/tmp":       "/home/u/p:/home/u/p/target/h:/s/t",
		"--target-dir=/h/target":       "--target-dir=/home/u/p/target/h",
		`--config=t.runner="/h/run"`:   `--config=t.runner="/s/h/run"`,
		"/tmp/h/root":                  "/s/t/h/root",
		"a /tmp\n\t/h/data, [/h/root]": "a /s/t\n\t/data, [/home/u/p]",
		"file:///h/data/x":             "file:///data/x",
		"U=file:/h/data/x":             "U=file:/data/x",
		"file://h/data":                "file://h/data",
		"https:///h/data":              "https:///h/data",
		"/":                            "/",
		"/h":                           "/s/h",
	} {
		if got := l.text(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// What cannot be had without mounting is refused, not left out.
func TestRelocateRefuses(t *testing.T) {
	for _, mounts := range [][]spec.Mount{
		{{Kind: spec.Bind, Source: "/a", Target: "/h/x"}, {Kind: spec.Bind, Source: "/b", Target: "/h/x/y"}},
		{{Kind: spec.Device, Source: "/dev/null", Target: "/dev/zero"}},
		{{Kind: "other", Source: "/a", Target: "/b"}},
	} {
		if l, err := relocate(&spec.Spec{Scratch: "/s", Mounts: mounts}); err == nil {
			t.Errorf("%+v becomes %+v", mounts, l)
		}
	}
}

// Whatever the text, a place is found only as a whole name, and what is not a
// place stays.
func FuzzText(f *testing.F) {
	l, err := relocate(example())
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{"/h/root", "a=/tmp:/h", "/h/target/x,/h/rootx", "/h//root"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := l.text(text)
		if !strings.Contains(text, "/") && got != text {
			t.Errorf("%q becomes %q", text, got)
		}
		joined := l.text("x" + text)
		if strings.HasPrefix(text, "/") && !strings.HasPrefix(joined, "x/") {
			t.Errorf("%q: a place is found inside a name: %q", "x"+text, joined)
		}
		if a, b := l.text(text+"\n")+l.text("\n"+text), l.text(text+"\n\n"+text); a != b {
			t.Errorf("%q alone and twice: %q, %q", text, a, b)
		}
	})
}
