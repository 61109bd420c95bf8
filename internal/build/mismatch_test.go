//go:build !windows

package build

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/system"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// recorded is what a lock says of a recorded host.
func recorded(t *testing.T, h *Host) (lock.System, *system.Manager) {
	t.Helper()
	s, err := system.Resolve(h.System, system.Request{})
	must(t, err)
	return systemLock(s, nil, digest.Of([]byte("system"))), s.Manager
}

// printed is an error as a user sees it.
func printed(err error) string {
	var b strings.Builder
	ui.NewShell(&b, ui.Normal, false).Error(err)
	return b.String()
}

// Of each family's hosts: one package was upgraded, one removed, and the commands
// are those of its package manager.
func TestDriftOfDistributions(t *testing.T) {
	for distribution, want := range map[string]string{
		"fedora": "dnf install gcc-GCC OTHER",
		"arch":   "pacman -U /var/cache/pacman/pkg/gcc-GCC-*.pkg.tar.zst OTHER",
		"alpine": "apk add gcc=GCC OTHER",
	} {
		t.Run(distribution, func(t *testing.T) {
			h := &Host{System: recordedRoot(t, distribution), Shell: ui.NewShell(io.Discard, ui.Normal, false)}
			here, manager := recorded(t, h)
			locked := here
			locked.Packages = append([]lock.Package{}, here.Packages...)
			var gcc, now string
			for i, p := range locked.Packages {
				if p.Name == "gcc" {
					gcc, now = "1.2.3-4", p.Version
					locked.Packages[i].Version = gcc
				}
			}
			if now == "" {
				t.Fatal("no gcc is recorded")
			}
			locked.Packages = append(locked.Packages, lock.Package{Name: "zzz-gone", Version: "5-6"})
			l := &lock.Lock{System: locked}
			other := map[string]string{"fedora": "zzz-gone-5-6", "arch": "/var/cache/pacman/pkg/zzz-gone-5-6-*.pkg.tar.zst", "alpine": "zzz-gone=5-6"}[distribution]
			command := strings.NewReplacer("GCC", gcc, "OTHER", other).Replace(want)
			full := "error: this host has `gcc` " + now + ", and `hermetic.lock` names 1.2.3-4; one more differs\n" +
				"  = note: to get the locked: " + command + "\n" +
				"  = note: ~ gcc 1.2.3-4 -> " + now + "\n" +
				"  = note: - zzz-gone 5-6\n" +
				"  = note: the store does not hold the locked layer: " + l.System.Layer.String() + "\n\n" +
				"help: get the locked files from who has them (cargo hermetic layer pull REPOSITORY --layer system), or lock what is here: cargo hermetic lock --update\n"
			if diff := cmp.Diff(full, printed(h.drift(l, here, manager))); diff != "" {
				t.Error(diff)
			}
			// A host of which no layer can be made says the same, by its database alone.
			failed := diag.New(diag.ExitFailed, "something is missing")
			if diff := cmp.Diff(full, printed(h.orDrift(l, failed))); diff != "" {
				t.Error(diff)
			}
			// Where all that is locked is there, the reason stays; so does another one.
			l.System = here
			if got := h.orDrift(l, failed); got != error(failed) {
				t.Error(got)
			}
			refused := diag.New(diag.ExitPolicy, "refused")
			if got := h.orDrift(&lock.Lock{System: locked}, refused); got != error(refused) {
				t.Error(got)
			}
		})
	}
}

// A host without a database keeps the reason why there is no layer.
func TestDriftWithoutDatabase(t *testing.T) {
	h := &Host{System: t.TempDir()}
	failed := errors.New("no database")
	if got := h.orDrift(&lock.Lock{System: lock.System{Packages: []lock.Package{{Name: "gcc", Version: "1"}}}}, failed); got != failed {
		t.Error(got)
	}
}

