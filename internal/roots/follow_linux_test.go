package roots

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMemoryIsAsTheKernel holds the file system of these tests to what it stands
// for: over random trees, every path leads where the kernel leads it, or is
// missing for both.
func TestMemoryIsAsTheKernel(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	followed := 0
	for i := range 60 {
		dir := fmt.Sprintf("%s/%d", top, i)
		m := &memory{files: someTree(dir, randomBytes(random, 80))}
		for path, content := range m.files {
			write(t, path, content)
		}
		for range 100 {
			path := dir + "/r"
			for range 1 + random.IntN(4) {
				path += fmt.Sprintf("/n%d", random.IntN(3))
			}
			want, wantErr := byKernel(path)
			got, touched, err := m.trail(path, true)
			if (err == nil) != (wantErr == nil) || err == nil && got != want {
				t.Fatalf("%s leads to %q, %v; for the kernel to %q, %v, in %v", path, got, err, want, wantErr, m.files)
			}
			if err == nil && len(touched) > 0 {
				followed++
			}
		}
	}
	if followed < 100 {
		t.Errorf("only %d paths went through links", followed)
	}
}

// byKernel returns where the kernel leads a path.
func byKernel(path string) (string, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	at, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
	if closeErr := unix.Close(fd); err == nil {
		err = closeErr
	}
	return at, err
}

// write makes a file as the memory describes it.
func write(t *testing.T, path, content string) {
	t.Helper()
	dir := strings.HasSuffix(path, "/")
	if !dir {
		path = filepath.Clean(path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	var err error
	if target, isLink := strings.CutPrefix(content, "-> "); isLink {
		err = os.Symlink(target, path)
	} else if !dir {
		err = os.WriteFile(path, []byte(content), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
