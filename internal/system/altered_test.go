package system

import (
	"context"
	"crypto/md5"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shipped writes the sums of a package's files as they are now.
func (f *fixture) shipped(pkg string, names ...string) {
	f.t.Helper()
	text := ""
	for _, name := range names {
		data, err := os.ReadFile(f.path(name))
		f.must(err)
		text += fmt.Sprintf("%x  %s\n", md5.Sum(data), name)
	}
	f.file("var/lib/dpkg/info/"+pkg+".md5sums", text)
}

// The first file that is not as its package shipped it has a name.
func TestAltered(t *testing.T) {
	f := newHost(t)
	f.install("x", "", "usr/bin/x", "usr/lib/x.so", "usr/share/doc/x/copyright")
	f.install("y", "", "usr/bin/y")
	f.shipped("x", "usr/bin/x", "usr/lib/x.so", "usr/share/doc/x/copyright")
	f.shipped("y", "usr/bin/y")
	altered := func() *Altered {
		t.Helper()
		s, err := Resolve(f.root, Request{Packages: []string{"x", "y"}})
		f.must(err)
		got, err := s.Altered(context.Background())
		f.must(err)
		return got
	}
	if got := altered(); got != nil {
		t.Fatal(got)
	}
	f.file("usr/share/doc/x/copyright", "no part of a layer")
	if got := altered(); got != nil {
		t.Error(got)
	}
	f.file("usr/bin/y", "other")
	if diff := cmp.Diff(&Altered{f.path("usr/bin/y"), "y"}, altered()); diff != "" {
		t.Error(diff)
	}
	f.file("usr/lib/x.so", "other")
	if diff := cmp.Diff(&Altered{f.path("usr/lib/x.so"), "x"}, altered()); diff != "" {
		t.Error(diff)
	}
}

// What the sums say of a diverted name is about where the file went.
func TestAlteredDiverted(t *testing.T) {
	f := newHost(t)
	f.install("x", "", "usr/bin/x")
	f.shipped("x", "usr/bin/x")
	f.must(os.Rename(f.path("usr/bin/x"), f.path("usr/bin/x.real")))
	f.file("usr/bin/x", "of another package")
	f.file("var/lib/dpkg/diversions", "/usr/bin/x\n/usr/bin/x.real\nother\n")
	s, err := Resolve(f.root, Request{Packages: []string{"x"}})
	f.must(err)
	got, err := s.Altered(context.Background())
	if got != nil || err != nil {
		t.Error(got, err)
	}
}

func TestAlteredDamagedSums(t *testing.T) {
	for _, text := range []string{"nonsense\n", "00  usr/bin/x\n", "d41d8cd98f00b204e9800998ecf8427e  ../x\n"} {
		f := newHost(t)
		f.install("x", "", "usr/bin/x")
		f.file("var/lib/dpkg/info/x.md5sums", text)
		s, err := Resolve(f.root, Request{Packages: []string{"x"}})
		f.must(err)
		_, err = s.Altered(context.Background())
		want := expected{Message: "the line is not a sum and a file", At: "var/lib/dpkg/info/x.md5sums:1", Help: "dpkg --audit"}
		if diff := cmp.Diff(want, diagnosis(t, f.root, err)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// The commands that install given versions, also of another architecture.
func TestInstallExactly(t *testing.T) {
	packages := []Package{{Name: "gcc-12", Version: "12.2.0-14"}, {Name: "NAV", Version: "4:1.0~1", Architecture: "i386"}}
	for _, c := range []struct {
		manager  *Manager
		packages []Package
		want     string
	}{
		{dpkgManager, packages, "apt install gcc-12=12.2.0-14 NAV:i386=4:1.0~1"},
		{fedoraManager, packages, "dnf install gcc-12-12.2.0-14 NAV-4:1.0~1.i386"},
		{suseManager, packages, "zypper install --oldpackage gcc-12=12.2.0-14 NAV.i386=4:1.0~1"},
		{apkManager, packages[:1], "apk add gcc-12=12.2.0-14"},
		{pacmanManager, packages[:1], "pacman -U /var/cache/pacman/pkg/gcc-12-12.2.0-14-*.pkg.tar.zst"},
	} {
		if diff := cmp.Diff(c.want, c.manager.InstallExactly(c.packages)); diff != "" {
			t.Error(diff)
		}
	}
}
