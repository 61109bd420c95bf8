package crates

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

// A locked system takes the place of the host's programs and libraries, whether
// either has them merged into /usr, and of nothing else.
func TestSystemInPlace(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"usr/bin", "etc", "lib32"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("usr/bin", filepath.Join(dir, "bin")); err != nil {
		t.Fatal(err)
	}
	host := func() *sandbox.Spec {
		s := &sandbox.Spec{Links: []sandbox.Link{{Path: "/lib64", Target: "usr/lib64"}, {Path: "/dev/fd", Target: "/proc/self/fd"}}}
		for _, name := range []string{"/bin", "/etc", "/home", "/sbin", "/usr"} {
			s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: name, Target: name})
		}
		return s
	}
	bind := func(source, target string) sandbox.Mount {
		return sandbox.Mount{Kind: spec.Bind, Source: source, Target: target}
	}
	want := &sandbox.Spec{
		Mounts: []sandbox.Mount{bind("/etc", "/etc"), bind("/home", "/home"), bind(filepath.Join(dir, "lib32"), "/lib32"), bind(filepath.Join(dir, "usr"), "/usr")},
		Links:  []sandbox.Link{{Path: "/dev/fd", Target: "/proc/self/fd"}, {Path: "/bin", Target: "usr/bin"}},
	}
	r := &Request{System: store.Layer{Digest: digest.Of([]byte("system")), Dir: dir}}
	got := host()
	if err := r.systemInPlace(got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.System.Dir = filepath.Join(dir, "absent")
	if err := r.systemInPlace(host()); err == nil {
		t.Error("a system that is not there changes nothing, without a word")
	}
	got = host()
	if err := new(Request).systemInPlace(got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(host(), got); diff != "" {
		t.Errorf("without a locked system (-want +got):\n%s", diff)
	}
}
