//go:build !windows

package build

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/system"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// recordedRoot makes the root of a host from the records of internal/system:
// its database, and the files and links that it lists.
func recordedRoot(t *testing.T, distribution string) string {
	t.Helper()
	root := t.TempDir()
	put := func(name string, data []byte) {
		file := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		must(t, os.WriteFile(file, data, 0o644))
	}
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("..", "system", "testdata", name))
		must(t, err)
		return data
	}
	put("etc/os-release", []byte("ID="+distribution+"\n"))
	var tree []byte
	switch distribution {
	case "fedora":
		r, err := gzip.NewReader(bytes.NewReader(read("fedora.sqlite.gz")))
		must(t, err)
		data, err := io.ReadAll(r)
		must(t, err)
		put("usr/lib/sysimage/rpm/rpmdb.sqlite", data)
		tree = read("fedora.tree")
	case "arch":
		for _, a := range txtar.Parse(read("arch.txtar")).Files {
			put("var/lib/pacman/local/"+a.Name, a.Data)
		}
		tree = read("arch.tree")
	case "alpine":
		archive := txtar.Parse(read("alpine.txtar"))
		put("lib/apk/db/installed", archive.Files[0].Data)
		tree = archive.Files[1].Data
	}
	for line := range strings.Lines(string(tree)) {
		words := strings.Fields(line)
		if words[0] == "f" {
			put(words[2], []byte(words[2]))
			continue
		}
		file := filepath.Join(root, words[2])
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		must(t, os.Symlink(words[3], file))
	}
	return root
}

// A system layer of each distribution goes into the store, and what the lock
// says of it can be written, read again, and compared with the host.
func TestLockOfDistributions(t *testing.T) {
	for distribution, want := range map[string]lock.Package{
		"fedora": {Name: "zlib-ng-compat:i686", Version: "2.1.6^20240301git-2.fc40"},
		"arch":   {Name: "glibc", Version: "2.39+r52+gf8e4623421-1"},
		"alpine": {Name: "gcc", Version: "13.2.1_git20240309-r0"},
	} {
		t.Run(distribution, func(t *testing.T) {
			h := &Host{System: recordedRoot(t, distribution), Shell: ui.NewShell(io.Discard, ui.Normal, false)}
			st, err := store.Open(filepath.Join(t.TempDir(), "store"))
			must(t, err)
			requested := []string{"make"}
			if distribution == "fedora" {
				requested = append(requested, "zlib-ng-compat:i686")
			}
			s, err := system.Resolve(h.System, system.Request{Packages: requested})
			must(t, err)
			layer, err := h.captureSystem(context.Background(), st, s)
			must(t, err)
			l := &lock.Lock{
				Policy: digest.Of([]byte("policy")),
				Toolchain: lock.Toolchain{Channel: "1.95.0", Release: "1.95.0", Commit: "59807616e1", Host: "x86_64-unknown-linux-gnu",
					Components: []string{"cargo", "rustc"}, Layer: digest.Of([]byte("toolchain"))},
				System: systemLock(s, requested, layer.Digest),
			}
			must(t, l.Check())
			again, err := lock.Parse("hermetic.lock", l.Encode())
			must(t, err)
			if diff := cmp.Diff(string(l.Encode()), string(again.Encode())); diff != "" {
				t.Error(diff)
			}
			if !slices.Contains(l.System.Packages, want) {
				t.Errorf("%v is not in %v", want, l.System.Packages)
			}
			if _, err := os.Lstat(filepath.Join(layer.Dir, "usr", "bin", "make")); err != nil {
				t.Error(err)
			}
		})
	}
}
