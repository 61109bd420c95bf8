//go:build linux

package sandbox_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

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
// places of the host, and nothing else.
func TestLandlockView(t *testing.T) {
	s, project, out := inPlace(t, "/bin/sh", "-c", `
		cat file sub/deep; echo; [ "$PROJECT" = "$(pwd)" ] && echo same place
		cat "$CONFIG"; cat /etc/passwd; uname -n
		for p in .git .git/x ../secret ../.. ../../nothing /etc/shadow /etc/hostname /root /home/x /sys /proc/cpuinfo /proc/1/cmdline; do
			[ -e "$p" ] && echo "found $p"; done
		cat .git/x ../secret 2>&1 | grep -c 'No such file'
		echo written > "$OUT/result"; chmod 751 "$OUT/result"; touch -d 2001-02-03T04:05:06Z "$OUT/result"
		stat -c '%a %Y' "$OUT/result"
		chmod 700 file 2>&1; touch file 2>&1; echo x 2>&1 > file; rm -f file; mv file "$OUT" 2>&1; ln file "$OUT/l" 2>&1
		cat /proc/self/comm; [ -d /proc/$$ ] && echo own; kill -0 1 2>&1 || kill -0 `+"`cat /proc/sys/kernel/ns_last_pid 2>/dev/null`"+` 2>/dev/null
		grep -E '^(CapPrm|CapEff|NoNewPrivs|Seccomp):' /proc/self/status | tr '\t' ' '
		cd /proc/self/fd && echo *`)
	text, result, err := runIn(t, sandbox.Landlock, s)
	if err != nil || result.ExitCode != 0 {
		t.Fatalf("%v %+v\n%s", err, result, text)
	}
	t.Log(text)
	if len(result.Weaker) == 0 {
		t.Error("nothing is reported as weaker")
	}
	want, err := os.ReadFile(filepath.Join(out, "result"))
	if err != nil || string(want) != "written\n" {
		t.Errorf("%q, %v", want, err)
	}
	if diff := cmp.Diff("content", read(t, filepath.Join(project, "file"))); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(text, "found ..\n") {
		t.Error("x")
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
