package download

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

func writePEM(t *testing.T, file string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// cratesLayer is one with two crates.
func cratesLayer(t *testing.T, st *store.Store) store.Layer {
	t.Helper()
	b, err := st.Begin("crates")
	if err != nil {
		t.Fatal(err)
	}
	for name, executable := range map[string]bool{"one-1.0.0/Cargo.toml": false, "one-1.0.0/configure": true, "one-1.0.0/src/lib.rs": false, "two-2.0.0/Cargo.toml": false} {
		if err := b.AddBytes(name, []byte(name), executable); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.AddLink("one-1.0.0/link", "src"); err != nil {
		t.Fatal(err)
	}
	layer, err := b.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return layer
}

// beside puts a file of the root beside the sources of a crate.
func beside(t *testing.T, r *Request, path string) File {
	t.Helper()
	d := pin("file:x.bin", content)
	d.Path = path
	name := filepath.Join(t.TempDir(), "x.bin")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Take(t.Context(), r.Store, d, func(string) (*os.File, error) { return os.Open(name) }); err != nil {
		t.Fatal(err)
	}
	layer, ok, err := Find(t.Context(), r.Store, r.Look, d)
	if !ok || err != nil {
		t.Fatal("not found", err)
	}
	return File{d, layer}
}

// tree lists a directory: path, and what is there.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := fsx.Scan(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, e := range entries {
		switch e.Type {
		case fsx.Directory:
			found[e.Path] = "directory"
		case fsx.Symlink:
			found[e.Path] = "-> " + e.Link
		default:
			data, err := os.ReadFile(filepath.Join(dir, e.Path))
			if err != nil {
				t.Fatal(err)
			}
			found[e.Path] = digest.Of(data).Short()
			if e.Executable() {
				found[e.Path] += " executable"
			}
		}
	}
	return found
}

func TestCrate(t *testing.T) {
	r, _ := request(t)
	crates := cratesLayer(t, r.Store)
	before := tree(t, crates.Dir)
	f := beside(t, r, "assets/deep/model.bin")
	got, err := Crate(t.Context(), r.Store, r.Look, crates, "one-1.0.0", []File{f})
	if err != nil {
		t.Fatal(err)
	}
	want := tree(t, filepath.Join(crates.Dir, "one-1.0.0"))
	want["assets"], want["assets/deep"], want["assets/deep/model.bin"] = "directory", "directory", digest.Of(content).Short()
	if diff := cmp.Diff(want, tree(t, got.Dir)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, tree(t, crates.Dir)); diff != "" {
		t.Error("the crates layer was changed:", diff)
	}
	// The same again is found, and is the same after the store forgot it.
	again, err := Crate(t.Context(), r.Store, r.Look, crates, "one-1.0.0", []File{f})
	if err != nil || again != got {
		t.Errorf("%v, not %v: %v", again, got, err)
	}
	if err := r.Store.Drop(got.Digest); err != nil {
		t.Fatal(err)
	}
	again, err = Crate(t.Context(), r.Store, r.Look, crates, "one-1.0.0", []File{f})
	if err != nil || again != got {
		t.Errorf("%v, not %v: %v", again, got, err)
	}
}

// What a crate has is not replaced.
func TestCrateOccupied(t *testing.T) {
	r, _ := request(t)
	crates := cratesLayer(t, r.Store)
	for path, want := range map[string]string{
		"Cargo.toml": "`Cargo.toml` is a file of", "src": "`src` is a directory of", "src/lib.rs/x": "`src/lib.rs` is a file of",
		"link/x": "`link` is a link of", "link": "`link` is a link of",
	} {
		_, err := Crate(t.Context(), r.Store, r.Look, crates, "one-1.0.0", []File{beside(t, r, path)})
		if diag.ExitCode(err) != diag.ExitPolicy || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

// A layer that was changed by hand is not copied.
func TestCrateDamaged(t *testing.T) {
	r, _ := request(t)
	crates := cratesLayer(t, r.Store)
	f := beside(t, r, "x.bin")
	file := filepath.Join(f.Layer.Dir, "x.bin")
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Crate(t.Context(), r.Store, r.Look, crates, "one-1.0.0", []File{f}); diag.ExitCode(err) != diag.ExitLock {
		t.Errorf("%v", err)
	}
}

func TestTakeMismatch(t *testing.T) {
	r, _ := request(t)
	d := pin("file:x.bin", content)
	name := filepath.Join(t.TempDir(), "x.bin")
	if err := os.WriteFile(name, []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := Take(t.Context(), r.Store, d, func(string) (*os.File, error) { return os.Open(name) })
	if diag.ExitCode(err) != diag.ExitLock || stored(t, r, d) != nil {
		t.Error(err)
	}
}

// Without versions two entries may mean one crate after all.
func TestInCrates(t *testing.T) {
	files := []File{{Download: policy.Download{Path: "b"}}, {Download: policy.Download{Path: "a/x"}}}
	same := func(policy.Download) (string, error) { return "one-1.0.0", nil }
	got, err := InCrates(files, same)
	if err != nil || len(got["one-1.0.0"]) != 2 || got["one-1.0.0"][0].Download.Path != "a/x" {
		t.Error(got, err)
	}
	for _, path := range []string{"b", "b/c", "a"} {
		if _, err := InCrates(append(files, File{Download: policy.Download{Path: path}}), same); diag.ExitCode(err) != diag.ExitPolicy {
			t.Errorf("%s: %v", path, err)
		}
	}
}
