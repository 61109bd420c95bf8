//go:build linux

package sandbox_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// The test binary plays three parts: the tests, the second stage of a run, and
// the victim inside a view that tries what it must not be able to do.
func TestMain(m *testing.M) {
	switch {
	case sandbox.IsChild(os.Args):
		sandbox.ChildMain()
	case len(os.Args) > 1 && os.Args[1] == victimArg:
		os.Exit(victimMain(os.Args[2:]))
	case len(os.Args) > 1 && os.Args[1] == parentArg:
		os.Exit(parentMain(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// hostView is a view with the host's programs, enough to run a shell.
func hostView(argv ...string) sandbox.Spec {
	s := sandbox.Spec{
		Argv: argv,
		Env:  []string{"PATH=/usr/bin:/bin", "HOME=/home"},
		Dir:  "/", UID: 1000, GID: 1000, HostName: "localhost", DomainName: "(none)",
		Umask: 0o022, OpenFiles: 1024, Network: spec.NetworkLoopback,
		Mounts: []sandbox.Mount{
			{Kind: spec.Bind, Source: "/usr", Target: "/usr"},
			{Kind: spec.Device, Source: "/dev/null", Target: "/dev/null"},
			{Kind: spec.Proc, Target: "/proc"},
		},
		Dirs: []sandbox.Dir{{Path: "/home", Mode: 0o755}},
	}
	for _, name := range []string{"bin", "lib", "lib64"} {
		if target, err := os.Readlink("/" + name); err == nil {
			s.Links = append(s.Links, sandbox.Link{Path: "/" + name, Target: target})
		} else if _, err := os.Stat("/" + name); err == nil {
			s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: "/" + name, Target: "/" + name})
		}
	}
	return s
}

func shell(script string) sandbox.Spec { return hostView("/bin/sh", "-c", script) }

// run runs s and returns what it printed to both streams.
func run(t *testing.T, s sandbox.Spec) (string, sandbox.Result) {
	t.Helper()
	out, result, err := try(t, s)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return out, result
}

func try(t *testing.T, s sandbox.Spec) (string, sandbox.Result, error) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	s.Stdin, s.Stdout, s.Stderr = null, w, w
	var out bytes.Buffer
	copied := make(chan error, 1)
	go func() { _, err := io.Copy(&out, r); copied <- err }()
	result, err := sandbox.Run(context.Background(), sandbox.Namespaces, s)
	w.Close()
	if err := <-copied; err != nil {
		t.Error(err)
	}
	return out.String(), result, err
}

// TestIdentity shows what the command is told about itself and the machine.
// Descriptor 3 is the shell's own, for the directory it lists.
func TestIdentity(t *testing.T) {
	out, _ := run(t, shell(`id -u; id -g; uname -n; umask; ulimit -n; ulimit -c; ls /; ls /home /dev; pwd
		grep -E '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status | tr '\t' ' '
		cd /proc/self/fd && echo *; readlink 0; ls /proc | grep -v '^[0-9]' | tr '\n' ' '`))
	want := `1000
1000
localhost
0022
1024
0
bin
dev
home
lib
lib64
proc
usr
/dev:
null

/home:
/
CapInh: 0000000000000000
CapPrm: 0000000000000000
CapEff: 0000000000000000
CapBnd: 0000000000000000
CapAmb: 0000000000000000
NoNewPrivs: 1
Seccomp: 2
0 1 2 3
/dev/null
self thread-self `
	if out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}

// TestReadOnly: nothing that is not declared writable can be written, and what
// is can.
func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	s := shell(`for f in /x /usr/x /home/x /bin/x /proc/x /dev/x; do
		(echo > $f) 2>/dev/null && echo "wrote $f"; done
		touch /usr/bin/env 2>/dev/null && echo touched; chmod 777 /usr 2>/dev/null && echo chmodded
		echo kept > /out/file; echo $?`)
	s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: dir, Target: "/out", Writable: true})
	out, _ := run(t, s)
	if out != "0\n" {
		t.Errorf("got %q", out)
	}
	if data, err := os.ReadFile(dir + "/file"); err != nil || string(data) != "kept\n" {
		t.Errorf("%q, %v", data, err)
	}
}

// TestCover: what lies under a cover is not seen, be it a directory or a file.
func TestCover(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"secret/inner", "file"} {
		if err := os.MkdirAll(dir+"/secret", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/"+name, []byte("secret"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := shell(`ls -A /w/secret; cat /w/file; (echo > /w/secret/x) 2>/dev/null || echo refused; (echo > /w/file) 2>/dev/null || echo refused`)
	s.Mounts = append(s.Mounts,
		sandbox.Mount{Kind: spec.Bind, Source: dir, Target: "/w"},
		sandbox.Mount{Kind: spec.Cover, Target: "/w/secret"},
		sandbox.Mount{Kind: spec.Cover, Target: "/w/file"})
	if out, _ := run(t, s); out != "refused\nrefused\n" {
		t.Errorf("got %q", out)
	}
}

// TestSources: a source that cannot be what was planned stops the run (P07,
// E10).
func TestSources(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/etc", dir+"/link"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		mount sandbox.Mount
		want  string
	}{
		{"missing", sandbox.Mount{Kind: spec.Bind, Source: dir + "/none", Target: "/w"}, "no such file"},
		{"link", sandbox.Mount{Kind: spec.Bind, Source: dir + "/link", Target: "/w"}, "symbolic link"},
		{"not a device", sandbox.Mount{Kind: spec.Device, Source: "/dev/zero", Target: "/dev/full"}, "not the device"},
		{"place through a link", sandbox.Mount{Kind: spec.Bind, Source: "/usr", Target: "/w/link/usr"}, "/w/link/usr"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shell("echo ran")
			s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: dir, Target: "/w"}, c.mount)
			out, _, err := try(t, s)
			if err == nil || !strings.Contains(err.Error(), c.want) || out != "" {
				t.Errorf("got %v, printed %q, want an error with %q", err, out, c.want)
			}
		})
	}
}

// TestExitCodes: how the command ended comes out unchanged (P13).
func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		script       string
		code, signal int
	}{
		{"exit 0", 0, 0}, {"exit 1", 1, 0}, {"exit 42", 42, 0}, {"exit 101", 101, 0},
		{"kill -SEGV $$", 139, 11}, {"kill -KILL $$", 137, 9}, {"kill -TERM $$", 143, 15},
	} {
		_, result := run(t, shell(c.script))
		if result.ExitCode != c.code || int(result.Signal) != c.signal {
			t.Errorf("%s: %+v", c.script, result)
		}
	}
	if _, _, err := try(t, hostView("/usr/bin/no-such-program")); err == nil {
		t.Error("a missing program is not an error")
	}
}
