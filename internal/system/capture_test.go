package system

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCaptureMerged(t *testing.T) {
	f := newHost(t)
	f.install("x", "",
		"bin/sh", "usr/bin/tool", "usr/share/tool/data",
		// Left out by rule, whether there or not.
		"!usr/share/doc/x/copyright", "!var/lib/x/state", "boot/vmlinuz", "usr/share/man/man1/x.1.gz",
		"!usr/share/doc/", "usr/", "usr/share/", "usr/share/empty/",
		// etc: present, removed by the administrator, secret, identity.
		"etc/x.conf", "!etc/x.d/removed.conf", "etc/x.secret", "etc/private/key", "!etc/os-release")
	f.must(os.Chmod(f.path("etc/x.secret"), 0o640))
	f.must(os.Chmod(f.path("etc/private"), 0o750))
	f.dir("usr/share/empty")
	f.link("usr/bin/also", "../../bin/tool")
	f.stanza("Package: y\nVersion: 1.0\nArchitecture: all\nStatus: install ok installed\nDepends: x\n\n")
	f.file("var/lib/dpkg/info/y.list", "/.\n/usr\n/usr/bin\n/usr/bin/also\n/bin/sh\n")
	want := map[string]string{
		"bin":                 "-> usr/bin",
		"etc/x.conf":          "x:etc/x.conf",
		"usr/bin/also":        "-> ../../bin/tool",
		"usr/bin/sh":          "x:bin/sh",
		"usr/bin/tool":        "x:usr/bin/tool",
		"usr/share/tool/data": "x:usr/share/tool/data",
	}
	if diff := cmp.Diff(want, f.capture(Request{Packages: []string{"y"}})); diff != "" {
		t.Error(diff)
	}
}

