package system

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// debian is a new Debian of the host's release in a directory, with packages of
// a foreign architecture, made by mmdebstrap from the mirrors of the host. What
// dpkg's own programs do to it, they do there.
type debian struct{ root string }

// The packages that the tests below ask for.
var debianPackages = []string{"gcc", "libc6-dev", "ca-certificates", "fakeroot", "python3-minimal", "fontconfig-config",
	"shared-mime-info", "libc6:i386", "zlib1g:i386", "libopenblas0-pthread", "gawk"}

func newDebian(t *testing.T) *debian {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mmdebstrap needs root, or subordinate user ids that few hosts set up")
	}
	if _, err := exec.LookPath("mmdebstrap"); err != nil {
		t.Skip("mmdebstrap is not installed")
	}
	if hostArchitecture(t) != "amd64" {
		t.Skip("the foreign architecture of this test is i386, of an amd64 host")
	}
	sources, codename := debianSources(t)
	d := &debian{filepath.Join(t.TempDir(), "debian")}
	args := []string{"--quiet", "--variant=essential", "--architectures=amd64,i386", "--include=" + strings.Join(debianPackages, ","), codename, d.root, sources}
	if out, err := exec.Command("mmdebstrap", args...).CombinedOutput(); bytes.Contains(out, []byte("apt-get update --error-on=any")) {
		t.Skipf("the mirrors of this host have not what is needed: %v\n%s", err, out)
	} else if err != nil {
		t.Fatalf("mmdebstrap: %v\n%s", err, out)
	}
	return d
}

// debianSources writes the host's sources of packages without those of security
// updates: a package for two architectures must have one version in both, and
// mirrors carry those of foreign ones later.
func debianSources(t *testing.T) (file, codename string) {
	t.Helper()
	release, err := os.ReadFile("/etc/os-release")
	if err != nil {
		t.Skipf("this host does not tell its release: %v", err)
	}
	for line := range strings.Lines(string(release)) {
		if value, ok := strings.CutPrefix(line, "VERSION_CODENAME="); ok {
			codename = strings.Trim(value, "\"\n")
		}
	}
	found, err := filepath.Glob("/etc/apt/sources.list.d/*.sources")
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, name := range found {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for stanza := range strings.SplitSeq(string(data), "\n\n") {
			if strings.Contains(stanza, "Suites: "+codename) && !strings.Contains(stanza, "-security") {
				kept = append(kept, strings.TrimSpace(stanza))
			}
		}
	}
	if codename == "" || len(kept) == 0 {
		t.Skip("this host has no sources of its release in the form of deb822")
	}
	file = filepath.Join(t.TempDir(), "main.sources")
	if err := os.WriteFile(file, []byte(strings.Join(kept, "\n\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return file, codename
}

// run runs a program of the system, in it.
func (d *debian) run(t *testing.T, argv ...string) string {
	t.Helper()
	cmd := exec.Command("chroot", append([]string{d.root}, argv...)...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", argv, err, out, &stderr)
	}
	return string(out)
}

func (d *debian) path(name string) string { return filepath.Join(d.root, filepath.FromSlash(name)) }

// install makes a package of these files and installs it. fields are lines of
// its control file; preinst is a script, or empty.
func (d *debian) install(t *testing.T, name, fields, preinst string, files map[string]string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	write := func(at, text string, mode os.FileMode) {
		t.Helper()
		at = filepath.Join(dir, at)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("DEBIAN/control", fmt.Sprintf("Package: %s\nVersion: 1.0\nArchitecture: all\nMaintainer: test <test@example.org>\nDescription: test\n%s", name, fields), 0o644)
	if preinst != "" {
		write("DEBIAN/preinst", "#!/bin/sh\nset -e\n"+preinst, 0o755)
	}
	var sums strings.Builder
	for file, text := range files {
		write(file, text, 0o644)
		sum, err := exec.Command("md5sum", filepath.Join(dir, file)).Output()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&sums, "%.32s  %s\n", sum, file)
	}
	write("DEBIAN/md5sums", sums.String(), 0o644)
	if out, err := exec.Command("dpkg-deb", "--root-owner-group", "--build", dir, d.path("tmp/"+name+".deb")).CombinedOutput(); err != nil {
		t.Fatalf("dpkg-deb: %v\n%s", err, out)
	}
	d.run(t, "dpkg", "--install", "/tmp/"+name+".deb")
}

// noted is a Sink that says where the files of a layer are, and copies none.
type noted struct{ entries map[string]string }

func (n noted) AddFile(path, from string) error { n.entries[path] = from; return nil }
func (n noted) AddLink(path, target string) error {
	n.entries[path] = "-> " + target
	return nil
}
func (n noted) AddDir(string) error { return nil }
func (n noted) AddBytes(path string, data []byte, _ bool) error {
	n.entries[path] = "= " + string(data)
	return nil
}

// capture is the layer that a request has on this system.
func (d *debian) capture(t *testing.T, packages ...string) (*Snapshot, noted) {
	t.Helper()
	s, err := Resolve(d.root, Request{Packages: packages})
	if err != nil {
		t.Fatal(err)
	}
	layer := noted{map[string]string{}}
	if err := s.Capture(context.Background(), layer); err != nil {
		t.Fatal(err)
	}
	return s, layer
}

// read returns what a layer has under a name: the text, or `-> target`.
func (n noted) read(t *testing.T, name string) string {
	t.Helper()
	value, there := n.entries[name]
	text, made := strings.CutPrefix(value, "= ")
	switch {
	case !there:
		return "absent"
	case made || strings.HasPrefix(value, "-> "):
		return text
	}
	data, err := os.ReadFile(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func (n noted) expect(t *testing.T, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for name := range want {
		got[name] = n.read(t, name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
