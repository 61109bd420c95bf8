//go:build linux

package sandbox_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// anotherScript says line by line what a machine may have another of. The number is
// the shell's own, of which it is sure; the address is where its first segment lies.
const anotherScript = `uname -r
cat /proc/sys/kernel/osrelease
grep MemTotal /proc/meminfo
stat -f -c %b /near
cat /proc/uptime
cat /proc/sys/kernel/random/boot_id
echo $$
read -r where rest < /proc/self/maps; echo $where
ls -U /near /far | tr '\n' ' '; echo
ls -U /near/below`

// TestAnother: each part of another machine is what programs see, all of what it
// has and nothing else; and without any, two runs are the same.
func TestAnother(t *testing.T) {
	near, far := t.TempDir(), t.TempDir()
	for _, name := range []string{"near/elm", "near/ash", "near/below/oak", "near/below/fir", "far/yew", "far/box"} {
		top, rest, _ := strings.Cut(name, "/")
		file := filepath.Join(map[string]string{"near": near, "far": far}[top], rest)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	look := func(t *testing.T, a sandbox.Another) []string {
		t.Helper()
		s := shell(anotherScript)
		s.Mounts = append(s.Mounts,
			sandbox.Mount{Kind: spec.Bind, Source: near, Target: "/near"},
			sandbox.Mount{Kind: spec.Bind, Source: far, Target: "/far"})
		s.Determinism = &sandbox.Determinism{Clock: sandbox.ClockHeld, CPU: "host", Another: a}
		out, result := run(t, s)
		if result.ExitCode != 0 {
			t.Fatalf("exit code %d\n%s", result.ExitCode, out)
		}
		if slices.ContainsFunc(result.Weaker, func(w string) bool { return strings.Contains(w, "ns_last_pid") }) {
			t.Skipf("this kernel lets nobody number processes: %q", result.Weaker)
		}
		return strings.Split(strings.TrimSpace(out), "\n")
	}
	usual := look(t, sandbox.Another{})
	want := []string{"6.1.0", "6.1.0", "MemTotal:        8388608 kB", "268435456", "3600.00 3600.00", "00000000-0000-4000-8000-000000000000", "100", usual[7],
		"/near: ash below elm  /far: box yew ", "fir", "oak"}
	if diff := cmp.Diff(want, usual); diff != "" {
		t.Fatalf("the usual machine (-want +got)\n%s", diff)
	}
	for _, c := range []struct {
		name    string
		another sandbox.Another
		want    map[int]string
	}{
		{"none", sandbox.Another{}, nil},
		{"kernel", sandbox.Another{Kernel: true}, map[int]string{0: "5.10.0", 1: "5.10.0"}},
		{"memory", sandbox.Another{Memory: true}, map[int]string{2: "MemTotal:       25165824 kB", 3: "402653184"}},
		{"start", sandbox.Another{Start: true}, map[int]string{4: "700000.00 700000.00", 5: "11111111-1111-4111-9111-111111111111"}},
		{"numbers", sandbox.Another{Numbers: 5000}, map[int]string{6: "5000"}},
		{"order", sandbox.Another{Backwards: []string{"/near"}}, map[int]string{8: "/near: elm below ash  /far: box yew ", 9: "oak", 10: "fir"}},
		{"order below", sandbox.Another{Backwards: []string{"/near/below", "/fa"}}, map[int]string{9: "oak", 10: "fir"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := slices.Clone(usual)
			for line, text := range c.want {
				want[line] = text
			}
			if diff := cmp.Diff(want, look(t, c.another)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	t.Run("addresses", func(t *testing.T) {
		// Of 2^28 places, twice the usual one is no chance.
		first, second := look(t, sandbox.Another{Addresses: true}), look(t, sandbox.Another{Addresses: true})
		if first[7] == usual[7] && second[7] == usual[7] {
			t.Errorf("programs lie at %s, as without", usual[7])
		}
		first[7] = usual[7]
		if diff := cmp.Diff(usual, first); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}
