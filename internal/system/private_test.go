package system

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What users cannot read has no place in a layer, whoever captures it.
func TestCapturePrivate(t *testing.T) {
	f := newHost(t)
	f.install("x", "", "usr/bin/x", "usr/lib/helper", "usr/share/rules/x", "usr/share/closed")
	for name, mode := range map[string]fs.FileMode{"usr/lib/helper": 0o750 | fs.ModeSetuid, "usr/share/closed": 0o600, "usr/share/rules": 0o700} {
		f.must(os.Chmod(f.path(name), mode))
	}
	// The override names the helper, which runs as another user, and a file
	// that users can still read.
	f.file("var/lib/dpkg/statoverride", "root x 4750 /usr/lib/helper\nroot root 755 /usr/bin/x\n")
	want := map[string]string{"bin": "-> usr/bin", "usr/bin/x": "x:usr/bin/x"}
	if diff := cmp.Diff(want, f.capture(Request{Packages: []string{"x"}})); diff != "" {
		t.Error(diff)
	}
}

func TestCaptureClosedByAdministrator(t *testing.T) {
	f := newHost(t)
	f.install("x", "", "usr/bin/compiler", "etc/secret")
	f.file("var/lib/dpkg/statoverride", "root compilers 750 /usr/bin/compiler\nroot root 600 /etc/secret\n")
	f.must(os.Chmod(f.path("usr/bin/compiler"), 0o750))
	want := expected{
		Message: "the file `usr/bin/compiler` of package `x` was closed to other users by the administrator",
		Notes:   []string{"a build would miss it without a word"},
		Help:    "dpkg-statoverride --remove /usr/bin/compiler && apt install --reinstall x",
	}
	if diff := cmp.Diff(want, diagnosis(t, f.root, f.captureError(Request{Packages: []string{"x"}}))); diff != "" {
		t.Error(diff)
	}
}

func TestParseOverrides(t *testing.T) {
	got, err := parseOverrides("statoverride", "root dip 4754 /usr/sbin/pppd\n#110 root 0640 /etc/with space\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(overrides{"usr/sbin/pppd": 0o4754, "etc/with space": 0o640}, got); diff != "" {
		t.Error(diff)
	}
	for text, at := range map[string]string{
		"root root 755 /a":                     "statoverride:1",
		"root root 755\n":                      "statoverride:1",
		"root root 755 a\n":                    "statoverride:1",
		"root root 955 /a\n":                   "statoverride:1",
		"root root 17777 /a\n":                 "statoverride:1",
		"root root 755 /a\nroot root 755 /a\n": "statoverride:2",
		"\n":                                   "statoverride:1",
	} {
		_, err := parseOverrides("statoverride", text)
		if got := diagnosis(t, "", err).At; got != at {
			t.Errorf("%q: reported at %s, want %s", text, got, at)
		}
	}
}

func FuzzParseOverrides(f *testing.F) {
	f.Add("root dip 4754 /usr/sbin/pppd\n")
	f.Fuzz(func(t *testing.T, text string) {
		o, err := parseOverrides("statoverride", text)
		if expectDiagnostic(t, err) {
			return
		}
		for name, mode := range o {
			if !validPath("/"+name) || mode > 0o7777 {
				t.Errorf("accepted %q with mode %o", name, mode)
			}
		}
	})
}

func TestCaptureCertificates(t *testing.T) {
	f := newHost(t)
	f.install("ca-certificates", "", "usr/share/ca-certificates/b/Two.crt", "usr/share/ca-certificates/a.crt", "usr/share/ca-certificates/README")
	f.file("usr/share/ca-certificates/a.crt", "first\n")
	f.file("etc/ssl/certs/ca-certificates.crt", "with those of the administrator")
	got := f.capture(Request{Packages: []string{"ca-certificates"}})["etc/ssl/certs/ca-certificates.crt"]
	if diff := cmp.Diff("first\nca-certificates:usr/share/ca-certificates/b/Two.crt\n", got); diff != "" {
		t.Error(diff)
	}
	// A package that has the bundle as a file, as Alpine's, keeps its own.
	f.install("bundle", "", "etc/ssl/certs/ca-certificates.crt")
	got = f.capture(Request{Packages: []string{"ca-certificates", "bundle"}})["etc/ssl/certs/ca-certificates.crt"]
	if diff := cmp.Diff("bundle:etc/ssl/certs/ca-certificates.crt", got); diff != "" {
		t.Error(diff)
	}
}

// Our bundle is the one that Debian's own script makes.
func TestHostCertificates(t *testing.T) {
	const script = "/usr/sbin/update-ca-certificates"
	if _, err := os.Stat(script); err != nil {
		t.Skipf("this host has no script to compare with: %v", err)
	}
	d := captureTo(t, hostSnapshot(t, Request{Packages: []string{"ca-certificates"}}))
	got, err := os.ReadFile(filepath.Join(d.root, bundleDir, bundleName))
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	// All certificates of the package, and none that somebody chose.
	none := filepath.Join(t.TempDir(), "none")
	if err := os.WriteFile(none, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(script, "--default", "--certsconf", none, "--etccertsdir", to, "--localcertsdir", none, "--hooksdir", none)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Skipf("the script does not run here: %v\n%s", err, out)
	}
	want, err := os.ReadFile(filepath.Join(to, bundleName))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("our bundle has %d bytes and %d certificates, the script's %d and %d",
			len(got), strings.Count(string(got), "BEGIN"), len(want), strings.Count(string(want), "BEGIN"))
	}
}

func TestDerived(t *testing.T) {
	for name, want := range map[string]bool{
		"usr/lib/python3/dist-packages/__pycache__/x.cpython-312.pyc": true, "usr/lib64/gconv/gconv-modules.cache": true,
		"usr/share/mime/mime.cache": true, "usr/lib/python3/x.pyc": false, "usr/share/mime.cached": false, "usr/lib/gconv/gconv-modules": false,
	} {
		if got := leftOut(name); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}
