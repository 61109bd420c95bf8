package census

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// systemPath is the PATH of every clean environment, after the toolchain.
const systemPath = "/usr/bin:/bin"

// host is what the tests take from the machine, once.
type host struct {
	toolchain  string // sysroot of the active toolchain; cargo is in its bin
	triple     string // its host target
	rustup     string // the rustup program, empty without one
	rustupHome string // where its toolchains are
	cache      string // XDG_CACHE_HOME of every hermetic build of this run
	ours       string // cargo-hermetic
	oursErr    error  // why there is none
}

// theHost is set by TestMain.
var theHost *host

func TestMain(m *testing.M) {
	os.Exit(runMain(m))
}

func runMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "census")
	if err == nil {
		defer removeAll(dir)
		theHost, err = newHost(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "census:", err)
		return 1
	}
	return m.Run()
}

func newHost(dir string) (*host, error) {
	h := &host{cache: filepath.Join(dir, "cache")}
	sysroot, err := exec.Command("rustc", "--print", "sysroot").Output()
	if err != nil {
		return nil, fmt.Errorf("asking `rustc` for its sysroot: %w", err)
	}
	h.toolchain = strings.TrimSpace(string(sysroot))
	version, err := exec.Command(filepath.Join(h.toolchain, "bin", "rustc"), "-vV").Output()
	if err != nil {
		return nil, fmt.Errorf("asking `rustc` for its host: %w", err)
	}
	_, triple, _ := strings.Cut(string(version), "\nhost: ")
	h.triple, _, _ = strings.Cut(triple, "\n")
	h.rustup, _ = exec.LookPath("rustup") // without it its channels are skipped
	if h.rustupHome = os.Getenv("RUSTUP_HOME"); h.rustupHome == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, err
		}
		h.rustupHome = filepath.Join(home, ".rustup")
	}
	// The plain half has to run even where the product does not compile yet, so
	// a failure here is reported by the first test that needs the product.
	h.ours = filepath.Join(dir, "cargo-hermetic")
	build := exec.Command("go", "build", "-o", h.ours, "../../cmd/cargo-hermetic")
	if out, err := build.CombinedOutput(); err != nil {
		h.oursErr = fmt.Errorf("building cargo-hermetic: %w\n%s", err, out)
	}
	return h, nil
}

// removeAll removes a tree that may hold read-only directories, as the layers
// of a store are.
func removeAll(dir string) {
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = os.Chmod(name, 0o755)
		}
		return err
	})
	if err == nil {
		err = os.RemoveAll(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "census: removing temporary files:", err)
	}
}
