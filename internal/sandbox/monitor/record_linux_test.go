package monitor

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// rooted is a monitor whose view is a directory.
func rooted(t *testing.T, o Options, root string) *Monitor {
	t.Helper()
	o.Record = io.Discard
	m, err := newMonitor(o, func() { t.Error("it ends the run") })
	if err != nil {
		t.Fatal(err)
	}
	if m.root, err = unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// TestResolve: where a path ends as the kernel follows it, and of what is not there,
// where it would be. Nothing leads out of the view.
func TestResolve(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"usr/lib", "w/src"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"lib": "usr/lib", "w/up": "..", "w/out": "../../../../usr", "w/abs": "/usr", "w/loop": "loop", "w/dangling": "/usr/none/file"} {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "usr/lib/libc.so"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	m := rooted(t, Options{}, root)
	for _, c := range []struct {
		name, want string
		outcome    observation.Outcome
	}{
		{"/usr/lib/libc.so", "/usr/lib/libc.so", observation.Found},
		{"/lib/libc.so", "/usr/lib/libc.so", observation.Found},
		{"/lib/../bin", "/usr/bin", observation.Absent}, // `..` of where the link leads
		{"/w/up/w/./src//", "/w/src", observation.Found},
		{"/w/out/lib/libc.so", "/usr/lib/libc.so", observation.Found},
		{"/w/abs/lib", "/usr/lib", observation.Found},
		{"/../../..", "/", observation.Found},
		{"/w/loop", "/w/loop", observation.Refused},
		{"/lib/none/deeper/still", "/usr/lib/none/deeper/still", observation.Absent},
		{"/none", "/none", observation.Absent},
		{"/usr//none/./deeper/still/", "/usr/none/deeper/still", observation.Absent}, // no link on the way
		{"/usr/none/../lib", "/usr/lib", observation.Absent},
		{"/w/src/file/", "/w/src/file", observation.Absent},
		{"/proc/self/exe", "/proc/self/exe", observation.Found},
	} {
		got, outcome := m.resolve(c.name)
		// The view's root is a directory of the host here, so the kernel says where that is.
		if len(got) >= len(root) && got[:len(root)] == root {
			got = got[len(root):]
		}
		if got != c.want || outcome != c.outcome {
			t.Errorf("%s: got %q, %s; want %q, %s", c.name, got, outcome, c.want, c.outcome)
		}
	}
}

func TestFrozen(t *testing.T) {
	m := &Monitor{options: Options{Writable: []string{"/w/target", "/tmp"}}}
	for place, want := range map[string]bool{"/w/target": false, "/w/target/x": false, "/w/targets": true, "/w": true, "/tmp/x": false, "/": true} {
		if got := m.frozen(place); got != want {
			t.Errorf("%s: %t", place, got)
		}
	}
	if (&Monitor{}).frozen("/") {
		t.Error("of an ordinary command nothing is known")
	}
}

// TestFresh: once for each thing and program, and no more than there is room for.
func TestFresh(t *testing.T) {
	m := rooted(t, Options{}, "/")
	one := &process{program: &program{Process: observation.Process{ID: 1}, seen: map[uint64]struct{}{}}}
	two := &process{program: &program{Process: observation.Process{ID: 2}, seen: map[uint64]struct{}{}}}
	none := &process{program: &program{seen: map[uint64]struct{}{}}}
	var got []bool
	for _, c := range []struct {
		by   *process
		op   observation.Op
		name string
	}{
		{one, observation.Open, "/a"}, {one, observation.Open, "/a"}, {one, observation.Look, "/a"}, {one, observation.Open, "/b"},
		{two, observation.Open, "/a"}, {none, observation.Open, "/a"},
	} {
		got = append(got, m.fresh(c.by, c.op, c.name))
	}
	if diff := cmp.Diff([]bool{true, false, true, true, true, false}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for i := range maxSeen + 1000 {
		m.fresh(one, observation.Look, fmt.Sprint(i))
	}
	if len(one.program.seen) != maxSeen || m.dropped != 1003 {
		t.Errorf("%d are kept and %d dropped, want %d and 1003", len(one.program.seen), m.dropped, maxSeen)
	}
	if !m.fresh(two, observation.Look, "/c") {
		t.Error("another program has no room")
	}
	m.recorded = maxRecorded
	if m.fresh(two, observation.Look, "/d") || m.dropped != 1004 {
		t.Error("there is no end to all programs together")
	}
}

// TestSocketPlace reads struct sockaddr.
func TestSocketPlace(t *testing.T) {
	offline := &Monitor{options: Options{Offline: true}}
	for _, c := range []struct {
		name    string
		data    []byte
		want    string
		outcome observation.Outcome
	}{
		{"IPv4", []byte{2, 0, 0x01, 0xbb, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0}, "192.0.2.1:443", observation.Refused},
		{"loopback", []byte{2, 0, 0, 80, 127, 0, 0, 1}, "127.0.0.1:80", observation.Found},
		{"IPv6", append([]byte{10, 0, 0, 53, 0, 0, 0, 0, 0x20, 0x01, 0x0d, 0xb8}, make([]byte, 16)...), "[2001:db8::]:53", observation.Refused},
		{"IPv4, cut", []byte{2, 0, 0x01, 0xbb, 192, 0, 2}, "", ""},
		{"IPv6, cut", append([]byte{10, 0}, make([]byte, 21)...), "", ""},
		{"local, relative", []byte("\x01\x00socket\x00rest"), "socket", observation.Found},
		{"local, abstract", []byte("\x01\x00\x00name"), "", ""},
		{"local, none", []byte{1, 0}, "", ""},
		{"another family", []byte{16, 0, 1, 2, 3, 4, 5, 6}, "", ""},
	} {
		if got, outcome := offline.socketPlace(c.data); got != c.want || outcome != c.outcome {
			t.Errorf("%s: got %q, %q; want %q, %q", c.name, got, outcome, c.want, c.outcome)
		}
	}
}
