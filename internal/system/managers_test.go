package system

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDetect(t *testing.T) {
	tests := []struct {
		name, release string
		files         []string
		want          *Manager
	}{
		{"debian", "ID=debian\n", nil, dpkgManager},
		{"a relative of a relative", "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", nil, dpkgManager},
		{"fedora", "ID=fedora\n", nil, fedoraManager},
		{"rocky", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", nil, fedoraManager},
		{"leap", "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n", nil, suseManager},
		{"tumbleweed, by its own name", "ID=opensuse-tumbleweed\n", nil, suseManager},
		{"alpine", "ID=alpine\n", nil, apkManager},
		{"manjaro", "ID=manjaro\nID_LIKE=arch\n", nil, pacmanManager},
		{"unknown with one database", "ID=own\n", []string{"lib/apk/db/installed"}, apkManager},
		{"unknown with rpm", "ID=own\n", []string{"var/lib/rpm/rpmdb.sqlite"}, fedoraManager},
		// The program of another distribution may be installed on any.
		{"debian with a database of rpm", "ID=debian\n", []string{"var/lib/rpm/rpmdb.sqlite"}, dpkgManager},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := &fixture{t, t.TempDir()}
			f.file("etc/os-release", test.release)
			for _, name := range test.files {
				f.file(name, "")
			}
			got, err := Detect(f.root)
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got %s with `%s`, want %s with `%s`", got.Name, got.install, test.want.Name, test.want.install)
			}
		})
	}
}

