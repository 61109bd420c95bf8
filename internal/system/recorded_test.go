package system

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// newRecorded makes the root of a host of a distribution from its record in
// testdata: the database as its manager wrote it, and the files that it lists.
func newRecorded(t *testing.T, distribution string) *fixture {
	t.Helper()
	f := &fixture{t, t.TempDir()}
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		f.must(err)
		return data
	}
	switch distribution {
	case "fedora":
		f.file("etc/os-release", "NAME=\"Fedora Linux\"\nID=fedora\nVERSION_ID=40\n")
		f.file("usr/lib/sysimage/rpm/rpmdb.sqlite", string(unzip(t, read("fedora.sqlite.gz"))))
		f.file("usr/lib/sysimage/rpm/rpmdb.sqlite-wal", "")
		f.grow(read("fedora.tree"))
		f.link("usr/bin/ld", "/etc/alternatives/ld")
		f.link("etc/alternatives/ld", "/usr/bin/ld.bfd")
		f.file("var/lib/alternatives/ld", "auto\n/usr/bin/ld\n\n/usr/bin/ld.bfd\n@ld@50\n/usr/bin/ld.gold\n30 service\n")
	case "arch":
		f.file("usr/lib/os-release", "NAME=\"Arch Linux\"\nID=arch\nBUILD_ID=rolling\n")
		for _, a := range txtar.Parse(read("arch.txtar")).Files {
			f.file(pacmanDir+"local/"+a.Name, string(a.Data))
		}
		f.grow(read("arch.tree"))
		f.remove("etc/removed")
	case "alpine":
		f.file("etc/os-release", "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.20.0\n")
		archive := txtar.Parse(read("alpine.txtar"))
		f.file(apkDatabases[1], string(archive.Files[0].Data))
		f.grow(archive.Files[1].Data)
	default:
		t.Fatalf("there is no record of %s", distribution)
	}
	return f
}

// grow makes files and links from lines of kind, mode, path and target. A file
// holds its own path.
func (f *fixture) grow(lines []byte) {
	f.t.Helper()
	for line := range strings.Lines(string(lines)) {
		words := strings.Fields(line)
		if words[0] == "l" {
			f.link(words[2], words[3])
			continue
		}
		f.file(words[2], words[2])
		mode := map[string]os.FileMode{"755": 0o755, "644": 0o644, "640": 0o640}[words[1]]
		f.must(os.Chmod(f.path(words[2]), mode))
	}
}

