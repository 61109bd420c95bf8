package system

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOwners(t *testing.T) {
	f := newHost(t)
	f.install("libssl-dev", "Multi-Arch: same\n", "usr/include/openssl/", "usr/include/openssl/ssl.h", "usr/include/")
	f.install("libz1", "", "lib/libz.so.1", "usr/include/")
	f.install("libz1-foreign", "Architecture: i386\n", "usr/lib/i386/libz.so.1")
	f.install("mawk", "", "usr/bin/mawk")
	f.install("one", "", "usr/share/both")
	f.install("two", "", "!usr/share/both")
	f.install("gone", "Status: deinstall ok config-files\n", "usr/share/gone")
	f.install("elsewhere", "", "usr/bin/sh")
	f.file("usr/bin/sh.distrib", "")
	f.install("dash", "", "!usr/bin/sh")
	f.file("var/lib/dpkg/diversions", "/usr/bin/sh\n/usr/bin/sh.distrib\nelsewhere\n")
	f.file("usr/local/bin/own", "")
	f.dir("etc/alternatives")
	f.link("etc/alternatives/awk", "/usr/bin/mawk")
	f.link("usr/bin/awk", "/etc/alternatives/awk")
	f.link("usr/bin/round", "round")
	got, err := Owners(f.root, []string{
		"/usr/include/openssl/ssl.h", "/usr/include/openssl", "/usr/include", "/usr/lib/libz.so.1", "/lib/libz.so.1",
		"/usr/lib/i386/libz.so.1", "/usr/bin/awk", "/usr/share/both", "/usr/share/gone", "/usr/bin/sh", "/usr/bin/sh.distrib",
		"/usr/local/bin/own", "/usr/bin/round", "/nowhere", "/", "relative/../x", "/" + strings.Repeat("x", 5000),
	})
	want := map[string]string{
		"/usr/include/openssl/ssl.h": "libssl-dev", "/usr/include/openssl": "libssl-dev",
		"/usr/lib/libz.so.1": "libz1", "/lib/libz.so.1": "libz1", "/usr/lib/i386/libz.so.1": "libz1-foreign:i386",
		"/usr/bin/awk": "mawk", "/usr/share/both": "one", "/usr/bin/sh": "elsewhere", "/usr/bin/sh.distrib": "dash",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := Owners(t.TempDir(), nil); err == nil {
		t.Error("a host without dpkg has owners")
	}
}

// TestOwnersOfThisHost compares with dpkg itself.
func TestOwnersOfThisHost(t *testing.T) {
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		t.Skip("this host has no dpkg")
	}
	for _, file := range []string{"/etc/debian_version", "/usr/bin/dpkg", "/usr/bin/env"} {
		out, err := exec.Command("dpkg-query", "--search", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		want, _, _ := strings.Cut(string(out), ":")
		got, err := Owners("/", []string{file})
		if diff := cmp.Diff(map[string]string{file: want}, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}
