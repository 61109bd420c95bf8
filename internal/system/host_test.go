package system

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// directory is a Sink that writes a plain tree, for programs to run in.
type directory struct {
	root  string
	files int
	links int
	bytes int64
}

func (d *directory) place(path string) (string, error) {
	to := filepath.Join(d.root, filepath.FromSlash(path))
	return to, os.MkdirAll(filepath.Dir(to), 0o755)
}

func (d *directory) AddFile(path, from string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	to, err := d.place(path)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644|info.Mode()&0o111)
	if err != nil {
		return err
	}
	n, err := io.Copy(out, in)
	d.files++
	d.bytes += n
	return errors.Join(err, out.Close())
}

func (d *directory) AddBytes(path string, data []byte, executable bool) error {
	to, err := d.place(path)
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if executable {
		mode = 0o755
	}
	d.files++
	d.bytes += int64(len(data))
	return os.WriteFile(to, data, mode)
}

func (d *directory) AddLink(path, target string) error {
	to, err := d.place(path)
	if err != nil {
		return err
	}
	d.links++
	return os.Symlink(target, to)
}

func (d *directory) AddDir(path string) error {
	to, err := d.place(path)
	if err != nil {
		return err
	}
	return os.MkdirAll(to, 0o755)
}

// hostSnapshot resolves on the host that the tests run on.
func hostSnapshot(t *testing.T, req Request) *Snapshot {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("dpkg hosts are Linux hosts")
	}
	if _, err := os.Stat("/var/lib/dpkg/status"); errors.Is(err, fs.ErrNotExist) {
		t.Skip("this host has no dpkg database")
	}
	for _, name := range slices.Concat([]string{"dpkg"}, dpkgManager.Base, req.Packages) {
		if out, err := exec.Command("dpkg-query", "-W", "-f", "${Status}", name).Output(); err != nil || !strings.HasSuffix(string(out), "ok installed") {
			t.Skipf("this host has not installed the package %s", name)
		}
	}
	start := time.Now()
	s, err := Resolve("/", req)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d packages resolved in %v", s.Source, len(s.Packages), time.Since(start))
	return s
}

func captureTo(t *testing.T, s *Snapshot) *directory {
	t.Helper()
	d := &directory{root: t.TempDir()}
	start := time.Now()
	if err := s.Capture(context.Background(), d); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files and %d links with %.1f MB captured in %v", d.files, d.links, float64(d.bytes)/1e6, time.Since(start))
	return d
}

// inside runs a command with the layer as its root directory.
func (d *directory) inside(t *testing.T, argv ...string) string {
	t.Helper()
	cmd := exec.Command("unshare", append([]string{"--user", "--map-root-user", "chroot", d.root}, argv...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=/tmp"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", argv, err, out)
	}
	return string(out)
}

func needChroot(t *testing.T) {
	t.Helper()
	out, err := exec.Command("unshare", "--user", "--map-root-user", "chroot", "/", "true").CombinedOutput()
	if err != nil {
		t.Skipf("this host cannot make a user namespace: %v: %s", err, out)
	}
}

// The captured compiler works with nothing but the layer around it: driver,
// compiler proper, assembler, linker, headers, start files, loader.
func TestHostCompilerWorksInsideLayer(t *testing.T) {
	needChroot(t)
	d := captureTo(t, hostSnapshot(t, Request{}))
	if out := d.inside(t, "/usr/bin/cc", "--version"); !strings.Contains(out, "Free Software Foundation") {
		t.Errorf("cc --version printed %q", out)
	}
	const program = "#include <stdio.h>\n#include <math.h>\nint main(int n, char **v) { printf(\"%.0f\\n\", sqrt(n + 1763)); return 0; }\n"
	if err := errors.Join(os.Mkdir(filepath.Join(d.root, "tmp"), 0o755),
		os.WriteFile(filepath.Join(d.root, "tmp/x.c"), []byte(program), 0o644)); err != nil {
		t.Fatal(err)
	}
	d.inside(t, "/usr/bin/cc", "-o", "/tmp/x", "/tmp/x.c", "-lm")
	if got := d.inside(t, "/tmp/x"); got != "42\n" {
		t.Errorf("the compiled program printed %q", got)
	}
	for _, absent := range []string{"bin/sh", "etc/os-release", "etc/machine-id", "var", "usr/share/doc"} {
		if _, err := os.Lstat(filepath.Join(d.root, absent)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is in the layer (%v)", absent, err)
		}
	}
}

