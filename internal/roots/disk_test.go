//go:build !windows

package roots

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// disk is package os as it is: it waits where the file system makes it wait, so
// that a search that asks the wrong file does not end.
type disk struct{}

func (disk) Lstat(path string) (fs.FileInfo, error)     { return os.Lstat(path) }
func (disk) Readlink(path string) (string, error)       { return os.Readlink(path) }
func (disk) ReadFile(path string) ([]byte, error)       { return os.ReadFile(path) }
func (disk) ReadDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }

// patience is how long a search that waits for nobody may take on a machine that
// is busy with other things. A search that waits never ends.
const patience = 30 * time.Second

// ends runs what must come to an end.
func ends(t *testing.T, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s still waits after %v", what, patience)
	}
}

// onDisk makes a package `p` in a directory `r`, and returns the physical path of
// the directory above.
func onDisk(t *testing.T) (above string) {
	t.Helper()
	above, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(above+"/r/p/src", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(above+"/r/p/Cargo.toml", []byte(aPackage), 0o644); err != nil {
		t.Fatal(err)
	}
	return above
}

// requests are the ways to come by a bound for onDisk.
func requests(above string) map[string]Request {
	p := above + "/r/p"
	return map[string]Request{
		"flag":                 {Cwd: p + "/src", Roots: []string{above + "/r"}},
		"variable":             {Cwd: p + "/src", Variable: []string{above + "/r"}},
		"manifest path":        {Cwd: above + "/r", Manifest: p + "/Cargo.toml", Roots: []string{"."}},
		"home":                 {Cwd: p, Home: above + "/r", Default: Draft},
		"flag, as the draft":   {Cwd: p, Roots: []string{above + "/r"}, Default: Draft},
		"none":                 {Cwd: p}, // the package bounds it
		"none, as the draft":   {Cwd: p + "/src", Default: Draft, Variable: []string{}},
		"elsewhere":            {Cwd: p, Variable: []string{p + "/src"}},
		"elsewhere, the draft": {Cwd: p, Variable: []string{p + "/src"}, Default: Draft},
	}
}

// A pipe above the root that somebody opens would wait for a writer for ever.
func TestPipesAboveTheRootAreNotOpened(t *testing.T) {
	above := onDisk(t)
	if err := os.Mkdir(above+"/.cargo", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Cargo.toml", ".cargo/config", ".cargo/config.toml", "rust-toolchain", "rust-toolchain.toml"} {
		if err := syscall.Mkfifo(filepath.Join(above, name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, req := range requests(above) {
		t.Run(name, func(t *testing.T) {
			ends(t, "a search", func() {
				if found, err := searchAll(t, disk{}, req); err != nil || found.Manifest != above+"/r/p/Cargo.toml" || found.Workspace != above+"/r/p" {
					t.Errorf("%+v, %v", found, err)
				}
			})
		})
	}
	if t.Failed() {
		return // somebody may read what the next search is to read
	}
	// Without a bound it is opened: the pipe has a reader, who gets what we write.
	ends(t, "the search without a bound", func() {
		reader := make(chan error)
		go func() {
			_, _, _, err := newFinder(disk{}, "").workspace(above+"/r/p/Cargo.toml", "")
			reader <- err
		}()
		if err := os.WriteFile(above+"/Cargo.toml", []byte(notOurs), 0); err != nil {
			t.Error(err)
		}
		if err := <-reader; diag.ExitCode(err) != diag.ExitFailed {
			t.Errorf("%v", err)
		}
	})
}

// A search on the disk finds what it finds in the memory of the other tests.
func TestSearchOnDisk(t *testing.T) {
	above := onDisk(t)
	if err := os.WriteFile(above+"/r/Cargo.toml", []byte(aWorkspace), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(above+"/Cargo.toml", []byte(notOurs), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("r/p", above+"/alias"); err != nil {
		t.Fatal(err)
	}
	got := map[string]place{}
	for name, req := range map[string]Request{
		"root": {Cwd: above + "/r/p", Roots: []string{above + "/r"}},
		"link": {Cwd: above, Manifest: above + "/alias/Cargo.toml", Roots: []string{"alias"}},
	} {
		found, err := searchAll(t, disk{}, req)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got[name] = placeOf(found)
	}
	want := map[string]place{
		"root": {above + "/r", FromFlag, above + "/r/p/Cargo.toml", above + "/r"},
		"link": {above + "/alias", FromFlag, above + "/alias/Cargo.toml", above + "/alias"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
