package roots

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// asUser runs a test as a user whom permissions bind: root again,
// without its rights.
func asUser(t *testing.T) bool {
	t.Helper()
	return os.Geteuid() != 0 || again(t, unprivileged())
}

// mode changes permissions until the end of the test.
func mode(t *testing.T, path string, perm fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, perm); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Chmod(path, 0o755); err != nil { // or it cannot be removed
			t.Error(err)
		}
	})
}

// Directories and files above the root that may not be read are a failure of
// plain cargo (rust-lang/cargo#15327) and nothing to a bounded search.
func TestUnreadableAncestors(t *testing.T) {
	if !asUser(t) {
		return
	}
	above := onDisk(t)
	for _, name := range []string{".cargo", ".git"} {
		if err := os.Mkdir(filepath.Join(above, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Cargo.toml", ".cargo/config.toml", ".cargo/root", "rust-toolchain.toml", ".git/HEAD"} {
		if err := os.WriteFile(filepath.Join(above, name), []byte(notOurs), 0); err != nil {
			t.Fatal(err)
		}
	}
	mode(t, above+"/.cargo", 0)
	mode(t, above+"/.git", 0)
	mode(t, above, 0o111) // there is a way through, and no listing
	for name, req := range requests(above) {
		t.Run(name, func(t *testing.T) {
			if name == "none" || name == "elsewhere" {
				// The checkout above is there, even if it cannot be read, and so is its
				// manifest: passing over that could build the wrong thing.
				_, err := Find(disk{}, req)
				if diag.ExitCode(err) != diag.ExitFailed || !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), above+"/Cargo.toml") {
					t.Errorf("%v, want that %s/Cargo.toml cannot be read", err, above)
				}
				return
			}
			if found, err := searchAll(t, disk{}, req); err != nil || found.Workspace != above+"/r/p" {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
	// The search without a bound fails as plain cargo does.
	_, _, _, err := newFinder(disk{}, "").workspace(above+"/r/p/Cargo.toml", "")
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("without a bound: %v", err)
	}
}

// Where not even a way through is allowed, a root cannot be used and a start
// holds nothing: errors that name it.
func TestUnreachableRoot(t *testing.T) {
	if !asUser(t) {
		return
	}
	above := onDisk(t)
	mode(t, above, 0)
	for _, d := range []Default{Hermetic, Draft} {
		_, err := Find(disk{}, Request{Cwd: above + "/r/p", Roots: []string{above + "/r"}, Default: d})
		if diag.ExitCode(err) != diag.ExitUsage || !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "the root `"+above+"/r`, given by --root, cannot be used") {
			t.Errorf("%v", err)
		}
		_, err = Find(disk{}, Request{Cwd: above + "/r/p", Default: d})
		if diag.ExitCode(err) != diag.ExitFailed || !strings.Contains(err.Error(), "could not find `Cargo.toml` in `"+above+"/r/p`") {
			t.Errorf("%v", err)
		}
	}
}
