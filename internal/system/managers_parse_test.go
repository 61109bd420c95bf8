package system

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRPMRequirement(t *testing.T) {
	x := &index{arch: "x86_64", words: fedoraManager, tree: newTree(t.TempDir()),
		named: func(*Package, string) ([]listed, error) { return nil, nil }}
	for _, r := range []*record{
		{Package: Package{Name: "a", Version: "1", Architecture: "x86_64"}, provides: []string{"a", "a(x86-64)", "both", "lib.so()(64bit)"}},
		{Package: Package{Name: "b", Version: "1", Architecture: "x86_64"}, provides: []string{"both", "half"}},
		{Package: Package{Name: "c", Version: "1", Architecture: "i686"}, provides: []string{"both", "only32"}},
		{Package: Package{Name: "d", Version: "1", Architecture: "all"}, provides: []string{"half"}},
		{Package: Package{Name: "gone", Version: "1", Architecture: "x86_64"}, provides: []string{"unwhole"}, broken: "its files are not all there"},
	} {
		x.add(r)
	}
	tests := []struct {
		text string
		want []string // nil: not satisfied
	}{
		{"a", []string{"a"}},
		{"a(x86-64)", []string{"a"}},
		{"lib.so()(64bit)", []string{"a"}},
		{"both", []string{"a", "b"}},    // of the own architecture
		{"only32", []string{"c"}},       // of another where there is no own
		{"half", []string{"b", "d"}},    // for all architectures is of the own
		{"unwhole", nil},                // a package whose files are not there provides nothing
		{"(a)", []string{"a"}},          // nothing but parentheses
		{"(a >= 1:2-3)", []string{"a"}}, // a version
		{"(a and b)", []string{"a", "b"}},
		{"(a and x)", nil},
		{"(x or b or a)", []string{"b"}},
		{"(x or y)", nil},
		{"(a if b)", []string{"a"}},
		{"(x if b)", nil},
		{"(x if y)", []string{}},
		{"(x if y else a)", []string{"a"}},
		{"(x if y else z)", nil},
		{"(a if b else x)", []string{"a"}},
		{"(x unless b)", []string{}},
		{"(x unless b else a)", []string{"a"}},
		{"(a unless y)", []string{"a"}},
		{"(both with half)", []string{"b"}},
		{"(both without half)", []string{"a"}},
		{"(both with x)", nil},
		{"((a or x) and (b if (c(x) or a = 2)))", []string{"a", "b"}},
		{"/no/such/file", nil},
	}
	for _, test := range tests {
		r, err := parseRPMRequirement(test.text)
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		found, ok, err := r.satisfy(x, "x86_64")
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		var got []string
		if ok {
			got = []string{}
			for _, p := range found {
				got = append(got, p.Name)
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q: %s", test.text, diff)
		}
	}
}

func TestRPMRequirementRefuses(t *testing.T) {
	for _, text := range []string{"", "(", "()", "(a", "(a))", "(a b)", "(a and)", "(a and b or c)", "(a if b if c)", "(a if b else c else d)",
		"(a else b)", "(a >=)", "(and a)b", "(a without b without c)"} {
		if r, err := parseRPMRequirement(text); err == nil {
			t.Errorf("%q is accepted as %v", text, r)
		}
	}
}

func TestParseApkDamaged(t *testing.T) {
	for text, at := range map[string]string{
		"P:a\nV:1\nA:x86_64":                       "installed:3",
		"P:a\nV:1\n\n":                             "installed:1",
		"\nV:1\nA:x\n":                             "installed:2",
		"P:a\nP:b\nV:1\nA:x\n":                     "installed:2",
		"P:../a\n":                                 "installed:1",
		"P:a\nV:1;2\n":                             "installed:2",
		"P:a\nV:1\nA:\n":                           "installed:3",
		"P:a\nD:b =1\n":                            "installed:2",
		"P:a\nR:file-without-directory\n":          "installed:2",
		"P:a\nV:1\nA:x\nF:usr\nR:\n":               "installed:5",
		"P:a\nV:1\nA:x\nF:usr\nR:b/c\n":            "installed:5",
		"P:a\nV:1\nA:x\nF:usr\nR:..\n":             "installed:5",
		"P:a\nV:1\nA:x\nF:/usr\n":                  "installed:4",
		"P:a\nV:1\nA:x\nF:usr/../..\n":             "installed:4",
		"P:a\nV:1\nA:x\n\nP:b\nV:1\nA:x\nR:of-a\n": "installed:8",
		"P\n":    "installed:1",
		" P:a\n": "installed:1",
	} {
		_, err := parseApk("installed", text)
		if got := diagnosis(t, "", err).At; got != at {
			t.Errorf("%q: reported at %s, want %s", text, got, at)
		}
	}
}

func TestParsePacmanDamaged(t *testing.T) {
	for text, at := range map[string]string{
		"%NAME%\na":                       "desc:2",
		"%NAME%\na\n":                     "desc",
		"a\n":                             "desc:1",
		"%NAME%\na\n\n%NAME%\nb\n":        "desc:4",
		"%NAME%\na\nb\n\n":                "desc:1",
		"%NAME%\n-a\n\n":                  "desc:1",
		"%NAME%\n../a\n\n":                "desc:1",
		"%NAME%\na\n\n%VERSION%\n1 2\n\n": "desc:4",
		"%NAME%\na\n\n%VERSION%\n1\n\n%ARCH%\n/\n\n": "desc:7",
		"%NAME%\na\n\n%DEPENDS%\nb\n>=1\n\n":         "desc:4",
		"%NAME%\na\n\n%PROVIDES%\nb c\n\n":           "desc:4",
	} {
		_, err := parsePacman("desc", text)
		if got := diagnosis(t, "", err).At; got != at {
			t.Errorf("%q: reported at %s, want %s", text, got, at)
		}
	}
	for text, at := range map[string]string{
		"%FILES%\nusr/\n/usr/bin\n\n":               "files:3",
		"%FILES%\nusr//bin\n":                       "files:2",
		"%FILES%\n../x\n":                           "files:2",
		"%BACKUP%\netc/x\n":                         "files:2",
		"%FILES%\netc/x\n\n%BACKUP%\n/etc/x\tabc\n": "files:5",
	} {
		_, err := parsePacmanFiles("files", text)
		if got := diagnosis(t, "", err).At; got != at {
			t.Errorf("%q: reported at %s, want %s", text, got, at)
		}
	}
}

func TestConffiles(t *testing.T) {
	got, ok := parseConffiles(" /etc/a 0123abc\n /etc/with space 0123\n /etc/b newconffile\n /etc/c 01 obsolete\n /etc/d 01 obsolete remove-on-upgrade\n /etc/e 01 remove-on-upgrade\n")
	want := map[string]conffile{"etc/a": conffileCurrent, "etc/with space": conffileCurrent, "etc/b": conffileCurrent,
		"etc/c": conffileObsolete, "etc/d": conffileObsolete, "etc/e": conffileObsolete}
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("%v: %s", ok, diff)
	}
	for _, text := range []string{" /etc/a\n", " etc/a 01\n", " /etc/../a 01\n", " 01\n", "\n", " /etc/a 0-1\n"} {
		if got, ok := parseConffiles(text); ok {
			t.Errorf("%q is accepted as %v", text, got)
		}
	}
}