func unzip(t *testing.T, data []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if data, err = io.ReadAll(r); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRecordedClosure(t *testing.T) {
	tests := []struct {
		distribution string
		request      []string
		source       string
		want         []string
	}{
		// The compiler alone: a boolean need, a capability with a version in its
		// name, a file that a package lists, and no script's need.
		{"fedora", nil, "fedora 40", []string{
			"bash 5.2.26-3.fc40 x86_64", "binutils 2:2.41-34.fc40 x86_64", "filesystem 3.18-8.fc40 x86_64",
			"gcc 14.1.1-1.fc40 x86_64", "glibc 2.39-8.fc40 x86_64", "glibc-devel 2.39-8.fc40 x86_64",
			"glibc-minimal-langpack 2.39-8.fc40 x86_64", "kernel-headers 6.8.0~rc1-300.fc40 all",
			"zlib-ng-compat 2.1.6^20240301git-2.fc40 x86_64",
		}},
		{"fedora", []string{"make", "zlib-ng-compat:i686", "rpm"}, "fedora 40", []string{
			"bash 5.2.26-3.fc40 x86_64", "binutils 2:2.41-34.fc40 x86_64", "coreutils 9.4-7.fc40 x86_64", "filesystem 3.18-8.fc40 x86_64",
			"gcc 14.1.1-1.fc40 x86_64", "glibc 2.39-8.fc40 x86_64", "glibc-devel 2.39-8.fc40 x86_64",
			"glibc-minimal-langpack 2.39-8.fc40 x86_64", "kernel-headers 6.8.0~rc1-300.fc40 all", "make 4.4.1-6.fc40 x86_64",
			"rpm 4.19.1-1.fc40 x86_64", "zlib-ng-compat 2.1.6^20240301git-2.fc40 i686", "zlib-ng-compat 2.1.6^20240301git-2.fc40 x86_64",
		}},
		{"arch", nil, "arch", []string{
			"binutils 2.42-1 x86_64", "filesystem 2024.04.07-1 all", "gcc 14.1.1-1 x86_64", "gcc-libs 14.1.1-1 x86_64",
			"glibc 2.39+r52+gf8e4623421-1 x86_64", "linux-api-headers 6.8-1 all", "zlib 1:1.3.1-1 x86_64",
		}},
		{"arch", []string{"make"}, "arch", []string{
			"bash 5.2.026-1 x86_64", "binutils 2.42-1 x86_64", "filesystem 2024.04.07-1 all", "gcc 14.1.1-1 x86_64", "gcc-libs 14.1.1-1 x86_64",
			"glibc 2.39+r52+gf8e4623421-1 x86_64", "linux-api-headers 6.8-1 all", "make 4.4.1-1 x86_64", "zlib 1:1.3.1-1 x86_64",
		}},
		{"alpine", nil, "alpine 3.20.0", []string{
			"binutils 2.42-r0 x86_64", "gcc 13.2.1_git20240309-r0 x86_64", "musl 1.2.5-r0 x86_64", "musl-dev 1.2.5-r0 x86_64",
			"pkgconf 2.2.0-r0 x86_64", "zlib 1.3.1-r1 x86_64",
		}},
		{"alpine", []string{"make"}, "alpine 3.20.0", []string{
			"binutils 2.42-r0 x86_64", "busybox 1.36.1-r29 x86_64", "busybox-binsh 1.36.1-r29 x86_64", "gcc 13.2.1_git20240309-r0 x86_64",
			"make 4.4.1-r2 x86_64", "musl 1.2.5-r0 x86_64", "musl-dev 1.2.5-r0 x86_64", "pkgconf 2.2.0-r0 x86_64", "zlib 1.3.1-r1 x86_64",
		}},
	}
	for _, test := range tests {
		t.Run(test.distribution+" "+strings.Join(test.request, " "), func(t *testing.T) {
			s := newRecorded(t, test.distribution).resolve(Request{Packages: test.request})
			var got []string
			for _, p := range s.Packages {
				got = append(got, p.Name+" "+p.Version+" "+p.Architecture)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{test.source, "x86_64"}, []string{s.Source, s.Architecture}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRecordedCapture(t *testing.T) {
	tests := []struct {
		distribution string
		request      Request
		want         []string // path, with the target of a link; files hold their path
	}{
		{"fedora", Request{Packages: []string{"make"}, Libraries: []string{"libz.so.1", "libc.so.6"}}, []string{
			"bin -> usr/bin", "etc/alternatives/ld -> /usr/bin/ld.bfd", "etc/bashrc", "etc/profile", "lib -> usr/lib", "lib64 -> usr/lib64",
			"usr/bin/as", "usr/bin/bash", "usr/bin/cc -> gcc", "usr/bin/gcc", "usr/bin/ld -> /etc/alternatives/ld", "usr/bin/ld.bfd",
			"usr/bin/ls", "usr/bin/make", "usr/bin/sh -> bash",
			"usr/include", "usr/include/linux/types.h", "usr/include/stdio.h", "usr/lib/pkgconfig",
			"usr/lib64/crt1.o", "usr/lib64/ld-linux-x86-64.so.2", "usr/lib64/libc.so.6", "usr/lib64/libz.so.1 -> libz.so.1.3", "usr/lib64/libz.so.1.3",
			"usr/lib64/pkgconfig", "usr/libexec/gcc/x86_64-redhat-linux/14/cc1", "usr/share/pkgconfig",
		}},
		{"arch", Request{Packages: []string{"make"}, Libraries: []string{"libgcc_s.so.1"}}, []string{
			"bin -> usr/bin", "etc/profile", "lib -> usr/lib", "lib64 -> usr/lib",
			"usr/bin/as", "usr/bin/bash", "usr/bin/cc -> gcc", "usr/bin/gcc", "usr/bin/ld", "usr/bin/make", "usr/bin/sh -> bash",
			"usr/include", "usr/include/linux/types.h", "usr/include/stdio.h",
			"usr/lib/crt1.o", "usr/lib/ld-linux-x86-64.so.2", "usr/lib/libc.so.6", "usr/lib/libgcc_s.so.1",
			"usr/lib/libz.so -> libz.so.1.3.1", "usr/lib/libz.so.1 -> libz.so.1.3.1", "usr/lib/libz.so.1.3.1",
			"usr/lib/pkgconfig", "usr/share/pkgconfig",
		}},
		// Links to busybox come with it, and not without.
		{"alpine", Request{}, []string{
			"lib/ld-musl-x86_64.so.1", "lib/libc.musl-x86_64.so.1 -> ld-musl-x86_64.so.1", "lib/libz.so.1 -> libz.so.1.3.1", "lib/libz.so.1.3.1",
			"usr/bin/cc -> gcc", "usr/bin/gcc", "usr/bin/ld", "usr/bin/pkg-config -> pkgconf", "usr/bin/pkgconf",
			"usr/include", "usr/include/stdio.h", "usr/lib/crt1.o", "usr/lib/pkgconfig", "usr/share/pkgconfig",
		}},
		{"alpine", Request{Packages: []string{"make", "alpine-baselayout-data"}}, []string{
			"bin/busybox", "bin/ls -> /bin/busybox", "bin/sh -> /bin/busybox", "etc/profile",
			"lib/ld-musl-x86_64.so.1", "lib/libc.musl-x86_64.so.1 -> ld-musl-x86_64.so.1", "lib/libz.so.1 -> libz.so.1.3.1", "lib/libz.so.1.3.1",
			"usr/bin/awk -> /bin/busybox", "usr/bin/cc -> gcc", "usr/bin/gcc", "usr/bin/ld", "usr/bin/make", "usr/bin/pkg-config -> pkgconf", "usr/bin/pkgconf",
			"usr/include", "usr/include/stdio.h", "usr/lib/crt1.o", "usr/lib/pkgconfig", "usr/share/pkgconfig",
		}},
	}
	for _, test := range tests {
		t.Run(test.distribution+" "+strings.Join(test.request.Packages, " "), func(t *testing.T) {
			sink := memory{}
			if err := newRecorded(t, test.distribution).resolve(test.request).Capture(context.Background(), sink); err != nil {
				t.Fatal(err)
			}
			for _, g := range generated {
				delete(sink, g.name)
			}
			var got []string
			for _, path := range slices.Sorted(maps.Keys(sink)) {
				switch value := sink[path]; {
				case strings.HasPrefix(value, "-> "):
					got = append(got, path+" "+value)
				case value == path, value == "directory":
					got = append(got, path)
				default:
					t.Errorf("`%s` holds %q", path, value)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