// With a requested package the essential ones are there: a shell script runs.
func TestHostShellWorksInsideLayer(t *testing.T) {
	needChroot(t)
	d := captureTo(t, hostSnapshot(t, Request{Packages: []string{"make"}}))
	makefile := "x:\n\t@echo a1b | sed s/1/2/ | grep 2 | awk '{ print $$1 }'\n"
	if err := errors.Join(os.Mkdir(filepath.Join(d.root, "tmp"), 0o755),
		os.WriteFile(filepath.Join(d.root, "tmp/Makefile"), []byte(makefile), 0o644)); err != nil {
		t.Fatal(err)
	}
	if got := d.inside(t, "/bin/sh", "-c", "cd /tmp && make x"); got != "a2b\n" {
		t.Errorf("make printed %q", got)
	}
	if got := d.inside(t, "/usr/bin/id", "-un"); got != "root\n" {
		t.Errorf("id printed %q", got)
	}
}

// The closure on this host agrees with what apt finds.
func TestHostClosureLikeApt(t *testing.T) {
	s := hostSnapshot(t, Request{})
	if _, err := exec.LookPath("apt-cache"); err != nil {
		t.Skip("this host has no apt-cache")
	}
	args := []string{"depends", "--installed", "--recurse", "--no-recommends", "--no-suggests",
		"--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances"}
	out, err := exec.Command("apt-cache", append(args, dpkgManager.Base...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	// apt lists each alternative, so ours must be a part of its names.
	apt := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if line[0] != ' ' && line[0] != '<' {
			name, _, _ := strings.Cut(strings.TrimSpace(line), ":")
			apt[name] = true
		}
	}
	for _, p := range s.Packages {
		if !apt[p.Name] {
			t.Errorf("the package %s is not in apt's closure", p.Name)
		}
	}
	if len(apt) == 0 {
		t.Error("apt-cache named no package")
	}
}

// The libraries of the Rust toolchain that is on this host are found.
func TestHostToolchainLibraries(t *testing.T) {
	out, err := exec.Command("rustc", "--print", "sysroot").Output()
	if err != nil {
		t.Skipf("this host has no rustc: %v", err)
	}
	sysroot := strings.TrimSpace(string(out))
	needed, err := NeededLibraries(filepath.Join(sysroot, "bin"), filepath.Join(sysroot, "lib"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("needed: %s", strings.Join(needed, " "))
	s := hostSnapshot(t, Request{Libraries: needed})
	if len(s.libraries) != len(needed) || len(needed) == 0 {
		t.Errorf("found %v for %v", s.libraries, needed)
	}
}

// BenchmarkResolve takes a host of 2,000 packages with fields of usual length.
func BenchmarkResolve(b *testing.B) {
	root := b.TempDir()
	var status strings.Builder
	stanza := func(name, extra string) {
		fmt.Fprintf(&status, "Package: %s\nStatus: install ok installed\nPriority: optional\nSection: libs\n"+
			"Installed-Size: 100\nMaintainer: Somebody <somebody@example.org>\nArchitecture: amd64\nVersion: 1:1.2-3\n%s"+
			"Description: a package\n%sHomepage: https://example.org/\n\n", name, extra, strings.Repeat(" long text about what the package is good for\n", 10))
	}
	stanza("dpkg", "Essential: yes\n")
	stanza("gcc", "Depends: p0\n")
	stanza("libc6-dev", "")
	for i := range 2000 {
		stanza(fmt.Sprintf("p%d", i), fmt.Sprintf("Multi-Arch: same\nProvides: v%d (= 1)\nPre-Depends: gcc\n"+
			"Depends: absent (>= 2) | p%d (>= 1.0), v%d:any, libc6-dev\n", i, (i+1)%2000, (i+7)%2000))
	}
	for name, data := range map[string]string{"etc/os-release": "ID=debian\n", "var/lib/dpkg/status": status.String()} {
		file := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(data), 0o644)); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(status.Len()))
	for b.Loop() {
		s, err := Resolve(root, Request{})
		if err != nil || len(s.Packages) != 2002 {
			b.Fatal(err)
		}
	}
}