func TestCaptureConffiles(t *testing.T) {
	f := newHost(t)
	f.install("x", "Conffiles:\n /etc/kept 01\n /etc/old 01 obsolete\n /usr/share/x/settings 01\n",
		"etc/kept", "etc/old", "!usr/share/x/settings", "usr/share/x/data")
	want := map[string]string{"etc/kept": "x:etc/kept", "usr/share/x/data": "x:usr/share/x/data"}
	if diff := cmp.Diff(want, f.capture(Request{Packages: []string{"x"}})); diff != "" {
		t.Error(diff)
	}
}

// Two packages that list one file, as after Replaces or a forced installation,
// mean the one that is there.
func TestCaptureReplaced(t *testing.T) {
	f := newHost(t)
	f.install("new", "Replaces: old\nDepends: old\n", "usr/share/file")
	f.install("old", "", "!usr/share/file", "usr/share/other")
	want := map[string]string{"usr/share/file": "new:usr/share/file", "usr/share/other": "old:usr/share/other"}
	if diff := cmp.Diff(want, f.capture(Request{Packages: []string{"new"}})); diff != "" {
		t.Error(diff)
	}
}

func TestParseAlternativeOfChkconfig(t *testing.T) {
	for text, want := range map[string][]alternative{
		"auto\n/usr/bin/ld\n\n/usr/bin/ld.bfd\n50\n/usr/bin/ld.gold\n30\n": {{"ld", "usr/bin/ld", "ld",
			[]choice{{"usr/bin/ld.bfd", "usr/bin/ld.bfd", 50}, {"usr/bin/ld.gold", "usr/bin/ld.gold", 30}}}},
		"manual\n/usr/bin/ld\nman\n/usr/share/man/ld.1\n\n/usr/bin/ld.bfd\n@family@50 service\n/usr/share/man/bfd.1\n": {
			{"ld", "usr/bin/ld", "ld", []choice{{"usr/bin/ld.bfd", "usr/bin/ld.bfd", 50}}},
			{"man", "usr/share/man/ld.1", "ld", []choice{{"usr/share/man/bfd.1", "usr/bin/ld.bfd", 50}}}},
	} {
		got, err := parseAlternative("f", "ld", text)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(alternative{}, choice{})); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got):\n%s", text, err, diff)
		}
	}
	for _, priority := range []string{"", "@f@", "x", "@f", "1x", " 1"} {
		if _, err := parsePriority(priority); err == nil {
			t.Errorf("%q is accepted", priority)
		}
	}
}

