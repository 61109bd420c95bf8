package system

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func names(s *Snapshot) []string {
	var all []string
	for _, p := range s.Packages {
		all = append(all, p.Name+":"+p.Architecture)
	}
	return all
}

func TestClosure(t *testing.T) {
	base := []string{"gcc:amd64", "libc6-dev:amd64"}
	tests := []struct {
		name    string
		arrange func(*fixture)
		request []string
		want    []string
	}{
		{"base alone, without essential packages", func(*fixture) {}, nil, base},
		{"a request brings essential packages", func(f *fixture) {
			f.install("make", "")
		}, []string{"make"}, []string{"dpkg:amd64", "gcc:amd64", "libc6-dev:amd64", "make:amd64"}},
		{"depends and pre-depends, with cycles, not recommends and suggests", func(f *fixture) {
			f.install("x", "Depends: a (>= 1:2.0~rc1-3+b1)\nPre-Depends: b\nRecommends: c\nSuggests: c\n")
			f.install("a", "Depends: b\n")
			f.install("b", "Depends: a,\n x (= 1.0)\n")
			f.install("c", "")
		}, []string{"x"}, []string{"a:amd64", "b:amd64", "dpkg:amd64", "gcc:amd64", "libc6-dev:amd64", "x:amd64"}},
		{"the first installed alternative", func(f *fixture) {
			f.install("x", "Depends: absent | b (<< 9) | c\n")
			f.install("c", "")
			f.install("b", "")
		}, []string{"x"}, []string{"b:amd64", "dpkg:amd64", "gcc:amd64", "libc6-dev:amd64", "x:amd64"}},
		{"all providers of a virtual package", func(f *fixture) {
			f.install("x", "Depends: awk\n")
			f.install("mawk", "Provides: awk\n")
			f.install("gawk", "Provides: awk (= 2), other\n")
		}, []string{"x"}, []string{"dpkg:amd64", "gawk:amd64", "gcc:amd64", "libc6-dev:amd64", "mawk:amd64", "x:amd64"}},
		{"a real package before its providers", func(f *fixture) {
			f.install("x", "Depends: awk\n")
			f.install("mawk", "Provides: awk\n")
			f.install("awk", "")
		}, []string{"x"}, []string{"awk:amd64", "dpkg:amd64", "gcc:amd64", "libc6-dev:amd64", "x:amd64"}},
		{"a held package is installed, an unpacked one is not", func(f *fixture) {
			f.install("x", "Depends: unpacked | held\n")
			f.install("held", "Status: hold ok installed\n")
			f.install("unpacked", "Status: install ok unpacked\n")
		}, []string{"x"}, []string{"dpkg:amd64", "gcc:amd64", "held:amd64", "libc6-dev:amd64", "x:amd64"}},
		{"a library of the dependent's architecture", func(f *fixture) {
			f.install("lib", "Architecture: i386\nMulti-Arch: same\n")
			f.install("lib", "Multi-Arch: same\n")
			f.install("data", "Architecture: all\nDepends: lib\n")
			f.install("old", "Architecture: i386\nDepends: lib, tool, data2:any\n")
			f.install("tool", "Multi-Arch: foreign\n")
			f.install("data2", "Multi-Arch: allowed\n")
		}, []string{"data", "old:i386"}, []string{"data:all", "data2:amd64", "dpkg:amd64", "gcc:amd64",
			"lib:amd64", "lib:i386", "libc6-dev:amd64", "old:i386", "tool:amd64"}},
		{"a qualifier skips another architecture", func(f *fixture) {
			f.install("x", "Depends: a:i386 | b:amd64 | c:native\n")
			f.install("a", "")
			f.install("b", "Architecture: i386\n")
			f.install("c", "Architecture: all\n")
		}, []string{"x"}, []string{"c:all", "dpkg:amd64", "gcc:amd64", "libc6-dev:amd64", "x:amd64"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newHost(t)
			test.arrange(f)
			s := f.resolve(Request{Packages: test.request})
			if diff := cmp.Diff(test.want, names(s)); diff != "" {
				t.Error(diff)
			}
			if s.Source != "debian 12" || s.Packages[0].Version != "1.0" {
				t.Errorf("source %q, version %q", s.Source, s.Packages[0].Version)
			}
		})
	}
}