func TestDetectRefuses(t *testing.T) {
	const help = "build on Debian, Fedora, openSUSE, Alpine, Arch or a relative of one, or in a container of one"
	tests := []struct {
		name  string
		files []string
		want  expected
	}{
		{"nothing", nil, expected{
			Message: "the distribution `own` is not known, and its package manager cannot be told", At: "etc/os-release",
			Notes: []string{"there is no database of dpkg, rpm, apk or pacman"}, Help: help,
		}},
		{"two", []string{"var/lib/dpkg/status", "var/lib/pacman/local/ALPM_DB_VERSION"}, expected{
			Message: "the distribution `own` is not known, and its package manager cannot be told", At: "etc/os-release",
			Notes: []string{"there is a database of dpkg", "there is a database of pacman"}, Help: help,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := &fixture{t, t.TempDir()}
			f.file("etc/os-release", "ID=own\n")
			for _, name := range test.files {
				f.file(name, "")
			}
			_, err := Detect(f.root)
			if diff := cmp.Diff(test.want, diagnosis(t, f.root, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What is missing, damaged or at work is said with the commands of the
// distribution.
func TestRecordedRefuses(t *testing.T) {
	const rpmFile, localDir = "usr/lib/sysimage/rpm/rpmdb.sqlite", "var/lib/pacman/local"
	missing := func(name string) expected {
		return expected{Message: "a package of the system layer is not installed on this host: `" + name + "`"}
	}
	with := func(e expected, help string, notes ...string) expected {
		e.Help, e.Notes = help, notes
		return e
	}
	dependency := func(what string) expected {
		return expected{Message: "the package `broken` depends on `" + what + "`, which is not installed", Notes: []string{"its files alone would not work"}}
	}
	library := expected{Message: "no installed package has a library that the Rust toolchain loads: `libabsent.so.1`"}
	tests := []struct {
		name, distribution string
		arrange            func(*fixture)
		request            Request
		want               expected
	}{
		{"missing", "fedora", nil, Request{Packages: []string{"cmake"}}, with(missing("cmake"), "dnf install cmake")},
		{"missing", "arch", nil, Request{Packages: []string{"cmake"}}, with(missing("cmake"), "pacman -S cmake")},
		{"missing", "alpine", nil, Request{Packages: []string{"cmake"}}, with(missing("cmake"), "apk add cmake")},
		{"another architecture", "fedora", nil, Request{Packages: []string{"bash:i686"}},
			with(missing("bash:i686"), "dnf install bash:i686", "rpm has `bash` for x86_64")},
		{"files not all there", "alpine", nil, Request{Packages: []string{"broken"}},
			with(missing("broken"), "apk add broken", "apk has `broken`, and its files are not all there")},
		{"dependency", "fedora", nil, Request{Packages: []string{"broken"}}, with(dependency("(absent and bash)"), "dnf check", "its files alone would not work")},
		{"dependency", "arch", nil, Request{Packages: []string{"broken"}}, with(dependency("absent"), "pacman -Dk", "its files alone would not work")},
		{"dependency", "alpine", nil, Request{Packages: []string{"orphan"}}, expected{
			Message: "the package `orphan` depends on `so:libabsent.so.1`, which is not installed",
			Notes:   []string{"its files alone would not work"}, Help: "apk fix"}},
		{"library", "fedora", nil, Request{Libraries: []string{"libabsent.so.1"}},
			with(library, "dnf provides '*/libabsent.so.1'", "find the package with the command below, then `dnf install` it")},
		{"library", "arch", nil, Request{Libraries: []string{"libabsent.so.1"}},
			with(library, "pacman -F 'libabsent.so.1'", "find the package with the command below, then `pacman -S` it")},
		{"library", "alpine", nil, Request{Libraries: []string{"libabsent.so.1"}},
			with(library, "apk search --exact 'so:libabsent.so.1'", "find the package with the command below, then `apk add` it")},
		{"at work", "fedora", func(f *fixture) { f.file(rpmFile+"-wal", "x") }, Request{}, expected{
			Message: "rpm is at work, or was interrupted", At: rpmFile + "-wal", Help: "wait until dnf has finished, or: rpm --rebuilddb"}},
		{"at work", "arch", func(f *fixture) { f.file("var/lib/pacman/db.lck", "") }, Request{}, expected{
			Message: "pacman is at work, or was interrupted", At: "var/lib/pacman/db.lck",
			Help: "wait until pacman has finished; if none is running: rm ROOT/var/lib/pacman/db.lck"}},
		{"at work", "alpine", func(f *fixture) { f.file("lib/apk/db/installed.new", "") }, Request{}, expected{
			Message: "apk is at work, or was interrupted", At: "lib/apk/db/installed.new", Help: "wait until apk has finished, or: apk fix"}},
		{"no database", "fedora", func(f *fixture) { f.remove(rpmFile) }, Request{}, expected{
			Message: "this host has no rpm database", At: rpmFile, Notes: []string{"its distribution is one of rpm's, by `os-release`"},
			Help: "build on a host with rpm, or in a container of one"}},
		{"an old database", "fedora", func(f *fixture) { f.remove(rpmFile); f.file("var/lib/rpm/Packages", "") }, Request{}, expected{
			Message: "the rpm database has the old format of Berkeley DB", At: "var/lib/rpm/Packages", Notes: []string{"rpm 4.16 and later write SQLite or ndb"},
			Help: "build on a newer release of the distribution, or in a container of one"}},
		{"damaged", "fedora", func(f *fixture) { f.file(rpmFile, "SQLite format 3") }, Request{}, expected{
			Message: "the rpm database cannot be read", At: rpmFile, Help: "rpm --verifydb"}},
		{"damaged", "alpine", func(f *fixture) { f.file("lib/apk/db/installed", "P:x\nnonsense\n") }, Request{}, expected{
			Message: "the line is not a field", At: "lib/apk/db/installed:2", Help: "apk fix"}},
		{"damaged", "arch", func(f *fixture) { f.file(localDir+"/make-4.4.1-1/desc", "make\n") }, Request{}, expected{
			Message: "the line is neither the name of a section nor in one", At: localDir + "/make-4.4.1-1/desc:1", Help: "pacman -Dk"}},
		{"another version's directory", "arch", func(f *fixture) {
			f.file(localDir+"/make-4.5-1/desc", "%NAME%\nmake\n\n%VERSION%\n4.4.1-1\n\n%ARCH%\nx86_64\n\n")
			f.file(localDir+"/make-4.5-1/files", "")
		}, Request{}, expected{
			Message: "the directory of another version holds the package `make` 4.4.1-1", At: localDir + "/make-4.5-1/desc", Help: "pacman -Dk"}},
		{"two versions", "arch", func(f *fixture) {
			f.file(localDir+"/make-4.5-1/desc", "%NAME%\nmake\n\n%VERSION%\n4.5-1\n\n%ARCH%\nx86_64\n\n")
			f.file(localDir+"/make-4.5-1/files", "")
		}, Request{Packages: []string{"make"}}, expected{
			Message: "the package `make` is installed in two versions, 4.4.1-1 and 4.5-1", Notes: []string{"a system layer holds one of each package"},
			Help: "remove one of them, then: pacman -Dk"}},
		{"the form of an older pacman", "arch", func(f *fixture) { f.file(localDir+"/ALPM_DB_VERSION", "8\n") }, Request{}, expected{
			Message: "the pacman database has version `8`, not 9", At: localDir + "/ALPM_DB_VERSION:1", Help: "pacman-db-upgrade"}},
		{"a missing file", "fedora", func(f *fixture) { f.remove("usr/bin/as") }, Request{}, expected{
			Message: "the file `usr/bin/as` of package `binutils` is missing on this host", Help: "dnf reinstall binutils"}},
		{"a missing file", "alpine", func(f *fixture) { f.remove("usr/bin/ld") }, Request{}, expected{
			Message: "the file `usr/bin/ld` of package `binutils` is missing on this host", Help: "apk fix --reinstall binutils"}},
	}
	for _, test := range tests {
		t.Run(test.distribution+" "+test.name, func(t *testing.T) {
			f := newRecorded(t, test.distribution)
			if test.arrange != nil {
				test.arrange(f)
			}
			got := diagnosis(t, f.root, f.captureError(test.request))
			got.Help = strings.ReplaceAll(got.Help, f.root, "ROOT")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// later differs from any time at which a test made a file.
var later = time.Unix(4e9, 0)

func TestRecordedNoticesChange(t *testing.T) {
	for _, test := range []struct {
		distribution string
		change       func(*fixture)
		at           string
	}{
		{"fedora", func(f *fixture) { f.file("usr/lib/sysimage/rpm/rpmdb.sqlite", "another") }, "usr/lib/sysimage/rpm/rpmdb.sqlite"},
		{"fedora", func(f *fixture) { f.file("usr/lib/sysimage/rpm/rpmdb.sqlite-wal", "a step") }, "usr/lib/sysimage/rpm/rpmdb.sqlite-wal"},
		{"arch", func(f *fixture) {
			f.dir("var/lib/pacman/local/new-1-1")
			f.must(os.Chtimes(f.path("var/lib/pacman/local"), later, later))
		}, "var/lib/pacman/local"},
		{"alpine", func(f *fixture) { f.file("lib/apk/db/installed", "") }, "lib/apk/db/installed"},
	} {
		t.Run(test.at, func(t *testing.T) {
			f := newRecorded(t, test.distribution)
			s := f.resolve(Request{})
			test.change(f)
			got := diagnosis(t, f.root, s.Capture(context.Background(), memory{}))
			if got.At != test.at || !strings.Contains(got.Help, s.Manager.busy) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestMissing(t *testing.T) {
	for distribution, want := range map[string][]string{"fedora": {"cmake"}, "arch": {"cmake"}, "alpine": {"cmake"}} {
		f := newRecorded(t, distribution)
		got, m, err := Missing(f.root, append(slices.Clone(managerOf(t, f).Base), "cmake", "make"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" || m != managerOf(t, f) {
			t.Errorf("%s: %s", distribution, diff)
		}
		if got, _, err = Missing(f.root, nil); err != nil || len(got) > 0 {
			t.Errorf("%s: missing of the base: %v, %v", distribution, got, err)
		}
	}
}

func managerOf(t *testing.T, f *fixture) *Manager {
	t.Helper()
	m, err := Detect(f.root)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Every manager can say what to do, and names no package twice.
func TestManagersAreWhole(t *testing.T) {
	for _, m := range managers {
		for name, text := range map[string]string{"install": m.install, "reinstall": m.reinstall, "library": m.library} {
			if strings.Count(text, "%s") != 1 {
				t.Errorf("%s: `%s` is no format of a %s command", m.Name, text, name)
			}
		}
		if m.Name == "" || len(m.Base) == 0 || len(m.distributions) == 0 || slices.Contains([]string{m.repair, m.audit, m.verify, m.base, m.busy}, "") {
			t.Errorf("%+v has an empty field", m)
		}
		if got, want := m.Named("cmake"), "cmake"; got != want {
			t.Errorf("%s: got %s, want %s", m.Name, got, want)
		}
	}
	if got, want := fedoraManager.Install(fedoraManager.Named("libssl-dev"), "make"), "dnf install openssl-devel make"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFindRefusesWhatIsNoName(t *testing.T) {
	db, _, err := open(newTree(newRecorded(t, "fedora").root))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "x; reboot", "../x", "gcc:", "gcc:x;y", "gcc >= 1", "-x"} {
		if _, err := db.find(name); !errors.Is(err, errNotName) {
			t.Errorf("%q: got %v, want %v", name, err, errNotName)
		}
	}
}
