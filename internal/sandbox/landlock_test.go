//go:build linux

package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// inLandlock makes parentMain run its shell in isolation `landlock`.
const inLandlock = "in-landlock"

// inPlace is a view for the isolation `landlock`: the host's programs where
// they are, a project and an output directory at places of their own.
func inPlace(t *testing.T, argv ...string) (s sandbox.Spec, project, out string) {
	t.Helper()
	dir := t.TempDir()
	project, out = filepath.Join(dir, "above", "project"), filepath.Join(dir, "out")
	scratch := filepath.Join(dir, "scratch")
	for path, text := range map[string]string{
		"above/secret":           "secret",
		"above/project/file":     "content",
		"above/project/.git/x":   "hidden",
		"above/project/sub/deep": "deep",
	} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []string{out, scratch} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s = hostView(argv...)
	s.Network = spec.NetworkNone
	s.Scratch = scratch
	s.Dir = "/view/project"
	s.Env = append(s.Env, "PROJECT=/view/project", "OUT=/view/out", "CONFIG=/view/config")
	s.Mounts = append(s.Mounts,
		sandbox.Mount{Kind: spec.Bind, Source: project, Target: "/view/project"},
		sandbox.Mount{Kind: spec.Cover, Target: "/view/project/.git"},
		sandbox.Mount{Kind: spec.Bind, Source: out, Target: "/view/out", Writable: true})
	s.Files = []sandbox.File{{Path: "/view/config", Data: "out=/view/out\n"}, {Path: "/etc/passwd", Data: "builder:x:1000:1000::/view/home:/bin/false\n"}}
	s.Dirs = []sandbox.Dir{{Path: "/view/home", Mode: 0o755}}
	return s, project, out
}

func runIn(t *testing.T, i sandbox.Isolation, s sandbox.Spec) (string, sandbox.Result, error) {
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
	result, err := sandbox.Run(context.Background(), i, s)
	w.Close()
	if err := <-copied; err != nil {
		t.Error(err)
	}
	return out.String(), result, err
}

// TestLandlockView shows what a command finds: what the Spec names, at the
// places of the host, and nothing else; and what it can change: its outputs.
func TestLandlockView(t *testing.T) {
	s, project, out := inPlace(t, "/bin/sh", "-c", `
		cat file sub/deep; echo
		[ "$PROJECT" = "$(pwd)" ] && echo same place
		[ "$(cat "$CONFIG")" = "out=$OUT" ] && echo same config
		cat /etc/passwd; uname -n
		for p in .git .git/x ../secret ../../nothing /etc/shadow /etc/hostname /root /home/x /sys /proc/cpuinfo /proc/1 /proc/1/cmdline /dev/tty; do
			[ -e "$p" ] && echo "found $p"; done
		cat .git/x ../secret 2>&1 | grep -c 'No such file'
		ls .. 2>/dev/null && echo listed above
		echo written > "$OUT/result"; chmod 751 "$OUT/result"; touch -d 2001-02-03T04:05:06Z "$OUT/result"; stat -c '%a %Y' "$OUT/result"
		chmod 700 file 2>/dev/null && echo mode; touch file 2>/dev/null && echo times; (echo x > file) 2>/dev/null && echo content
		rm -f file 2>/dev/null && echo removed; mv file "$OUT" 2>/dev/null && echo moved; ln file "$OUT/l" 2>/dev/null && echo linked
		ln -s "$PROJECT/file" "$OUT/link"; chmod 700 "$OUT/link" 2>/dev/null && echo mode by link; touch "$OUT/link" 2>/dev/null && echo times by link
		cat /proc/self/comm; [ -d /proc/$$ ] && echo own
		kill -0 1 2>/dev/null && echo signalled
		grep -E '^(CapPrm|CapEff|NoNewPrivs|Seccomp):' /proc/self/status | tr '\t' ' '
		cd /proc/self/fd && echo *`)
	text, result, err := runIn(t, sandbox.Landlock, s)
	if err != nil || result.ExitCode != 0 {
		t.Fatalf("%v %+v\n%s", err, result, text)
	}
	want := `contentdeep
same place
same config
builder:x:1000:1000::/view/home:/bin/false
localhost
2
751 981173106
cat
own
CapPrm: 0000000000000000
CapEff: 0000000000000000
NoNewPrivs: 1
Seccomp: 2
0 1 2 3
`
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(result.Weaker) == 0 {
		t.Error("nothing is reported as weaker")
	}
	if got := read(t, filepath.Join(out, "result")); got != "written\n" {
		t.Errorf("result %q", got)
	}
	if info, err := os.Stat(filepath.Join(project, "file")); err != nil || info.Mode() != 0o644 {
		t.Errorf("%v, %v", info, err)
	}
	if got := read(t, filepath.Join(project, "file")); got != "content" {
		t.Errorf("file %q", got)
	}
}

// TestLandlockLeavesNobody: what a command leaves behind ends with it, also a
// process that has made itself independent.
func TestLandlockLeavesNobody(t *testing.T) {
	mark := "6543217"
	s, _, _ := inPlace(t, "/bin/sh", "-c", "setsid sleep "+mark+" >/dev/null 2>&1 & (sleep "+mark+" & sleep "+mark+" &) >/dev/null 2>&1; echo started")
	text, result, err := runIn(t, sandbox.Landlock, s)
	if err != nil || result.ExitCode != 0 || text != "started\n" {
		t.Fatalf("%v %+v\n%s", err, result, text)
	}
	if n := running(t, mark); n != 0 {
		t.Errorf("%d processes are left", n)
	}
}

// TestLandlockCancelled: a run that is given up leaves nobody either.
func TestLandlockCancelled(t *testing.T) {
	mark := "7654321"
	s, _, out := inPlace(t, "/bin/sh", "-c", "sleep "+mark+" & echo > $OUT/started; wait")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for {
			if _, err := os.Stat(filepath.Join(out, "started")); err == nil {
				cancel()
				return
			}
			runtime.Gosched()
		}
	}()
	if _, err := sandbox.Run(ctx, sandbox.Landlock, s); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if n := running(t, mark); n != 0 {
		t.Errorf("%d processes are left", n)
	}
}

// TestLandlockInLandlock: the kernel has one supervisor a process, so a run in
// a run is refused by name.
func TestLandlockInLandlock(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s, _, _ := inPlace(t, exe, parentArg, inLandlock, "echo inside")
	s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: exe, Target: exe, File: true})
	text, result, err := runIn(t, sandbox.Landlock, s)
	if err != nil || result.ExitCode != 1 || !strings.Contains(text, "isolation `landlock` is not available on this host") {
		t.Errorf("%v %+v\n%s", err, result, text)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