// What a change means, in words, and what gives the host the locked packages.
func TestDiffers(t *testing.T) {
	manager := managerOf(t, "debian")
	long := lock.Change{Kind: lock.KindSystemLayer, From: digest.Of([]byte("a")).String(), To: digest.Of([]byte("b")).String()}
	for _, c := range []struct {
		change       lock.Change
		want, wayOut string
	}{
		{lock.Change{Kind: lock.KindPackage, Name: "gcc", From: "4:12", To: "4:13"}, "this host has `gcc` 4:13, and `hermetic.lock` names 4:12", "apt install gcc=4:12"},
		{lock.Change{Kind: lock.KindPackage, Name: "libc6:i386", From: "2.36"}, "this host has no `libc6:i386`, and `hermetic.lock` names 2.36", "apt install libc6:i386=2.36"},
		{lock.Change{Kind: lock.KindPackage, Name: "gcc", To: "4:13"}, "this host has `gcc` 4:13, and `hermetic.lock` does not name it", ""},
		{lock.Change{Kind: lock.KindSystem, From: "debian 12", To: "debian 13"}, "this host is debian 13, and `hermetic.lock` was made on debian 12", "build on debian 12, or in a container of it"},
		{lock.Change{Kind: lock.KindArchitecture, From: "amd64", To: "arm64"}, "the packages of this host are for arm64, and those of `hermetic.lock` for amd64", ""},
		{lock.Change{Kind: lock.KindRequested, Name: "make", To: "make"}, "`hermetic.toml` asks for `make`, and `hermetic.lock` does not", ""},
		{lock.Change{Kind: lock.KindRequested, Name: "make", From: "make"}, "`hermetic.lock` asks for `make`, and `hermetic.toml` does not", ""},
		{lock.Change{Kind: lock.KindComponent, Name: "rust-src", From: "rust-src"}, "this host has no component `rust-src`, and `hermetic.lock` names it", ""},
		{lock.Change{Kind: lock.KindComponent, Name: "rust-src", To: "rust-src"}, "this host has the component `rust-src`, and `hermetic.lock` does not name it", ""},
		{lock.Change{Kind: lock.KindToolchain, From: "1.95.0", To: "1.96.0"}, "this host has toolchain 1.96.0, and `hermetic.lock` names 1.95.0", ""},
		{lock.Change{Kind: lock.KindToolchain, Name: "1.95.0", From: "aaaaaaaaaaaa", To: "bbbbbbbbbbbb"}, "Rust 1.95.0 of this host is commit bbbbbbbbb, and `hermetic.lock` names aaaaaaaaa", ""},
		{lock.Change{Kind: lock.KindHost, From: "riscv64gc-unknown-linux-gnu", To: "x86_64-unknown-linux-gnu"}, "`hermetic.lock` was made for another host: `riscv64gc-unknown-linux-gnu`, and this is `x86_64-unknown-linux-gnu`", ""},
		{lock.Change{Kind: lock.KindImage, From: "debian@sha256:0"}, "the project names the image none, and `hermetic.lock` names debian@sha256:0", ""},
		{lock.Change{Kind: lock.KindPolicy, From: long.From, To: long.To}, "`[system]` of `hermetic.toml` is not the one that `hermetic.lock` was made for", ""},
		{long, "the system layer of this host is not the one in `hermetic.lock`: " + long.String(), ""},
	} {
		t.Run(fmt.Sprint(c.change), func(t *testing.T) {
			if diff := cmp.Diff(c.want, differs(c.change)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.wayOut, wayBack([]lock.Change{c.change}, manager)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// managerOf is the manager of a distribution.
func managerOf(t *testing.T, distribution string) *system.Manager {
	t.Helper()
	root := t.TempDir()
	must(t, os.Mkdir(filepath.Join(root, "etc"), 0o755))
	must(t, os.WriteFile(filepath.Join(root, "etc", "os-release"), []byte("ID="+distribution+"\n"), 0o644))
	m, err := system.Detect(root)
	must(t, err)
	return m
}

// Long differences are cut, and the first of them is still what stands first.
func TestDriftIsBounded(t *testing.T) {
	here, locked := lock.System{Source: "debian 12"}, lock.System{Source: "debian 12"}
	for i := range maxChanges + 5 {
		name := fmt.Sprintf("p%02d", i)
		here.Packages = append(here.Packages, lock.Package{Name: name, Version: "2"})
		locked.Packages = append(locked.Packages, lock.Package{Name: name, Version: "1"})
	}
	d := (&Host{}).drift(&lock.Lock{System: locked}, here, managerOf(t, "debian"))
	if diff := cmp.Diff("this host has `p00` 2, and `hermetic.lock` names 1; 16 more differ", d.Message); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(maxChanges+3, len(d.Notes)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("and 5 more, which `cargo hermetic lock` lists", d.Notes[maxChanges+1]); diff != "" {
		t.Error(diff)
	}
}
