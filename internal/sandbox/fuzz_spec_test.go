//go:build linux

package sandbox_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// choices turns fuzz bytes into decisions; when they are used up, all are 0.
type choices struct{ left []byte }

func (c *choices) next() int {
	if len(c.left) == 0 {
		return 0
	}
	b := c.left[0]
	c.left = c.left[1:]
	return int(b)
}

// pick chooses what is right by itself, and now and then what is odd.
func pick[T any](c *choices, right, odd []T) T {
	if b := c.next(); b < 248 || len(odd) == 0 {
		return right[b%len(right)]
	}
	return odd[c.next()%len(odd)]
}

// Targets that are near each other in every bad way, and those that are bad by
// themselves.
var (
	fuzzPlaces = []string{
		"/a", "/a/b", "/a/b/c", "/m", "/m/sub", "/m/file", "/home", "/home/x", "/shm", "/shm/x", "/z/y", "/z", "/y", "/ä", "/a b\n",
		"/" + strings.Repeat("n", 255), "/usr/share", "/usr/bin/env", "/x", "/w",
	}
	fuzzBadPlaces = []string{
		"/m/sub/x", "/m/file/x", "/m/none", "/m/link", "/m/link/x", "/usr", "/usr/bin", "/proc", "/proc/x", "/proc/self", "/bin/x", "/bin",
		"/.cover", "/victim", "/dev/null", "/dev", "", "/", "a", "a/b", "/..", "/a/../b", "/a/..", "//a", "/a/", "/a/./b", "/a\x00b", "/\xff",
		"/" + strings.Repeat("n", 256), strings.Repeat("/name", 900),
	}
)

// fuzzSpec makes a Spec that starts the shower with something odd about it.
func fuzzSpec(dir, exe string, c *choices) sandbox.Spec {
	s := hostView("/victim", showArg)
	s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: exe, Target: "/victim", File: true})
	for range c.next() % 3 {
		s.Dirs = append(s.Dirs, sandbox.Dir{Path: pick(c, fuzzPlaces, fuzzBadPlaces), Mode: pick(c, []uint32{0o755, 0o711, 0o1777}, []uint32{0o2755, 0o700})})
	}
	for range c.next() % 3 {
		s.Files = append(s.Files, sandbox.File{Path: pick(c, fuzzPlaces, fuzzBadPlaces), Data: pick(c, []string{"", "text\n", "\x00"}, []string{"\xff"})})
	}
	for range c.next() % 3 {
		s.Links = append(s.Links, sandbox.Link{Path: pick(c, fuzzPlaces, fuzzBadPlaces), Target: pick(c, []string{"/usr", "../..", "x"}, []string{"", "a\x00b", "\xff"})})
	}
	for range c.next() % 5 {
		s.Mounts = append(s.Mounts, fuzzMount(dir, c))
	}
	for range c.next() % 3 {
		s.Env = append(s.Env, pick(c, []string{"A=1", "B=", "E=a=b\nc", "F=ä"}, []string{"=x", "x", "", "A=2", "C=a\x00b", "D=\xff"}))
	}
	s.Dir = pick(c, []string{"/", "/usr"}, []string{"/a", "", "usr", "/usr/..", "/none", "/victim"})
	s.UID = pick(c, []int{1000, 0, 1, 1<<32 - 2}, []int{-1, 1<<32 - 1})
	s.GID = pick(c, []int{1000, 0, 1, 1<<32 - 2}, []int{-1, 1<<32 - 1})
	s.Umask = pick(c, []int{0o022, 0, 0o777}, []int{-1, 0o1000})
	s.HostName = pick(c, []string{"localhost", "", "ä", strings.Repeat("h", 64)}, []string{"a\x00", "\xff", strings.Repeat("h", 65)})
	s.DomainName = pick(c, []string{"(none)", ""}, []string{"\xff", strings.Repeat("d", 65)})
	s.OpenFiles = pick(c, []uint64{1024, 64, 1<<64 - 1}, []uint64{0, 1})
	s.Network = pick(c, []spec.Network{spec.NetworkLoopback, spec.NetworkNone}, []spec.Network{"x", ""})
	return s
}

func fuzzMount(dir string, c *choices) sandbox.Mount {
	m := sandbox.Mount{
		Kind:   pick(c, []spec.Kind{spec.Bind, spec.Bind, spec.Tmpfs, spec.Cover}, []spec.Kind{spec.Proc, spec.Device, "x"}),
		Target: pick(c, fuzzPlaces, fuzzBadPlaces),
		NoExec: c.next()%4 == 1,
	}
	switch m.Kind {
	case spec.Bind:
		m.Source = pick(c, []string{dir + "/d", dir + "/d/sub", dir + "/f"}, []string{dir + "/link", dir + "/none", "d", dir + "/d/../f", "", dir + "/\x00"})
		m.Writable, m.File = c.next()%3 == 1, c.next()%16 == 1
	case spec.Device:
		m.Source = pick(c, []string{"/dev/null", "/dev/zero"}, []string{dir + "/f", ""})
	case spec.Tmpfs:
		m.Size = pick(c, []int64{4096, 1 << 20, 1}, []int64{0, -1, 1<<63 - 1})
		m.Mode = pick(c, []uint32{0o755, 0o1777}, []uint32{0o4755, 0, 0o100000})
	}
	if c.next() >= 250 { // what the kind does not have
		m.Source, m.Size, m.Mode, m.Writable, m.File = dir+"/d", 1, 1, true, true
	}
	return m
}

// FuzzSpec: a run is refused with a reason, or what it shows is what the Spec
// says; and no directory of the caller's changes.
func FuzzSpec(f *testing.F) {
	for i := range 300 {
		random := rand.NewChaCha8([32]byte{byte(i), byte(i >> 8)})
		data := make([]byte, 64)
		if _, err := random.Read(data); err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	exe, err := os.Executable()
	if err != nil {
		f.Fatal(err)
	}
	var refusals, runs, compared int
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "d", "sub"), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"f", "d/file"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("content"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"link", "d/link"} {
			if err := os.Symlink("/etc", filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		before, err := surroundings(dir)
		if err != nil {
			t.Fatal(err)
		}
		s := fuzzSpec(dir, exe, &choices{data})
		out, result, err := try(t, s)
		after, afterErr := surroundings(dir)
		if afterErr != nil {
			t.Fatal(afterErr)
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("the caller's directories change:\n%s", diff)
		}
		if err != nil {
			refusals++
			t.Log(err)
			code, text := diag.ExitCode(err), err.Error()
			if code != diag.ExitIsolation && code != diag.ExitFailed || out != "" {
				t.Errorf("exit code %d: %s\n%s", code, text, out)
			}
			if strings.Contains(text, "its first process ended") {
				t.Errorf("the second stage crashed: %s", text)
			}
			if invalid := s.Validate(); invalid != nil && !strings.Contains(text, "as it is specified") {
				t.Errorf("an invalid specification got as far as: %s", text)
			}
			return
		}
		runs++
		var got shown
		if err := json.Unmarshal([]byte(out), &got); err != nil || result.ExitCode != 0 {
			if s.UID == 1000 && s.Umask == 0o022 { // others may be unable to read
				t.Fatalf("%v, %+v\n%s\n%+v", err, result, out, s)
			}
			return
		}
		compared++
		want, err := expected(s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-specified +shown:\n%s\n%+v", diff, s)
		}
	})
	f.Logf("%d refused, %d ran, of which %d could look at everything", refusals, runs, compared)
}
