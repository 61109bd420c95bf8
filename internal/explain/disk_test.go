//go:build linux

package explain

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// small is a world of a root and a system layer, and a host beside it.
func small(t *testing.T) (d *Disk, root, layer string) {
	t.Helper()
	root, layer, host := t.TempDir(), t.TempDir(), t.TempDir()
	for name, data := range map[string]string{
		layer + "/usr/bin/perl": "", layer + "/etc/alternatives/x": "", host + "/usr/bin/tool": "", host + "/own/bin/mine": "",
		root + "/gen.pl": "#!/usr/bin/perl -w\n", root + "/gen.sh": "#! /bin/sh\n", root + "/none": "", root + "/relative": "#!perl\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(data), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{
		layer + "/usr/bin/awk": "/etc/alternatives/awk", layer + "/etc/alternatives/awk": "/usr/bin/perl",
		layer + "/usr/bin/round": "round", root + "/out": "/etc", root + "/alias.pl": "gen.pl", root + "/up": "../../../../../../etc/passwd",
	} {
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
	return &Disk{
		Env: map[string]string{"PATH": "/own/bin::relative:/usr/bin", "SET": ""}, System: host,
		Mounts: []Mount{{"/usr", layer + "/usr"}, {"/etc", layer + "/etc"}, {"/hermetic/root", root}, {"/hermetic/root/.git", ""}},
		Links:  map[string]string{"/bin": "usr/bin"},
	}, root, layer
}

func TestInside(t *testing.T) {
	d, _, _ := small(t)
	for name, want := range map[string]bool{
		"/usr/bin/perl": true, "/bin/perl": true, "/usr/bin/awk": true, "/bin/../bin/awk": true, "/usr/bin": true, "/hermetic": true, "/": true,
		"/usr/bin/python3": false, "/usr/bin/round": false, "/opt/x": false, "/usr/local/bin/perl": false, "/hermetic/root/gen.pl": true,
		"/hermetic/root/out/alternatives/x": true, "/hermetic/root/up": false, "/hermetic/root/.git/HEAD": false,
	} {
		if got := d.Inside(name); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestInterpreter(t *testing.T) {
	d, root, _ := small(t)
	if err := syscall.Mkfifo(filepath.Join(root, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"gen.pl": "/usr/bin/perl", "alias.pl": "/usr/bin/perl", "gen.sh": "/bin/sh", "none": "", "relative": "", "gone": "",
		"fifo": "", "out": "", "up": "", ".git": "",
	} {
		if got := d.Interpreter("/hermetic/root/" + name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestLoader reads a real program, and the same cut at every byte.
func TestLoader(t *testing.T) {
	program, err := exec.LookPath("env")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	got := interpreterOf(data[:min(len(data), headSize)])
	if _, err := os.Stat(got); err != nil || !filepath.IsAbs(got) {
		t.Skipf("%s of this host is static, or of a form that is not known on %s: %q", program, runtime.GOARCH, got)
	}
	for n := range headSize {
		if part := interpreterOf(data[:min(n, len(data))]); part != "" && part != got {
			t.Fatalf("of %d bytes: %q", n, part)
		}
	}
}

func FuzzInterpreter(f *testing.F) {
	for _, program := range []string{"/bin/sh", "/usr/bin/env"} {
		if data, err := os.ReadFile(program); err == nil {
			f.Add(data[:min(len(data), headSize)])
		}
	}
	f.Add([]byte("#! /bin/sh -e"))
	f.Fuzz(func(t *testing.T, head []byte) {
		if got := interpreterOf(head); got != "" && (!filepath.IsAbs(got) || filepath.Clean(got) != got) {
			t.Errorf("%q", got)
		}
	})
}

func TestDiskOfTheHost(t *testing.T) {
	d, _, _ := small(t)
	type answer struct{ There, Dir bool }
	for name, want := range map[string]answer{
		"/usr/bin/tool": {true, false}, "/usr/bin": {true, true}, "/usr/bin/gone": {}, "usr/bin/tool": {}, "/usr/bin/tool/x": {}, "/x\x00y": {},
	} {
		there, dir := d.Exists(name)
		if diff := cmp.Diff(want, answer{there, dir}); diff != "" {
			t.Errorf("%q (-want +got):\n%s", name, diff)
		}
	}
	for name, want := range map[string]string{"mine": "/own/bin/mine", "tool": "/usr/bin/tool", "gone": "", "": "", "..": "", "bin/mine": ""} {
		if got := d.Program(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
	if !d.Variable("SET") || d.Variable("UNSET") {
		t.Error("a variable that is set to nothing is set")
	}
}
