package census

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/txtar"
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

	// product builds cargo-hermetic at ours. The plain half has to run even
	// where the product does not compile, so only the other half asks.
	product func() error
	// pins are the files that `init` makes, see pin.
	pins func() ([]txtar.File, error)
}

// newHost looks at the machine. What it has to make, once it is asked for, it
// makes in dir.
func newHost(dir string) (*host, error) {
	h := &host{cache: filepath.Join(dir, "cache"), ours: filepath.Join(dir, "cargo-hermetic")}
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
	h.product = sync.OnceValue(h.build)
	h.pins = sync.OnceValues(func() ([]txtar.File, error) { return h.pin(filepath.Join(dir, "pinned")) })
	return h, nil
}

// build compiles the product as it ships: without cgo, because a Go program
// with cgo cannot change all of its threads at once, as the sandbox does. The
// commit is left out, because git refuses a checkout of another user.
func (h *host) build() error {
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", h.ours, "../../cmd/cargo-hermetic")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building cargo-hermetic: %w\n%s", err, out)
	}
	return nil
}

// pin returns the files with which `cargo-hermetic init` pins an empty project
// made at dir: the toolchain of the plain half, and the system. They say nothing
// of the project, so that all channels can share them, and `init` copies the
// whole toolchain, so that they should.
func (h *host) pin(dir string) ([]txtar.File, error) {
	project := filepath.Join(dir, "project")
	for name, text := range map[string]string{
		"Cargo.toml":  "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
		"src/main.rs": "fn main() {}\n",
	} {
		if err := write(filepath.Join(project, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	cmd := exec.Command(h.ours, "init")
	cmd.Dir = project
	cmd.Env = []string{
		"HOME=" + dir, "PATH=" + filepath.Join(h.toolchain, "bin") + ":" + systemPath,
		"RUSTUP_HOME=" + h.rustupHome, "RUSTUP_TOOLCHAIN=" + h.toolchain, "XDG_CACHE_HOME=" + h.cache,
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("`cargo-hermetic init`: %w\n%s", err, out)
	}
	var pins []txtar.File
	for _, name := range []string{"rust-toolchain.toml", "hermetic.lock", ".cargo/root"} {
		data, err := os.ReadFile(filepath.Join(project, name))
		if err != nil {
			return nil, err
		}
		pins = append(pins, txtar.File{Name: name, Data: data})
	}
	return pins, nil
}
