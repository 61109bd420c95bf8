package system

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Everything that dpkg and its helpers do to a host, done by themselves on a
// real one. The cases run one after another on one system, each on files of its
// own; only the first sees it as mmdebstrap made it.
func TestDebian(t *testing.T) {
	if os.Getenv("HERMETIC_LONG") == "" {
		t.Skip("a system of Debian is made for it, which takes minutes; `make long`")
	}
	d := newDebian(t)
	for _, c := range []struct {
		name string
		run  func(*testing.T, *debian)
	}{
		{"every file has a rule", everyFileHasRule},
		{"architectures", architectures},
		{"usr is merged", usrIsMerged},
		{"alternatives", debianAlternatives},
		{"diversions", debianDiversions},
		{"replaces", debianReplaces},
		{"configuration files", debianConffiles},
		{"missing and changed files", debianMissing},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, d) })
	}
}

// Every file in the places of a layer is a package's, and captured or left out
// by name, or has a rule that says what becomes of it; and every package is in
// the closure.
func everyFileHasRule(t *testing.T, d *debian) {
	var names []string
	for name := range strings.FieldsSeq(d.run(t, "dpkg-query", "-W", "-f", "${binary:Package} ")) {
		names = append(names, strings.TrimSuffix(name, ":amd64"))
	}
	s, layer := d.capture(t, names...)
	if len(s.Packages) != len(names) {
		t.Errorf("%d packages in the layer, %d are installed", len(s.Packages), len(names))
	}
	byRule := map[string]int{}
	err := filepath.WalkDir(d.root, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(d.root, file)
		if err != nil || leftOut(name) {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if _, captured := layer.entries[name]; captured {
			byRule["captured"]++
			return nil
		}
		switch reason := unlisted(name); {
		case reason != "":
			byRule[reason]++
		case info.Mode().IsRegular() && info.Mode()&0o004 == 0:
			byRule["closed"]++
		case below(name, "etc/alternatives") && endsOutside(t, d, layer, name):
			byRule["of a choice that is not in the layer, such as a manual page"]++
		default:
			t.Errorf("no rule for %s", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range []string{"captured", unlisted("etc/ssl/certs/x"), unlisted("etc/fonts/conf.d/x")} {
		if byRule[reason] == 0 {
			t.Errorf("no file for which %q holds: the comparison shows nothing", reason)
		}
	}
	t.Logf("%d captured; %d reasons for others", byRule["captured"], len(byRule)-1)
	for _, r := range remadeRules {
		if layer.read(t, r.name) == "absent" {
			t.Errorf("%s is not made again", r.name)
		}
	}
	host, err := os.ReadFile(d.path("etc/ssl/certs/ca-certificates.crt"))
	if err != nil || string(host) != layer.read(t, "etc/ssl/certs/ca-certificates.crt") {
		t.Errorf("the bundle of certificates is not that of a new system (%v)", err)
	}
}

// endsOutside reports whether a link of the system ends in no file of the layer.
func endsOutside(t *testing.T, d *debian, layer noted, name string) bool {
	t.Helper()
	at, err := newTree(d.root).walk(name, true)
	if err != nil {
		t.Fatal(err)
	}
	_, captured := layer.entries[at.name]
	return !captured
}

func architectures(t *testing.T, d *debian) {
	s, layer := d.capture(t, "zlib1g:i386", "libopenblas0-pthread")
	var foreign []string
	for _, p := range s.Packages {
		if p.Architecture == "i386" {
			foreign = append(foreign, p.Name)
		}
	}
	if diff := cmp.Diff([]string{"gcc-12-base", "libc6", "libgcc-s1", "zlib1g"}, foreign); diff != "" {
		t.Error(diff)
	}
	layer.expect(t, map[string]string{
		"usr/lib/ld-linux.so.2":            "-> i386-linux-gnu/ld-linux.so.2",
		inMultiarch + "libblas.so.3":       "-> /etc/alternatives/libblas.so.3-x86_64-linux-gnu",
		"usr/lib/i386-linux-gnu/libz.so.1": "-> libz.so.1.2.13",
		"usr/share/doc/libc6/copyright":    "absent",
	})
	tree := captureTo(t, s)
	got := likeLdconfig(t, tree.root)
	for _, want := range []string{
		"libz.so.1 (libc6) => /lib/i386-linux-gnu/libz.so.1",
		"libc.so.6 (libc6,x86-64) => /lib/x86_64-linux-gnu/libc.so.6",
		"libc.so.6 (libc6) => /lib/i386-linux-gnu/libc.so.6",
		"libblas.so.3 (libc6,x86-64) => /lib/x86_64-linux-gnu/libblas.so.3",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no entry %q", want)
		}
	}
	// Both loaders read the one cache, and each takes its own.
	needChroot(t)
	if exec.Command("chroot", d.root, "/lib/ld-linux.so.2", "--version").Run() != nil {
		t.Skip("this kernel runs no programs of i386")
	}
	out := tree.inside(t, "/lib/ld-linux.so.2", "--list", "/usr/lib/i386-linux-gnu/libz.so.1")
	if !strings.Contains(out, "libc.so.6 => /lib/i386-linux-gnu/libc.so.6") {
		t.Errorf("the loader of i386 found:\n%s", out)
	}
}

func usrIsMerged(t *testing.T, d *debian) {
	_, layer := d.capture(t, "gawk")
	layer.expect(t, map[string]string{"bin": "-> usr/bin", "sbin": "-> usr/sbin", "lib": "-> usr/lib", "lib64": "-> usr/lib64"})
	// dpkg lists both forms, and a layer has one file.
	for _, name := range []string{"usr/bin/sed", "usr/bin/gawk"} {
		if layer.read(t, name) == "absent" {
			t.Errorf("%s is not in the layer", name)
		}
	}
	var listed []string
	for _, name := range []string{"sed", "gawk"} {
		for line := range strings.Lines(d.run(t, "dpkg-query", "--listfiles", name)) {
			if line = strings.TrimSpace(line); path.Base(line) == name && strings.HasSuffix(path.Dir(line), "bin") {
				listed = append(listed, line)
			}
		}
	}
	if diff := cmp.Diff([]string{"/bin/sed", "/usr/bin/gawk"}, listed); diff != "" {
		t.Errorf("this system does not show both forms: %s", diff)
	}
}

func debianAlternatives(t *testing.T, d *debian) {
	d.install(t, "tool-a", "", "", map[string]string{"usr/lib/tool-a": "a", "usr/lib/tool-a.conf": "a's"})
	d.install(t, "tool-b", "Depends: tool-a\n", "", map[string]string{"usr/lib/tool-b": "b"})
	d.install(t, "tool-c", "", "", map[string]string{"usr/lib/tool-c": "c"})
	d.run(t, "update-alternatives", "--install", "/usr/bin/tool", "tool", "/usr/lib/tool-a", "10", "--slave", "/usr/lib/tool.conf", "tool.conf", "/usr/lib/tool-a.conf")
	d.run(t, "update-alternatives", "--install", "/usr/bin/tool", "tool", "/usr/lib/tool-b", "20")
	d.run(t, "update-alternatives", "--install", "/usr/bin/tool", "tool", "/usr/lib/tool-c", "30")
	none := map[string]string{"usr/bin/tool": "absent", "etc/alternatives/tool": "absent", "usr/lib/tool.conf": "absent"}
	of := func(letter string) map[string]string {
		want := map[string]string{"usr/bin/tool": "-> /etc/alternatives/tool", "etc/alternatives/tool": "-> /usr/lib/tool-" + letter, "usr/lib/tool.conf": "absent"}
		if letter == "a" {
			want["usr/lib/tool.conf"], want["etc/alternatives/tool.conf"] = "-> /etc/alternatives/tool.conf", "-> /usr/lib/tool-a.conf"
		}
		return want
	}
	check := func(what, asked string, want map[string]string) {
		t.Helper()
		_, layer := d.capture(t, asked)
		got := map[string]string{}
		for name := range want {
			got[name] = layer.read(t, name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	check("none of the choices", "gawk", none)
	check("the present one", "tool-c", of("c"))
	check("the present one is another package's, and the best here", "tool-b", of("b"))
	check("the only one here", "tool-a", of("a"))
	d.run(t, "update-alternatives", "--set", "tool", "/usr/lib/tool-a")
	check("the administrator's, of a package that is asked for by another", "tool-b", of("a"))
	check("a's slave stays out with a", "tool-c", of("c"))
	// base-files cannot be without awk, and gawk has the higher priority.
	check("another package's file", "gawk", map[string]string{"usr/bin/awk": "-> /etc/alternatives/awk", "etc/alternatives/awk": "-> /usr/bin/gawk"})
}

func debianDiversions(t *testing.T, d *debian) {
	const file = "usr/lib/diverted"
	d.install(t, "owner", "", "", map[string]string{file: "owner's", "usr/lib/local": "plain"})
	d.install(t, "wrapper", "Depends: owner\n", "dpkg-divert --package wrapper --rename --add --divert /"+file+".owner /"+file+"\n", map[string]string{file: "wrapper's"})
	d.run(t, "dpkg-divert", "--local", "--rename", "--add", "/usr/lib/local")
	if err := os.WriteFile(d.path("usr/lib/local"), []byte("the administrator's"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, layer := d.capture(t, "wrapper")
	layer.expect(t, map[string]string{
		file: "wrapper's", file + ".owner": "owner's",
		"usr/lib/local": "absent", "usr/lib/local.distrib": "plain", // what no package has is not in a layer
		"usr/bin/sh": "-> dash",
	})
	_, layer = d.capture(t, "owner")
	layer.expect(t, map[string]string{file: "absent", file + ".owner": "owner's"})
}

func debianReplaces(t *testing.T, d *debian) {
	both := func(by string) map[string]string { return map[string]string{"usr/lib/both": by, "usr/lib/" + by: by} }
	d.install(t, "first", "", "", both("first"))
	d.install(t, "second", "Replaces: first, nobody (<< 1.0)\n", "", both("second"))
	if list := d.run(t, "dpkg-query", "--listfiles", "first"); strings.Contains(list, "both") {
		t.Fatalf("dpkg did not take the file over:\n%s", list)
	}
	s, layer := d.capture(t, "first")
	layer.expect(t, map[string]string{"usr/lib/both": "second", "usr/lib/first": "first", "usr/lib/second": "second"})
	if !slices.ContainsFunc(s.Packages, func(p Package) bool { return p.Name == "second" }) {
		t.Error("whose file it is now is not in the closure")
	}
	_, layer = d.capture(t, "second")
	layer.expect(t, map[string]string{"usr/lib/both": "second", "usr/lib/first": "absent"})
}

func debianConffiles(t *testing.T, d *debian) {
	d.install(t, "configured", "", "", map[string]string{"usr/lib/configured": "x"})
	for _, file := range []string{"etc/gone.conf", "etc/edited.conf"} {
		if err := os.WriteFile(d.path(file), []byte("shipped\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// libc-bin's and base-files' are real ones.
	gone, edited := "etc/bindresvport.blacklist", "etc/debian_version"
	if list := d.run(t, "dpkg-query", "-W", "-f", "${Conffiles}", "libc-bin", "base-files"); !strings.Contains(list, gone) || !strings.Contains(list, edited) {
		t.Skipf("this release has other configuration files:\n%s", list)
	}
	before, err := os.ReadFile(d.path(gone))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(d.path(gone)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.path(edited), []byte("mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, layer := d.capture(t, "gawk")
	layer.expect(t, map[string]string{gone: "absent", edited: "mine\n", "etc/gone.conf": "absent", "etc/edited.conf": "absent"})
	if err := os.WriteFile(d.path(gone), before, 0o644); err != nil {
		t.Fatal(err)
	}
}

// A file that is missing stops the capture, with the package's name. One that
// changed is captured as it is: the digest of the layer tells, and dpkg says which.
func debianMissing(t *testing.T, d *debian) {
	const file = "usr/lib/victim"
	d.install(t, "victim", "", "", map[string]string{file: "as shipped"})
	_, layer := d.capture(t, "victim")
	layer.expect(t, map[string]string{file: "as shipped"})
	if err := os.WriteFile(d.path(file), []byte("changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, layer = d.capture(t, "victim")
	layer.expect(t, map[string]string{file: "changed"})
	if err := os.Remove(d.path(file)); err != nil {
		t.Fatal(err)
	}
	s, err := Resolve(d.root, Request{Packages: []string{"victim"}})
	if err != nil {
		t.Fatal(err)
	}
	want := expected{Message: "the file `usr/lib/victim` of package `victim` is missing on this host", Help: "apt install --reinstall victim"}
	if diff := cmp.Diff(want, diagnosis(t, d.root, s.Capture(context.Background(), memory{}))); diff != "" {
		t.Error(diff)
	}
}
