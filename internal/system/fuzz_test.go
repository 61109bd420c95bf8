package system

import (
	"bytes"
	"errors"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// expectDiagnostic fails on an error that users could not act on.
func expectDiagnostic(t *testing.T, err error) bool {
	t.Helper()
	if err == nil {
		return false
	}
	d, ok := errors.AsType[*diag.Diagnostic](err)
	if !ok || len(d.At) == 0 || d.Help == "" {
		t.Fatalf("not a diagnostic with a place and help: %v", err)
	}
	return true
}

func FuzzParseStatus(f *testing.F) {
	f.Add("Package: a\nStatus: install ok installed\nVersion: 1:2~3-4\nArchitecture: amd64\nDepends: b (>= 1) | c:any,\n d\nDescription: x\n y\n .\n\n")
	f.Add("Package: a\nStatus: deinstall ok config-files\n\nPackage: b\nStatus: purge ok not-installed\n")
	f.Add("\n\n x\n")
	f.Fuzz(func(t *testing.T, text string) {
		packages, err := parseStatus("status", text)
		if expectDiagnostic(t, err) {
			return
		}
		for _, p := range packages {
			if !validName(p.Name) || !validState(p.state) {
				t.Errorf("accepted the package %+v", p)
			}
			if p.usable() && (!validName(p.Architecture) || !validVersion(p.Version)) {
				t.Errorf("accepted the installed package %+v", p)
			}
		}
	})
}

func FuzzParseRelations(f *testing.F) {
	f.Add("a (>= 1), b | c:any (= 2)")
	f.Add("a (")
	f.Fuzz(func(t *testing.T, text string) {
		clauses, err := parseRelations(text)
		if err != nil {
			return
		}
		for _, c := range clauses {
			// What is left after dropping the versions means the same.
			again, err := parseRelations(c.String())
			if err != nil || len(again) != 1 || again[0].String() != c.String() {
				t.Errorf("%q becomes %v, %v", c, again, err)
			}
		}
	})
}

func FuzzParseDiversions(f *testing.F) {
	f.Add("/bin/sh\n/bin/sh.distrib\ndash\n")
	f.Add("/a\n/b\n:\n/c\n")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parseDiversions("diversions", text)
		if expectDiagnostic(t, err) {
			return
		}
		for from, v := range d {
			if !validPath("/"+from) || !validPath("/"+v.to) || v.by != "" && !validName(v.by) {
				t.Errorf("accepted %q, %+v", from, v)
			}
		}
	})
}

func FuzzParseAlternative(f *testing.F) {
	f.Add("auto\n/usr/bin/cc\n\n/usr/bin/gcc\n20\n\n")
	f.Add("manual\n/usr/bin/awk\nawk.1\n/usr/share/man/man1/awk.1\n\n/usr/bin/mawk\n5\n\n\n")
	f.Add("auto\n/a\nb")
	f.Fuzz(func(t *testing.T, text string) {
		group, err := parseAlternative("f", "cc", text)
		if expectDiagnostic(t, err) {
			return
		}
		for _, a := range group {
			if !validPath("/etc/alternatives/"+a.name) || !validPath("/"+a.link) {
				t.Errorf("accepted %+v", a)
			}
		}
	})
}

func FuzzParseList(f *testing.F) {
	f.Add("/.\n/usr\n/usr/bin\n/usr/bin/cc\n")
	f.Add("/usr/../x\n")
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := parseList("x.list", text)
		if expectDiagnostic(t, err) {
			return
		}
		for _, e := range entries {
			if !validPath("/" + e.name) {
				t.Errorf("accepted %q", e.name)
			}
		}
	})
}

func FuzzParseRelease(f *testing.F) {
	f.Add("ID=debian\nVERSION_ID=\"12\"\n")
	f.Add("ID='\n=\n")
	f.Fuzz(func(t *testing.T, text string) {
		release, err := parseRelease("os-release", text)
		if !expectDiagnostic(t, err) && (release.id == "" || release.source == "") {
			t.Error("neither a name nor an error")
		}
	})
}

func FuzzParseObject(f *testing.F) {
	f.Add(elfFile("libx.so.1", "libc.so.6"))
	f.Add(elfFile("", "liby.so")[:100])
	f.Add([]byte("\x7fELF"))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := parseObject(bytes.NewReader(data))
		if err != nil && (o.needed != nil || o.sonames != nil) {
			t.Errorf("an error and a result: %v, %+v", err, o)
		}
	})
}