func FuzzRPMRequirement(f *testing.F) {
	for _, text := range []string{"(a if (b or c(x)) else d >= 1)", "/bin/sh", "lib.so()(64bit)", "((("} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseRPMRequirement(text)
		if err != nil {
			return
		}
		// What is printed of it means the same.
		again, err := parseRPMRequirement(r.String())
		if err != nil || again.String() != r.String() {
			t.Errorf("%q becomes %q, %v", text, r, err)
		}
	})
}

func FuzzParseApk(f *testing.F) {
	f.Add("P:a\nV:1-r0\nA:x86_64\nD:b>=1 !c so:d\np:cmd:e=1\nF:usr/bin\nR:a\na:0:0:755\n\n")
	f.Add("P:.v\nV:1\nA:noarch\nf:f\n")
	f.Fuzz(func(t *testing.T, text string) {
		packages, err := parseApk("installed", text)
		if expectDiagnostic(t, err) {
			return
		}
		for _, p := range packages {
			if !validApkName(p.Name) || !validApkVersion(p.Version) || !validName(p.Architecture) {
				t.Errorf("accepted the package %+v", p.Package)
			}
			expectClean(t, p.files)
		}
	})
}

func FuzzParsePacman(f *testing.F) {
	f.Add("%NAME%\na\n\n%VERSION%\n1:2-3\n\n%ARCH%\nany\n\n%DEPENDS%\nb>=1\nc=1-64\n\n%URL%\n\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePacman("desc", text)
		if !expectDiagnostic(t, err) && (!validPacmanName(p.Name) || p.Version == "" || !validName(p.Architecture)) {
			t.Errorf("accepted the package %+v", p.Package)
		}
	})
}

func FuzzParsePacmanFiles(f *testing.F) {
	f.Add("%FILES%\nusr/\nusr/bin/a\netc/a\n\n%BACKUP%\netc/a\t0123\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		files, err := parsePacmanFiles("files", text)
		if !expectDiagnostic(t, err) {
			expectClean(t, files)
		}
	})
}

func FuzzParseConffiles(f *testing.F) {
	f.Add(" /etc/a 01 obsolete\n /etc/b newconffile\n")
	f.Fuzz(func(t *testing.T, text string) {
		files, _ := parseConffiles(text)
		for name := range files {
			if !validPath("/" + name) {
				t.Errorf("accepted %q", name)
			}
		}
	})
}

func expectClean(t *testing.T, files []listed) {
	t.Helper()
	for _, e := range files {
		if !validPath("/" + e.name) {
			t.Errorf("accepted the file %q", e.name)
		}
	}
}
