package verify

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
)

// The test binary is also what package sandbox starts.
func TestMain(m *testing.M) {
	if sandbox.IsChild(os.Args) {
		sandbox.ChildMain()
	}
	os.Exit(m.Run())
}

// inSandbox is any program in the place of diffoscope; it skips where the host has no
// such sandbox.
func inSandbox(t *testing.T, program string) *diffoscope {
	t.Helper()
	f := &diffoscope{program: program, dir: t.TempDir()}
	_, err := (&diffoscope{program: "/bin/true"}).run(t.Context(), startTime, nil)
	if d := (*diag.Diagnostic)(nil); errors.As(err, &d) && d.Exit == diag.ExitIsolation {
		t.Skipf("this host cannot isolate a program: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// realDiffoscope is the real one, started as `verify --diffoscope` starts it.
func realDiffoscope(t *testing.T) *diffoscope {
	t.Helper()
	path := os.Getenv("PATH")
	if findDiffoscope(path) == "" {
		t.Skip("diffoscope is not installed on this host below /usr (Debian: diffoscope-minimal)")
	}
	inSandbox(t, "/bin/true")
	f, err := startDiffoscope(t.Context(), &build.Host{Env: map[string]string{"PATH": path}}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// packed is an output of a build that nothing here opens: a text, by xz.
func packed(t *testing.T, text string) *built {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "debug", "data.xz")
	xz := exec.Command("xz", "--stdout", "--compress", "-")
	xz.Stdin = strings.NewReader(text)
	data, err := xz.Output()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("this host has no xz to make a file with")
	}
	if err == nil {
		err = os.Mkdir(filepath.Dir(name), 0o700)
	}
	if err == nil {
		err = os.WriteFile(name, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &built{dir: dir}
}

// TestDiffoscope: it reads what we do not, and what it says is in all forms of the
// report; without being asked for it is only offered.
func TestDiffoscope(t *testing.T) {
	f := realDiffoscope(t)
	first, second := packed(t, "built in 2001\nby somebody\n"), packed(t, "built in 2002\nby somebody\n")
	var r Report
	if err := r.compare(first, second); err != nil {
		t.Fatal(err)
	}
	v := &verification{host: &build.Host{Env: map[string]string{"PATH": os.Getenv("PATH")}}}
	if err := v.lookFurther(t.Context(), &r); err != nil {
		t.Fatal(err)
	}
	if !r.NotAsked || !strings.Contains(r.Text(), "`--diffoscope` has diffoscope look further") || strings.Contains(r.Text(), "2001") {
		t.Errorf("it is not offered, or it ran:\n%s", r.Text())
	}
	r.NotAsked, v.further = false, f
	if err := v.lookFurther(t.Context(), &r); err != nil {
		t.Fatal(err)
	}
	further := r.Differences[0].Further
	if further == nil || further.Program != f.version || !strings.HasPrefix(f.version, "diffoscope ") || !slices.Contains(further.Lines, "│ -built in 2001") {
		t.Fatalf("it says %+v", further)
	}
	page, err := r.HTML()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.Text(), "    "+f.version+" says:\n        | ") || !strings.Contains(r.Text(), "-built in 2001\n") || !strings.Contains(string(page), "-built in 2001\n") {
		t.Errorf("the report does not say it:\n%s", r.Text())
	}
	if left, err := os.ReadDir(f.dir); err != nil || len(left) > 0 {
		t.Errorf("copies are left: %v, %v", left, err)
	}
}

// TestDiffoscopeAsked: of many files only the first ones, and it is said of the others.
func TestDiffoscopeAsked(t *testing.T) {
	f := realDiffoscope(t)
	r := Report{sides: map[*compare.Difference][2]file{}}
	for _, d := range []*compare.Difference{
		{Name: "opened"}, {Name: "a", AsBytes: true}, {Name: "only one", Kind: compare.KindOnly}, {Name: "b", AsBytes: true}, {Name: "c", AsBytes: true}, {Name: "d", AsBytes: true},
	} {
		var sides [2]file
		for i, text := range []string{"\x00\x01one", "\x00\x02two"} {
			sides[i].path = filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(sides[i].path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r.Differences, r.sides[d] = append(r.Differences, d), sides
	}
	if err := f.look(t.Context(), &r); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, d := range r.Differences {
		if d.Further != nil {
			got[d.Name] = d.Further.Failed
			if (len(d.Further.Lines) > 0) == (d.Further.Failed != "") {
				t.Errorf("%s: %+v", d.Name, d.Further)
			}
		}
	}
	if diff := cmp.Diff(map[string]string{"a": "", "b": "", "c": "", "d": "it was asked about 3 other files, which is the most"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDiffoscopeView: what a parser could do that a stranger's bytes have taken over.
func TestDiffoscopeView(t *testing.T) {
	f := inSandbox(t, "/bin/sh")
	own := filepath.Join(t.TempDir(), "own")
	if err := os.WriteFile(own, []byte("own"), 0o644); err != nil {
		t.Fatal(err)
	}
	said, err := f.run(t.Context(), startTime, []bound{{own, "/first/file"}}, "-c", `
		cat /first/file; echo; env | grep -v '^PWD=' | sort; id -u
		for place in /usr/x /first/file /first/x /x; do (echo > $place) 2>/dev/null && echo "wrote $place"; done
		for place in "$0" /root /home /etc/passwd /etc/shadow /var; do test -e "$place" && echo "there is $place"; done
		echo 'echo ran' > /tmp/x && chmod 700 /tmp/x && /tmp/x 2>/dev/null
		ulimit -v; ulimit -t`, own)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"own", "HOME=/tmp", "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "PYTHONDONTWRITEBYTECODE=1", "TMPDIR=/tmp", "1000",
		"2097152", "10",
	}
	if diff := cmp.Diff(want, said.lines()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDiffoscopeBounds: what takes too much is stopped, and it is said why it says
// nothing.
func TestDiffoscopeBounds(t *testing.T) {
	f := inSandbox(t, "/bin/sh")
	for _, c := range []struct {
		name, script string
		within       time.Duration
		text, failed string
		cut          bool
	}{
		{"well", "echo same", startTime, "same\n", "", false},
		{"differs", "echo -; exit 1", startTime, "-\n", "", false},
		{"trouble", "echo first line >&2; echo last line >&2; exit 2", startTime, "", "it ended with code 2: last line", false},
		{"killed", "kill -9 $$", startTime, "", "it was ended by signal: killed", false},
		{"never ends", "while :; do wait; done", time.Second, "", "it took longer than 1s", false},
		{"a child that never ends", "(while :; do :; done) & exit 0", startTime, "", "", false},
		{"says too much", "yes", startTime, strings.Repeat("y\n", mostOutput/2), "", true},
		{"memory", "dd if=/dev/null of=/dev/null bs=1G 2>/dev/null && (dd if=/dev/null of=/dev/null bs=3G || exit 2)", startTime, "", "it ended with code 2: dd: memory exhausted", false},
		{"space", "yes > /tmp/x || echo full", startTime, "full\n", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			said, err := f.run(t.Context(), c.within, nil, "-c", c.script)
			var failed *lookFailed
			if errors.As(err, &failed); err != nil && failed == nil {
				t.Fatal(err)
			}
			reason := ""
			if failed != nil {
				reason, _, _ = strings.Cut(failed.reason, " by input buffer")
			}
			if said.text != c.text || said.cut != c.cut || reason != c.failed {
				t.Errorf("%.100q, %v, %q", said.text, said.cut, reason)
			}
		})
	}
	large := file{path: "/nonexistent", size: mostLooked + 1}
	if _, err := f.compare(t.Context(), [2]file{large, large}); err == nil || !strings.Contains(err.Error(), "a file of 268435457 bytes is more than") {
		t.Errorf("a large file: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the user does not want it any more")
	cancel(why)
	if _, err := f.run(ctx, startTime, nil, "-c", "true"); !errors.Is(err, why) {
		t.Errorf("interrupted: %v", err)
	}
}

// TestFindDiffoscope: only what the sandbox has, and never what lies in the directory
// of the caller.
func TestFindDiffoscope(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "diffoscope"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, path := range []string{"", dir, ".:", dir + "/../" + filepath.Base(dir)} {
		if found := findDiffoscope(path); found != "" {
			t.Errorf("%q: found %s", path, found)
		}
		_, err := startDiffoscope(t.Context(), &build.Host{Env: map[string]string{"PATH": path}}, dir)
		var d *diag.Diagnostic
		if !errors.As(err, &d) || d.Exit != diag.ExitUsage {
			t.Errorf("%q: %v", path, err)
		}
	}
	if there, err := exec.LookPath("/usr/bin/diffoscope"); err == nil {
		if found := findDiffoscope(dir + ":.:/usr/bin"); found != there {
			t.Errorf("found %q, and there is %s", found, there)
		}
	}
}
