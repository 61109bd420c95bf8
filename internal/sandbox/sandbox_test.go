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

func TestMain(m *testing.M) {
	if sandbox.IsChild(os.Args) {
		sandbox.ChildMain()
	}
	os.Exit(m.Run())
}

// hostView is a view with the host's programs, enough to run a shell.
func hostView(t *testing.T, script string) sandbox.Spec {
	t.Helper()
	s := sandbox.Spec{
		Argv: []string{"/bin/sh", "-c", script},
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

// run runs s and returns what it printed to both streams.
func run(t *testing.T, s sandbox.Spec) (string, sandbox.Result) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	s.Stdin, s.Stdout, s.Stderr = null, w, w
	var out bytes.Buffer
	copied := make(chan struct{})
	go func() { io.Copy(&out, r); close(copied) }()
	result, err := sandbox.Run(context.Background(), sandbox.Namespaces, s)
	w.Close()
	<-copied
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return out.String(), result
}

func TestView(t *testing.T) {
	out, result := run(t, hostView(t, `
id -u; id -g; hostname; umask; ulimit -n; ls /
grep -E '^(CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status
ls /proc/self/fd | wc -l
echo x > /usr/x || true; echo x > /x || true; mkdir /home/x || true
unshare -Ur true || true
cat /proc/self/mountinfo
exit 42`))
	t.Log(out)
	if result.ExitCode != 42 {
		t.Errorf("exit code %d", result.ExitCode)
	}
	if !strings.Contains(out, "Read-only file system") {
		t.Error("something was writable")
	}
}