func TestCaptureMergedLinkThatNoListGoesThrough(t *testing.T) {
	f := newHost(t)
	f.install("libc6", "Multi-Arch: same\n", "usr/lib64/ld-linux-x86-64.so.2")
	got := f.capture(Request{Packages: []string{"libc6"}})
	want := map[string]string{
		"lib64":                          "-> usr/lib64",
		"usr/lib64/ld-linux-x86-64.so.2": "libc6:usr/lib64/ld-linux-x86-64.so.2",
		// The skeleton alone does not bring usr/lib's link.
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCaptureUnmerged(t *testing.T) {
	f := newUnmergedHost(t)
	f.install("x", "", "bin/sh", "usr/bin/tool", "lib/x86_64-linux-gnu/libc.so.6")
	want := map[string]string{
		"bin/sh":                         "x:bin/sh",
		"lib/x86_64-linux-gnu/libc.so.6": "x:lib/x86_64-linux-gnu/libc.so.6",
		"usr/bin/tool":                   "x:usr/bin/tool",
	}
	if diff := cmp.Diff(want, f.capture(Request{Packages: []string{"x"}})); diff != "" {
		t.Error(diff)
	}
}

func TestCaptureStaysBelowRoot(t *testing.T) {
	f := newHost(t)
	outside := t.TempDir()
	f.must(os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o644))
	// Inside the root, the absolute target names a directory of the root.
	f.dir("opt/real")
	f.file("opt/real/file", "inside")
	f.link("usr/lib/escape", "../../../../../../../../../../../../opt/real")
	f.link("usr/lib/absolute", "/opt/real")
	f.link("usr/lib/outside", outside)
	f.install("x", "", "!usr/lib/escape/file", "!usr/lib/absolute/file")
	want := map[string]string{
		"opt/real/file":    "inside",
		"lib":              "-> usr/lib",
		"usr/lib/absolute": "-> /opt/real",
		"usr/lib/escape":   "-> ../../../../../../../../../../../../opt/real",
	}
	if diff := cmp.Diff(want, f.capture(Request{Packages: []string{"x"}})); diff != "" {
		t.Error(diff)
	}
	f.install("y", "", "!usr/lib/outside/secret")
	want2 := expected{
		Message: "the file `usr/lib/outside/secret` of package `y` is missing on this host",
		Help:    "apt install --reinstall y",
	}
	if diff := cmp.Diff(want2, diagnosis(t, f.root, f.captureError(Request{Packages: []string{"y"}}))); diff != "" {
		t.Error(diff)
	}
}

func TestCaptureDiversions(t *testing.T) {
	f := newHost(t)
	f.install("perf-real", "", "!usr/bin/perf", "!usr/bin/local")
	f.install("wrapper", "Depends: perf-real\n", "usr/bin/perf")
	f.file("usr/bin/perf.real", "the diverted one")
	f.file("usr/bin/local.orig", "diverted by the administrator")
	f.file("var/lib/dpkg/diversions",
		"/usr/bin/perf\n/usr/bin/perf.real\nwrapper\n/usr/bin/local\n/usr/bin/local.orig\n:\n")
	want := map[string]string{
		"bin":                "-> usr/bin",
		"usr/bin/local.orig": "diverted by the administrator",
		"usr/bin/perf":       "wrapper:usr/bin/perf",
		"usr/bin/perf.real":  "the diverted one",
	}
	if diff := cmp.Diff(want, f.capture(Request{Packages: []string{"wrapper"}})); diff != "" {
		t.Error(diff)
	}
}

func TestCaptureAlternatives(t *testing.T) {
	f := newHost(t)
	f.install("gcc-12", "", "usr/bin/gcc-12", "usr/share/man/man1/gcc.1")
	f.install("clang", "", "usr/bin/clang")
	// A chain of two alternatives; a slave; a manual page; one whose choice is
	// in a package outside of the closure; one whose public link was replaced;
	// one that leads nowhere.
	f.file("var/lib/dpkg/alternatives/cc", "auto\n/usr/bin/cc\ncc.1\n/usr/share/man/man1/cc.1\nc89\n/usr/bin/c89\n\n"+
		"/usr/bin/gcc\n20\n/usr/share/man/man1/gcc.1\n/usr/bin/gcc-12\n\n")
	f.file("var/lib/dpkg/alternatives/gcc", "manual\n/usr/bin/gcc\n\n/usr/bin/gcc-12\n-5\n\n")
	f.file("var/lib/dpkg/alternatives/c++", "auto\n/usr/bin/c++\n\n/usr/bin/clang\n1\n\n")
	f.file("var/lib/dpkg/alternatives/ld", "auto\n/usr/bin/ld\n\n/usr/bin/gcc-12\n1\n\n")
	f.file("var/lib/dpkg/alternatives/as", "auto\n/usr/bin/as\n\n/usr/bin/nothing\n1\n\n")
	f.file("var/lib/dpkg/alternatives/as.dpkg-tmp", "half")
	for name, target := range map[string]string{
		"usr/bin/cc": "/etc/alternatives/cc", "etc/alternatives/cc": "/usr/bin/gcc",
		"usr/bin/gcc": "/etc/alternatives/gcc", "etc/alternatives/gcc": "/bin/gcc-12",
		"usr/share/man/man1/cc.1": "/etc/alternatives/cc.1", "etc/alternatives/cc.1": "/usr/share/man/man1/gcc.1",
		"usr/bin/c89": "/etc/alternatives/c89", "etc/alternatives/c89": "/usr/bin/gcc-12",
		"usr/bin/c++": "/etc/alternatives/c++", "etc/alternatives/c++": "/usr/bin/clang",
		"usr/bin/ld": "clang", "etc/alternatives/ld": "/usr/bin/gcc-12",
		"usr/bin/as": "/etc/alternatives/as", "etc/alternatives/as": "/usr/bin/nothing",
	} {
		f.link(name, target)
	}
	want := map[string]string{
		"bin":                  "-> usr/bin",
		"etc/alternatives/c89": "-> /usr/bin/gcc-12",
		"etc/alternatives/cc":  "-> /usr/bin/gcc",
		"etc/alternatives/gcc": "-> /bin/gcc-12",
		"etc/alternatives/ld":  "-> /usr/bin/gcc-12",
		"usr/bin/c89":          "-> /etc/alternatives/c89",
		"usr/bin/cc":           "-> /etc/alternatives/cc",
		"usr/bin/gcc":          "-> /etc/alternatives/gcc",
		"usr/bin/gcc-12":       "gcc-12:usr/bin/gcc-12",
	}
	if diff := cmp.Diff(want, f.capture(Request{Packages: []string{"gcc-12"}})); diff != "" {
		t.Error(diff)
	}
}

func TestCaptureRefuses(t *testing.T) {
	tests := []struct {
		name    string
		arrange func(*fixture)
		want    expected
	}{
		{"missing files, all at once", func(f *fixture) {
			f.install("x", "", "!usr/bin/a", "!usr/lib/b", "!usr/share/dir/", "!usr/share/dir/c")
		}, expected{
			Message: "the file `usr/bin/a` of package `x` is missing on this host",
			Notes: []string{"missing too: `usr/lib/b` of package `x`",
				"missing too: `usr/share/dir/c` of package `x`"},
			Help: "apt install --reinstall x",
		}},
		{"a special file", func(f *fixture) {
			f.install("x", "", "!usr/lib/socket")
			l, err := net.Listen("unix", f.path("usr/lib/socket"))
			f.must(err)
			f.t.Cleanup(func() { f.must(l.Close()) })
		}, expected{
			Message: "`usr/lib/socket` of package `x` is a special file (S---------)",
			Notes:   []string{"a layer holds regular files, directories and symbolic links"},
			Help:    "apt install --reinstall x",
		}},
		{"no list", func(f *fixture) {
			f.install("x", "")
			f.remove("var/lib/dpkg/info/x.list")
		}, expected{
			Message: "the list of files of the installed package `x` is missing",
			At:      "var/lib/dpkg/info/x.list", Help: "apt install --reinstall x",
		}},
		{"a list with a way out", func(f *fixture) {
			f.install("x", "")
			f.file("var/lib/dpkg/info/x.list", "/.\n/usr/../../secret\n")
		}, expected{
			Message: "`/usr/../../secret` is not an absolute and clean path",
			At:      "var/lib/dpkg/info/x.list:2", Help: "dpkg --audit",
		}},
		{"a damaged diversion", func(f *fixture) {
			f.install("x", "")
			f.file("var/lib/dpkg/diversions", "/a\n/b\n")
		}, expected{
			Message: "the last diversion has not three lines",
			At:      "var/lib/dpkg/diversions:2", Help: "dpkg --audit",
		}},
		{"a damaged alternative", func(f *fixture) {
			f.install("x", "")
			f.file("var/lib/dpkg/alternatives/cc", "auto\n/usr/bin/cc\n\n/usr/bin/gcc\nhigh\n\n")
		}, expected{
			Message: "a priority is not a number in the alternative `cc`",
			At:      "var/lib/dpkg/alternatives/cc:5", Help: "dpkg --audit",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newHost(t)
			test.arrange(f)
			err := f.captureError(Request{Packages: []string{"x"}})
			if diff := cmp.Diff(test.want, diagnosis(t, f.root, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCaptureNoticesChange(t *testing.T) {
	want := expected{
		Message: "packages were installed or removed during the capture", At: "var/lib/dpkg/status",
		Help: "wait until apt has finished, then repeat the command",
	}
	f := newHost(t)
	s := f.resolve(Request{})
	f.install("new", "")
	err := s.Capture(context.Background(), memory{})
	if diff := cmp.Diff(want, diagnosis(t, f.root, err)); diff != "" {
		t.Error(diff)
	}
}

func TestCaptureStops(t *testing.T) {
	f := newHost(t)
	s := f.resolve(Request{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Capture(ctx, memory{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestCaptureNamesPackageOfUnreadableFile(t *testing.T) {
	f := newHost(t)
	f.install("x", "", "usr/bin/x")
	err := f.resolve(Request{Packages: []string{"x"}}).Capture(context.Background(), refusing{})
	if want := "capturing `usr/bin/x` of package `x`: permission denied"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// refusing is a Sink that may read no file.
type refusing struct{}

func (refusing) AddFile(string, string) error        { return os.ErrPermission }
func (refusing) AddLink(string, string) error        { return nil }
func (refusing) AddDir(string) error                 { return nil }
func (refusing) AddBytes(string, []byte, bool) error { return nil }

func TestCaptureSkeletonBehindLink(t *testing.T) {
	f := newHost(t)
	f.dir("opt/include")
	f.link("usr/include", "../opt/include")
	f.install("x", "", "usr/include/x.h")
	sink := memory{}
	if err := f.resolve(Request{Packages: []string{"x"}}).Capture(context.Background(), sink); err != nil {
		t.Fatal(err)
	}
	got := []string{sink["opt/include"], sink["usr/include"], sink["opt/include/x.h"]}
	if diff := cmp.Diff([]string{"directory", "-> ../opt/include", "x:usr/include/x.h"}, got); diff != "" {
		t.Error(diff)
	}

	f = newHost(t)
	f.dir("var/include")
	f.link("usr/include", "../var/include")
	err := f.captureError(Request{})
	want := "`" + f.path("usr/include") + "` is not a directory that a layer can hold: it leads to `" + f.path("var/include") + "`"
	if err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
