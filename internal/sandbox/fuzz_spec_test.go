//go:build linux

package sandbox_test

import (
	"encoding/json"
	"errors"
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

func pick[T any](c *choices, from []T) T { return from[c.next()%len(from)] }

// fuzzPlaces are targets that are near each other in every bad way.
var fuzzPlaces = []string{
	"/a", "/a/b", "/a/b/c", "/m", "/m/sub", "/m/sub/x", "/m/file", "/m/file/x", "/m/none", "/m/link", "/m/link/x", "/usr", "/usr/bin",
	"/proc", "/proc/x", "/proc/self", "/bin/x", "/bin", "/home", "/home/x", "/shm", "/shm/x", "/.cover", "/victim", "/dev/null", "/dev",
	"", "/", "a", "a/b", "/..", "/a/../b", "/a/..", "//a", "/a/", "/a/./b", "/a\x00b", "/\xff", "/ä", "/a b\n",
	"/" + strings.Repeat("n", 255), "/" + strings.Repeat("n", 256), strings.Repeat("/name", 900),
}

// fuzzSpec makes a Spec that starts the shower with something odd about it.
func fuzzSpec(dir, exe string, c *choices) sandbox.Spec {
	s := hostView("/victim", showArg)
	s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: exe, Target: "/victim", File: true})
	sources := []string{dir + "/d", dir + "/d/sub", dir + "/f", dir + "/link", dir + "/none", "d", dir + "/d/../f", "", "/dev/null", "/dev/zero", dir + "/\x00"}
	for range c.next() % 6 {
		m := sandbox.Mount{
			Kind: pick(c, []spec.Kind{spec.Bind, spec.Bind, spec.Tmpfs, spec.Cover, spec.Proc, spec.Device, "x"}), Target: pick(c, fuzzPlaces),
			Writable: c.next()%4 == 1, NoExec: c.next()%4 == 1, File: c.next()%8 == 1,
		}
		switch {
		case m.Kind == spec.Bind || m.Kind == spec.Device || c.next()%16 == 1:
			m.Source = pick(c, sources)
		case m.Kind == spec.Tmpfs:
			m.Size = pick(c, []int64{4096, 1 << 20, 1, 0, -1, 1<<63 - 1})
			m.Mode = pick(c, []uint32{0o755, 0o1777, 0o4755, 0})
		}
		s.Mounts = append(s.Mounts, m)
	}
	for range c.next() % 3 {
		s.Dirs = append(s.Dirs, sandbox.Dir{Path: pick(c, fuzzPlaces), Mode: pick(c, []uint32{0o755, 0o700, 0o1777, 0o2755})})
	}
	for range c.next() % 3 {
		s.Files = append(s.Files, sandbox.File{Path: pick(c, fuzzPlaces), Data: pick(c, []string{"", "text\n", "\x00", "\xff"})})
	}
	for range c.next() % 3 {
		s.Links = append(s.Links, sandbox.Link{Path: pick(c, fuzzPlaces), Target: pick(c, []string{"/usr", "../..", "x", "", "a\x00b", "\xff"})})
	}
	for range c.next() % 3 {
		s.Env = append(s.Env, pick(c, []string{"A=1", "A=2", "B=", "=x", "x", "", "C=a\x00b", "D=\xff", "E=a=b\nc"}))
	}
	s.Dir = pick(c, []string{"/", "/usr", "/a", "", "usr", "/usr/..", "/none", "/victim"})
	s.UID = pick(c, []int{1000, 0, 1, -1, 1<<32 - 2, 1<<32 - 1})
	s.GID = pick(c, []int{1000, 0, 1, -1, 1<<32 - 2, 1<<32 - 1})
	s.Umask = pick(c, []int{0o022, 0, 0o777, -1, 0o1000})
	s.HostName = pick(c, []string{"localhost", "", "a\x00", strings.Repeat("h", 64), strings.Repeat("h", 65)})
	s.DomainName = pick(c, []string{"(none)", "", "\xff", strings.Repeat("d", 65)})
	s.OpenFiles = pick(c, []uint64{1024, 64, 0, 1<<64 - 1})
	s.Network = pick(c, []spec.Network{spec.NetworkLoopback, spec.NetworkNone, "x"})
	return s
}

// FuzzSpec: a run is refused with a reason, or what it shows is what the Spec
// says; and no directory of the caller's changes.
func FuzzSpec(f *testing.F) {
	for _, seed := range []string{
		"", "\x01\x00\x03\x00\x00\x00\x00", "\x02\x00\x03\x00\x00\x00\x00\x00\x08\x01\x00\x00\x01", "\x01\x03\x16", "\x01\x02\x14\x00\x00\x00\x01\x00",
		"\x02\x00\x03\x01\x00\x00\x00\x00\x08\x00\x00\x00\x00", "\x00\x01\x16\x00\x01\x16\x01\x00\x16", "\x03\x00\x03\x00\x00\x00\x00\x03\x04\x00\x00\x00\x00\x03\x06\x00\x00\x00\x00",
	} {
		f.Add([]byte(seed))
	}
	for i := range 160 { // every choice of the first mount, and the rest at all sorts of phases
		f.Add([]byte{1 + byte(i%5), byte(i), byte(i * 7), byte(i / 3), byte(i / 5), 0, byte(i), byte(i / 2), byte(i * 3), 0, byte(i % 3), byte(i), 0, byte(i % 3), byte(i * 5)})
	}
	exe, err := os.Executable()
	if err != nil {
		f.Fatal(err)
	}
	refusals, runs := 0, 0
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
			code, text := diag.ExitCode(err), err.Error()
			if code != diag.ExitIsolation && code != diag.ExitFailed || out != "" || errors.Is(err, os.ErrProcessDone) {
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
		want, err := expected(s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-specified +shown:\n%s\n%+v", diff, s)
		}
	})
	f.Logf("%d refused, %d ran", refusals, runs)
}
