package system

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The administrator's choice is in a package outside of the layer: the layer has
// the links that a host of its packages only would have.
func TestCaptureBestAlternative(t *testing.T) {
	f := newHost(t)
	f.install("gcc-12", "", "usr/bin/gcc-12", "usr/lib/gcc-12.conf")
	f.install("tcc", "", "usr/bin/tcc")
	f.install("clang", "", "usr/bin/clang")
	f.file("var/lib/dpkg/alternatives/cc", "manual\n/usr/bin/cc\ncc.conf\n/usr/lib/cc.conf\nc89\n/usr/bin/c89\n\n"+
		"/usr/bin/clang\n50\n\n\n/usr/bin/gcc-12\n20\n/usr/lib/gcc-12.conf\n\n/usr/bin/tcc\n-1\n\n/usr/bin/tcc\n\n")
	f.link("usr/bin/cc", "/etc/alternatives/cc")
	f.link("etc/alternatives/cc", "/usr/bin/clang")
	// A public link that the administrator made is not touched.
	f.link("usr/bin/c89", "clang")
	cc := map[string]string{"bin": "-> usr/bin", "usr/bin/cc": "-> /etc/alternatives/cc"}
	for asked, more := range map[string]map[string]string{
		"gcc-12": {"lib": "-> usr/lib", "usr/bin/gcc-12": "gcc-12:usr/bin/gcc-12", "etc/alternatives/cc": "-> /usr/bin/gcc-12",
			"usr/lib/gcc-12.conf": "gcc-12:usr/lib/gcc-12.conf", "usr/lib/cc.conf": "-> /etc/alternatives/cc.conf",
			"etc/alternatives/cc.conf": "-> /usr/lib/gcc-12.conf"},
		"tcc":   {"usr/bin/tcc": "tcc:usr/bin/tcc", "etc/alternatives/cc": "-> /usr/bin/tcc"},
		"clang": {"usr/bin/clang": "clang:usr/bin/clang", "etc/alternatives/cc": "-> /usr/bin/clang"},
	} {
		want := map[string]string{}
		for _, part := range []map[string]string{cc, more} {
			for name, value := range part {
				want[name] = value
			}
		}
		if diff := cmp.Diff(want, f.capture(Request{Packages: []string{asked}})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", asked, diff)
		}
	}
}

// What another package took over is in the layer with that package.
func TestResolveReplaces(t *testing.T) {
	const sum = "d41d8cd98f00b204e9800998ecf8427e  "
	f := newHost(t)
	f.install("first", "", "usr/lib/first")
	f.file("var/lib/dpkg/info/first.md5sums", sum+"usr/lib/first\n"+sum+"usr/lib/both\n"+sum+"usr/lib/removed\n")
	f.install("second", "Replaces: first (<< 2)\nDepends: third\n", "usr/lib/both")
	f.install("third", "Multi-Arch: same\n", "usr/lib/third")
	f.install("unused", "Replaces: first\n", "usr/lib/unused")
	f.install("whole", "", "usr/lib/whole")
	f.file("var/lib/dpkg/info/whole.md5sums", sum+"usr/lib/whole\n")
	f.install("eager", "Replaces: whole, first\n", "usr/lib/eager")
	names := func(asked string) (names []string) {
		for _, p := range f.resolve(Request{Packages: []string{asked}}).Packages {
			names = append(names, p.Name)
		}
		return names
	}
	got := map[string][]string{"first": names("first"), "second": names("second"), "whole": names("whole")}
	want := map[string][]string{
		"first":  {"dpkg", "first", "gcc", "libc6-dev", "second", "third"},
		"second": {"dpkg", "gcc", "libc6-dev", "second", "third"},
		"whole":  {"dpkg", "gcc", "libc6-dev", "whole"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	f.file("var/lib/dpkg/info/first.md5sums", sum+"usr/lib/first\n"+"no sum\n")
	_, err := Resolve(f.root, Request{Packages: []string{"first"}})
	wantError := expected{Message: "the line is not a digest and a name", At: "var/lib/dpkg/info/first.md5sums:2", Help: "dpkg --audit"}
	if diff := cmp.Diff(wantError, diagnosis(t, f.root, err)); diff != "" {
		t.Error(diff)
	}
}