func TestResolveRefuses(t *testing.T) {
	tests := []struct {
		name    string
		arrange func(*fixture)
		request Request
		want    expected
	}{
		{"no database", func(f *fixture) { f.remove("var/lib/dpkg/status") }, Request{}, expected{
			Message: "this host has no dpkg database", At: "var/lib/dpkg/status",
			Notes: []string{"its distribution is one of dpkg's, by `os-release`"},
			Help:  "build on a host with dpkg, or in a container of one",
		}},
		{"all missing packages at once", func(f *fixture) {
			f.file("var/lib/dpkg/status", "")
			f.install("dpkg", "")
			f.install("gcc", "Status: install ok unpacked\n")
			f.install("libc6-dev", "Architecture: i386\n")
		}, Request{Packages: []string{"cmake", "dpkg"}}, expected{
			Message: "packages of the system layer are not installed on this host: `gcc`, `libc6-dev`, `cmake`",
			Notes: []string{"dpkg has `gcc:amd64` in the state `install ok unpacked`",
				"dpkg has `libc6-dev:i386` in the state `install ok installed`"},
			Help: "apt install gcc libc6-dev cmake",
		}},
		{"one missing package", func(*fixture) {}, Request{Packages: []string{"cmake", "cmake"}}, expected{
			Message: "a package of the system layer is not installed on this host: `cmake`",
			Help:    "apt install cmake",
		}},
		{"a name that would not be safe to paste", func(*fixture) {}, Request{Packages: []string{"x; reboot"}}, expected{
			Message: "\"x; reboot\" is not the name of a package",
			Notes:   []string{"a name is `NAME` or `NAME:ARCHITECTURE`, without a version"},
			Help:    "correct `packages` under `[system]` in `hermetic.toml`",
		}},
		{"a version in a name", func(*fixture) {}, Request{Packages: []string{"gcc (>= 1)"}}, expected{
			Message: "\"gcc (>= 1)\" is not the name of a package",
			Notes:   []string{"a name is `NAME` or `NAME:ARCHITECTURE`, without a version"},
			Help:    "correct `packages` under `[system]` in `hermetic.toml`",
		}},
		{"a dependency that is not installed", func(f *fixture) {
			f.install("x", "Depends: a | b:any\n")
		}, Request{Packages: []string{"x"}}, expected{
			Message: "the package `x` depends on `a | b:any`, which is not installed",
			Notes:   []string{"its files alone would not work"},
			Help:    "apt --fix-broken install",
		}},
		{"dpkg was interrupted", func(f *fixture) { f.file("var/lib/dpkg/updates/0003", "") }, Request{}, expected{
			Message: "dpkg is at work, or was interrupted", At: "var/lib/dpkg/updates/0003", Help: "dpkg --configure -a",
		}},
		{"an architecture that is not known", func(f *fixture) { f.file("var/lib/dpkg/arch", "pdp11\namd64\n") }, Request{}, expected{
			Message: "the architecture `pdp11` is not served",
			Notes:   []string{"its multiarch directory is not known to cargo-hermetic"},
			Help:    "build on a machine of a served architecture, such as amd64",
		}},
		{"a package twice", func(f *fixture) { f.install("gcc", "") }, Request{}, expected{
			Message: "the package `gcc:amd64` is there twice", At: "var/lib/dpkg/status", Help: "dpkg --audit",
		}},
		{"no os-release", func(f *fixture) { f.remove("etc/os-release") }, Request{}, expected{
			Message: "this host has no `os-release` file", At: "etc/os-release",
			Notes: []string{"it names the distribution that the system layer comes from"},
			Help:  "apt install --reinstall base-files",
		}},
		{"libraries that nobody owns", func(f *fixture) {
			f.file("usr/lib/libown++.so.1", "")
		}, Request{Libraries: []string{"libz.so.1", "libown++.so.1"}}, expected{
			Message: "no installed package has libraries that the Rust toolchain loads: `libown++.so.1`, `libz.so.1`",
			Notes: []string{"no installed package owns `usr/lib/libown++.so.1`",
				"find the package with the command below, then `apt install` it"},
			Help: `apt-file search --regexp '/(libown\+\+\.so\.1|libz\.so\.1)$'`,
		}},
		{"a soname that is a path", func(*fixture) {}, Request{Libraries: []string{"../x.so"}}, expected{
			Message: "\"../x.so\" is not the name of a shared library",
			Notes:   []string{"the Rust toolchain needs a library that no search in the system directories can find"},
			Help:    "reinstall the toolchain: `rustup toolchain install --force TOOLCHAIN`",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newHost(t)
			test.arrange(f)
			_, err := Resolve(f.root, test.request)
			if diff := cmp.Diff(test.want, diagnosis(t, f.root, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLibraries(t *testing.T) {
	f := newHost(t)
	// Listed through the merged directory, with a soname link that only
	// ldconfig made.
	f.install("zlib1g", "Multi-Arch: same\nDepends: libc6\n", "lib/x86_64-linux-gnu/libz.so.1.2.13")
	f.link("usr/lib/x86_64-linux-gnu/libz.so.1", "libz.so.1.2.13")
	f.install("libc6", "Multi-Arch: same\n", "lib64/ld-linux-x86-64.so.2")
	// The same file name in a package that does not own this file.
	f.install("other", "", "opt/other/libz.so.1.2.13")
	want := map[string]string{
		"lib":                                "-> usr/lib",
		"lib64":                              "-> usr/lib64",
		"usr/lib/x86_64-linux-gnu/libz.so.1": "-> libz.so.1.2.13",
		"usr/lib64/ld-linux-x86-64.so.2":     "libc6:lib64/ld-linux-x86-64.so.2",
		"usr/lib/x86_64-linux-gnu/libz.so.1.2.13": "zlib1g:lib/x86_64-linux-gnu/libz.so.1.2.13",
	}
	req := Request{Libraries: []string{"libz.so.1", "ld-linux-x86-64.so.2"}}
	if diff := cmp.Diff(want, f.capture(req)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"gcc:amd64", "libc6:amd64", "libc6-dev:amd64", "zlib1g:amd64"}, names(f.resolve(req))); diff != "" {
		t.Error(diff)
	}
}

func TestLibraryAtDivertedPlace(t *testing.T) {
	f := newHost(t)
	f.install("mesa", "", "!usr/lib/libGL.so.1")
	f.install("vendor", "")
	f.file("usr/lib/libGL.so.1.mesa", "mesa's")
	f.link("usr/lib/libGL.so.1", "libGL.so.1.mesa")
	f.file("var/lib/dpkg/diversions", "/usr/lib/libGL.so.1\n/usr/lib/libGL.so.1.mesa\nvendor\n")
	want := map[string]string{
		"lib":                     "-> usr/lib",
		"usr/lib/libGL.so.1":      "-> libGL.so.1.mesa",
		"usr/lib/libGL.so.1.mesa": "mesa's",
	}
	if diff := cmp.Diff(want, f.capture(Request{Libraries: []string{"libGL.so.1"}})); diff != "" {
		t.Error(diff)
	}
}
