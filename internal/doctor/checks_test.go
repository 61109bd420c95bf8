//go:build linux

package doctor

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/advice"
)

// write makes files below dir.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// dpkg is the database of a host with these packages.
func dpkg(names ...string) map[string]string {
	status := ""
	files := map[string]string{
		"etc/os-release": "ID=debian\nVERSION_ID=12\n", "var/lib/dpkg/arch": "amd64\n",
		"usr/lib/x86_64-linux-gnu/keep": "", "var/lib/dpkg/info/format": "1\n",
	}
	for _, n := range append([]string{"dpkg"}, names...) {
		status += "Package: " + n + "\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\n\n"
		files["var/lib/dpkg/info/"+n+".list"] = "/.\n"
	}
	files["var/lib/dpkg/status"] = status
	return files
}

func TestPackages(t *testing.T) {
	debian := advice.Host{Distribution: "debian"}
	for _, c := range []struct {
		name  string
		files map[string]string
		host  advice.Host
		state State
		text  string // a part of it
		help  string
	}{
		{"all", dpkg("gcc", "libc6-dev"), debian, Good, "gcc and libc6-dev are installed", ""},
		{"one missing", dpkg("gcc"), debian, Bad, "are not installed: libc6-dev", "sudo apt install libc6-dev"},
		{"all missing", dpkg(), advice.Host{Distribution: "ubuntu", Root: true}, Bad, "are not installed: gcc libc6-dev", "apt install gcc libc6-dev"},
		{"no database", map[string]string{"etc/os-release": "ID=fedora\n"}, advice.Host{Distribution: "fedora"}, Bad, "no rpm database",
			"build on a host with rpm, or in a container of one"},
		{"alpine", map[string]string{"etc/os-release": "ID=alpine\n", "lib/apk/db/installed": "P:musl\nV:1.2.5-r0\nA:x86_64\n\n"},
			advice.Host{Distribution: "alpine"}, Bad, "are not installed: gcc musl-dev", "doas apk add gcc musl-dev"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := hostAt(t.TempDir())
			h.System = t.TempDir()
			write(t, h.System, c.files)
			got := packages(h, c.host)
			if diff := cmp.Diff([]string{string(c.state), c.help}, []string{string(got.State), got.Help}); diff != "" || !strings.Contains(got.Text, c.text) {
				t.Errorf("%+v (-want +got):\n%s", got, diff)
			}
		})
	}
}

func TestStorage(t *testing.T) {
	t.Run("to be made", func(t *testing.T) {
		h := hostAt(t.TempDir())
		got := storage(h)
		if got.State == Bad && got.Help == "" || !strings.Contains(got.Text, h.Store) || len(got.Notes) == 0 || !strings.Contains(got.Notes[0], "does not exist yet") {
			t.Errorf("%+v", got)
		}
		if _, err := os.Lstat(h.Store); err == nil {
			t.Error("it was made")
		}
	})
	t.Run("not writable", func(t *testing.T) {
		if os.Geteuid() == 0 {
			t.Skip("root may write everywhere")
		}
		h := hostAt(t.TempDir())
		h.Store = "/usr/cargo-hermetic"
		got := storage(h)
		if got.State != Bad || !strings.Contains(strings.Join(got.Notes, "\n"), "`/usr` cannot be written to") || !strings.Contains(got.Help, "XDG_CACHE_HOME") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("read-only", func(t *testing.T) {
		h := hostAt(t.TempDir())
		h.Store = "/proc/self/cargo-hermetic" // where nobody can make a directory
		if got := storage(h); got.State != Bad || got.Help == "" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("behind a file", func(t *testing.T) {
		h := hostAt(t.TempDir())
		write(t, h.Home, map[string]string{"file": ""})
		h.Store = filepath.Join(h.Home, "file", "store")
		if got := storage(h); got.State != Bad || !strings.Contains(got.Text, "not a directory") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("in memory", func(t *testing.T) {
		h := hostAt("/dev/shm")
		if d, err := diskOf("/dev/shm"); err != nil || d.kind != "tmpfs" {
			t.Skipf("/dev/shm is no tmpfs here: %+v, %v", d, err)
		}
		if got := storage(h); got.State == Good || !strings.Contains(strings.Join(got.Notes, "\n"), "in memory") {
			t.Errorf("%+v", got)
		}
	})
}

// TestJudgeSpace goes by numbers, since no test can fill a disk.
func TestJudgeSpace(t *testing.T) {
	for _, c := range []struct {
		disk  disk
		state State
	}{
		{disk{kind: "ext4", free: 100 << 30, writable: true}, Good},
		{disk{kind: "ext4", free: enoughSpace, writable: true}, Good},
		{disk{kind: "ext4", free: enoughSpace - 1, writable: true}, Careful},
		{disk{kind: "ext4", free: leastSpace - 1, writable: true}, Bad},
		{disk{kind: "ext4", free: 100 << 30}, Bad},
		{disk{kind: "nfs", free: 100 << 30, writable: true, notice: "slow"}, Careful},
		{disk{kind: "nfs", free: 1, writable: true, notice: "slow"}, Bad},
	} {
		if got := judge("/store", "/store", c.disk); got.State != c.state || (got.Help == "") != (c.state == Good || c.disk.free == enoughSpace-1) {
			t.Errorf("%+v: %+v", c.disk, got)
		}
	}
	for n, want := range map[uint64]string{0: "0.0 GiB", 1 << 30: "1.0 GiB", 5 << 29: "2.5 GiB", 10 << 30: "10 GiB"} {
		if diff := cmp.Diff(want, size(n)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestRust without any rustup: what is pinned is named, with the line that
// installs it.
func TestRust(t *testing.T) {
	project := map[string]string{"Cargo.toml": "[package]\nname = \"p\"\nversion = \"0.0.0\"\n[lib]\npath = \"p.rs\"\n", "p.rs": ""}
	for _, c := range []struct {
		name       string
		files      map[string]string
		text, help string
	}{
		{"pinned", map[string]string{"rust-toolchain.toml": "[toolchain]\nchannel = \"1.0.0\"\n"}, "Rust 1.0.0 is not installed", "rustup toolchain install 1.0.0"},
		{"not exact", map[string]string{"rust-toolchain.toml": "[toolchain]\nchannel = \"stable\"\n"}, "`stable`", ""},
		{"nothing pinned", nil, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := hostAt(t.TempDir())
			write(t, h.Cwd, project)
			write(t, h.Cwd, c.files)
			got := rust(context.Background(), h, &build.Options{Isolation: "namespaces"})
			if got.State != Bad || !strings.Contains(got.Text, c.text) || !strings.HasPrefix(got.Help, c.help) {
				t.Errorf("%+v", got)
			}
		})
	}
}
