package system

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseStatusDamaged(t *testing.T) {
	const head = "Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n"
	tests := []struct{ name, text, message, at string }{
		{"cut off", head + "Depends: b", "the file ends in the middle of a line", "status:5"},
		{"zero bytes", head + "\n\x00\x00\n", "the line holds a zero byte", "status:6"},
		{"no field", head + "\nnonsense\n", "the line is not a field", "status:6"},
		{"name of a field", head + "\n: x\n", "the line is not a field", "status:6"},
		{"continuation of nothing", head + "\n x\n", "a continuation line follows no field", "status:6"},
		{"field twice", head + "version: 2\n", "the field `version` occurs twice in a package", "status:5"},
		{"no package", "Version: 1\n", "a package has no `Package` field", "status:1"},
		{"no status", "\nPackage: a\n", "the package `a` has no `Status` field", "status:2"},
		{"no version", strings.Replace(head, "Version: 1\n", "", 1), "the installed package `a` has no version or no architecture", "status:1"},
		{"no architecture", strings.Replace(head, "Architecture: amd64\n", "", 1), "the installed package `a` has no version or no architecture", "status:1"},
		{"a name that leaves the directory", "Package: ../a\n", "the field `package` has the value `../a`", "status:1"},
		{"a version of two words", "Package: a\nVersion: 1 2\n", "the field `version` has the value `1 2`", "status:2"},
		{"an unknown state", "Package: a\nStatus: install ok fine\n", "the field `status` has the value `install ok fine`", "status:2"},
		{"a state of two words", "Package: a\nStatus: install installed\n", "the field `status` has the value `install installed`", "status:2"},
		{"essential", head + "Essential: perhaps\n", "the field `essential` has the value `perhaps`", "status:5"},
		{"multi-arch", head + "Multi-Arch: mixed\n", "the field `multi-arch` has the value `mixed`", "status:5"},
		{"relation", head + "Depends: b (1)\n", "the field `depends` of package `a` cannot be read", "status:5"},
		{"alternative in provides", head + "Provides: b | c\n", "the field `provides` of package `a` cannot be read", "status:5"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseStatus("status", test.text)
			want := expected{Message: test.message, At: test.at, Help: "dpkg --audit"}
			if diff := cmp.Diff(want, diagnosis(t, "", err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseRelations(t *testing.T) {
	tests := []struct {
		text string
		want []clause // nil: refused, unless the text is empty
	}{
		{"", nil},
		{"a", []clause{{{"a", ""}}}},
		{"a, b|c:any (>=1.0) | d-e+2.f:amd64 ( << 2:1~x-1 )", []clause{{{"a", ""}}, {{"b", ""}, {"c", "any"}, {"d-e+2.f", "amd64"}}}},
		{"a (> 1), b (< 1), c (= 1), d (<= 1), e (>> 1)", []clause{{{"a", ""}}, {{"b", ""}}, {{"c", ""}}, {{"d", ""}}, {{"e", ""}}}},
		{"a,", nil},
		{"a |", nil},
		{"a b", nil},
		{"a:", nil},
		{"a ()", nil},
		{"a (>= )", nil},
		{"a (>= 1", nil},
		{"a (=> 1)", nil},
		{"a (1)", nil},
		{"a (>= 1) [amd64]", nil},
		{"a <!nocheck>", nil},
		{"../a", nil},
	}
	for _, test := range tests {
		got, err := parseRelations(test.text)
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(relation{})); diff != "" {
			t.Errorf("%q: %s", test.text, diff)
		}
		if refused := test.want == nil && test.text != ""; refused != (err != nil) {
			t.Errorf("%q: error %v", test.text, err)
		}
	}
}

func TestParseRelease(t *testing.T) {
	tests := []struct{ text, want, message, at string }{
		{"NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n", "debian 12", "", ""},
		{"# sid\n\nID=debian\nVERSION_CODENAME=trixie\n", "debian trixie", "", ""},
		{"ID='ubuntu'\nVERSION_ID='24.04'\n", "ubuntu 24.04", "", ""},
		{"ID=debian\n", "debian", "", ""},
		{"VERSION_ID=12\n", "", "`os-release` has no `ID`", "os-release"},
		{"ID=debian\nnonsense\n", "", "a line of `os-release` is not an assignment", "os-release:2"},
		{"ID=\"de bian\"\n", "", "`ID` holds characters that os-release(5) does not allow", "os-release:1"},
		{"ID=\"debian\n", "", "`ID` holds characters that os-release(5) does not allow", "os-release:1"},
	}
	for _, test := range tests {
		got, err := parseRelease("os-release", test.text)
		if got.source != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got.source, test.want)
		}
		if test.message == "" {
			if err != nil {
				t.Errorf("%q: %v", test.text, err)
			}
			continue
		}
		want := expected{Message: test.message, At: test.at, Help: "reinstall the package of the distribution that has `os-release`"}
		if diff := cmp.Diff(want, diagnosis(t, "", err)); diff != "" {
			t.Errorf("%q: %s", test.text, diff)
		}
	}
}

func TestParseDiversions(t *testing.T) {
	got, err := parseDiversions("diversions", "/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/x\n/usr/bin/x.y\n:\n")
	if err != nil {
		t.Fatal(err)
	}
	want := diversions{"bin/sh": {"bin/sh.distrib", "dash"}, "usr/bin/x": {"usr/bin/x.y", ""}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(diversion{})); diff != "" {
		t.Error(diff)
	}
	for text, at := range map[string]string{
		"/a\n/b\nc":                "diversions:3",
		"/a\n/b\nc\n/d\n":          "diversions:4",
		"a\n/b\nc\n":               "diversions:1",
		"/a\n/../b\nc\n":           "diversions:2",
		"/a\n/b\n\n":               "diversions:3",
		"/a\n/b\n../c\n":           "diversions:3",
		"/a\n/b\nc\n/a\n/e\nf\n":   "diversions:4",
		"/a\n/b\nc\n\n/d\n/e\nf\n": "diversions:4",
	} {
		_, err := parseDiversions("diversions", text)
		if got := diagnosis(t, "", err).At; got != at {
			t.Errorf("%q: reported at %s, want %s", text, got, at)
		}
	}
}

func TestParseAlternativeDamaged(t *testing.T) {
	for text, at := range map[string]string{
		"":                                "f:1",
		"automatic\n/l\n\n\n":             "f:1",
		"auto\nl\n\n\n":                   "f:2",
		"auto\n/l\n":                      "f:3", // the end of the choices
		"auto\n/l\ns\n/m":                 "f:4",
		"auto\n/l\n..\n/m\n\n\n":          "f:4",
		"auto\n/l\na/b\n/m\n\n\n":         "f:4",
		"auto\n/l\ns\nm\n\n\n":            "f:4",
		"auto\n/l\n\n/c\n":                "f:5",
		"auto\n/l\n\n/c\n1\n/extra":       "f:6",
		"auto\n/l\n\nc\n1\n\n":            "f:4",
		"auto\n/l\ns\n/m\n\n/c\n1\nx\n\n": "f:8",
	} {
		_, err := parseAlternative("f", "name", text)
		if got := diagnosis(t, "", err).At; got != at {
			t.Errorf("%q: reported at %s, want %s", text, got, at)
		}
	}
}

func TestWalk(t *testing.T) {
	f := &fixture{t, t.TempDir()}
	f.file("usr/lib/real/file", "")
	f.link("lib", "usr/lib")
	f.link("usr/abs", "/lib/real")
	f.link("usr/up", "../../../../usr/lib")
	f.link("usr/lib/final", "real/file")
	f.link("usr/through", "lib/real/../final")
	f.link("loop", "loop")
	f.link("dangling", "/nothing")
	f.link("top", "/")
	tests := []struct {
		name   string
		follow bool
		want   string
		hops   []string
		err    string
	}{
		{"", true, "", nil, ""},
		{"/usr//lib/./real/file", true, "usr/lib/real/file", nil, ""},
		{"lib/real/file", false, "usr/lib/real/file", []string{"lib"}, ""},
		{"usr/abs/file", false, "usr/lib/real/file", []string{"usr/abs", "lib"}, ""},
		{"usr/up/final", false, "usr/lib/final", []string{"usr/up"}, ""},
		{"usr/up/final", true, "usr/lib/real/file", []string{"usr/up", "usr/lib/final"}, ""},
		{"usr/through", true, "usr/lib/real/file", []string{"usr/through", "usr/lib/final"}, ""},
		{"../../usr", true, "usr", nil, ""},
		{"top/usr", true, "usr", []string{"top"}, ""},
		{"top", true, "", []string{"top"}, ""},
		{"usr/lib/real/file/below", true, "", nil, "missing"},
		{"dangling", true, "", nil, "missing"},
		{"dangling", false, "dangling", nil, ""},
		{"loop/x", true, "", nil, "too many levels of symbolic links"},
	}
	for _, test := range tests {
		at, err := newTree(f.root).walk(test.name, test.follow)
		if test.err != "" {
			if test.err == "missing" && !errors.Is(err, fs.ErrNotExist) || test.err != "missing" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("%s: got error %v, want %s", test.name, err, test.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		var hops []string
		for _, h := range at.hops {
			hops = append(hops, h.name)
		}
		if diff := cmp.Diff(test.hops, hops); diff != "" || at.name != test.want {
			t.Errorf("%s: got %q, want %q; hops %s", test.name, at.name, test.want, diff)
		}
		if directory := test.want == "" || test.want == "usr"; at.node.mode.IsDir() != directory {
			t.Errorf("%s: mode %v", test.name, at.node.mode)
		}
	}
}

func TestLeftOut(t *testing.T) {
	for name, want := range map[string]bool{
		"usr/bin/cc": false, "bin/sh": false, "lib64/ld.so": false, "libx32/x": false, "opt/x": false, "etc/x": false,
		"usr/share/docs": false, "usr/share/pkgconfig/x.pc": false, "etc/hosts.allow": false,
		"var": true, "var/lib/x": true, "boot/x": true, "run/x": true, "root/x": true, "srv": true, "": true, "user/x": true,
		"usr/share/doc": true, "usr/share/doc/x": true, "etc/hosts": true, "etc/machine-id": true,
	} {
		if got := leftOut(name); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
	// A generated file must not meet one of the host at the same name.
	for _, g := range generated {
		if !leftOut(g.name) {
			t.Errorf("the host's `%s` may enter beside the generated one", g.name)
		}
	}
}
