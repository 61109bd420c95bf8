//go:build linux

package hermetic_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// host is what the scripts take from the machine, once for all of them.
type host struct {
	dir        string // everything below; world-readable, for `asuser`
	work       string // the scripts' directories
	cache      string // XDG_CACHE_HOME
	fetched    string // CARGO_HOME of plain cargo in scripts that fetch
	path       string // PATH: ours, cargo, the system's
	rustupHome string // of our own, holding one toolchain
	rustup     string // the rustup program; empty without one
	toolchain  string // its directory
	release    string // `1.95.0`
	triple     string // `x86_64-unknown-linux-gnu`
	examples   string // examples/ of this module
	nightly    string // directory of a nightly; empty without one
	keep       bool   // -testwork

	// pinned returns what `init` writes for a project that asks for nothing,
	// by path below its root. It runs once.
	pinned func() (map[string][]byte, error)
}

// theHost is set by TestMain.
var theHost *host

// otherUser is a uid and gid that nobody has.
const otherUser = 54321

// systemPath is what the scripts' shell commands come from.
const systemPath = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"

func TestMain(m *testing.M) {
	if program, ok := programs[filepath.Base(os.Args[0])]; ok {
		if err := program(os.Args[1:]); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	os.Exit(runMain(m))
}

func runMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "hermetic-scripts-")
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err == nil {
		theHost = &host{dir: dir}
		if f := flag.Lookup("testwork"); f != nil {
			theHost.keep = f.Value.String() == "true"
		}
		err = theHost.prepare()
		if !theHost.keep {
			defer removeAll(dir)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "scripts:", err)
		return 1
	}
	return m.Run()
}

// prepare fills the directory.
func (h *host) prepare() error {
	if err := os.Chmod(h.dir, 0o755); err != nil {
		return err
	}
	var err error
	if h.examples, err = filepath.Abs("examples"); err != nil {
		return err
	}
	h.work, h.cache, h.fetched = filepath.Join(h.dir, "work"), filepath.Join(h.dir, "cache"), filepath.Join(h.dir, "fetched")
	h.rustupHome = filepath.Join(h.dir, "rustup")
	bin, proxies := filepath.Join(h.dir, "bin"), filepath.Join(h.dir, "proxies")
	for _, dir := range []string{h.work, h.cache, h.fetched, bin, proxies, filepath.Join(h.rustupHome, "toolchains")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := errors.Join(h.buildProduct(bin), h.writePrograms(bin)); err != nil {
		return err
	}
	if err := h.findToolchain(); err != nil {
		return err
	}
	if err := h.linkProxies(proxies); err != nil {
		return err
	}
	h.path = bin + ":" + proxies + ":" + systemPath
	h.pinned = sync.OnceValues(h.initOnce)
	return nil
}

// initOnce runs `init` for an empty library and returns what it wrote.
func (h *host) initOnce() (map[string][]byte, error) {
	dir := filepath.Join(h.dir, "pinned")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	manifest := "[package]\nname = \"pinned\"\nversion = \"0.0.0\"\n[lib]\npath = \"lib.rs\"\n"
	for name, data := range map[string]string{"Cargo.toml": manifest, "lib.rs": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			return nil, err
		}
	}
	cmd := exec.Command(filepath.Join(h.dir, "bin", "cargo-hermetic"), "init")
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + dir, "XDG_CACHE_HOME=" + h.cache, "RUSTUP_HOME=" + h.rustupHome, "PATH=" + h.path}
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("pinning an empty project: %w\n%s", err, out)
	}
	files := map[string][]byte{}
	for _, name := range []string{"rust-toolchain.toml", "hermetic.lock", ".cargo/root"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		files[name] = data
	}
	return files, nil
}

// buildProduct builds the program as it ships. The binary starts itself again
// inside the world, so it must be static whatever this test is built with.
func (h *host) buildProduct(bin string) error {
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", filepath.Join(bin, "cargo-hermetic"), "./cmd/cargo-hermetic")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building cargo-hermetic: %w\n%s", err, out)
	}
	return nil
}

var releaseForm = regexp.MustCompile(`^\d+\.\d+\.\d+$`)

// findToolchain asks for the caller's active toolchain, at the top, where no
// directory chooses one, and links it into a RUSTUP_HOME of our own under the
// name that rustup gives to a release.
func (h *host) findToolchain() error {
	active, err := output("rustc", "--print", "sysroot")
	if err != nil {
		return fmt.Errorf("asking `rustc` for its sysroot: %w", err)
	}
	version, err := output(filepath.Join(active, "bin", "rustc"), "-vV")
	if err != nil {
		return fmt.Errorf("asking `rustc` for its version: %w", err)
	}
	for line := range strings.Lines(version) {
		switch key, value, _ := strings.Cut(strings.TrimSpace(line), ": "); key {
		case "release":
			h.release = value
		case "host":
			h.triple = value
		}
	}
	if !releaseForm.MatchString(h.release) {
		return fmt.Errorf("the active toolchain is %q, and the scripts need a stable release: rustup default stable", h.release)
	}
	name := h.release + "-" + h.triple
	h.toolchain = filepath.Join(h.rustupHome, "toolchains", name)
	if err := copyTree(active, h.toolchain); err != nil {
		return err
	}
	nightly := filepath.Join(filepath.Dir(active), "nightly-"+h.triple)
	if _, err := os.Stat(nightly); err == nil {
		h.nightly = nightly
	}
	settings := fmt.Sprintf("version = \"12\"\ndefault_toolchain = %q\nprofile = \"minimal\"\nauto_self_update = \"disable\"\n", name)
	return os.WriteFile(filepath.Join(h.rustupHome, "settings.toml"), []byte(settings), 0o644)
}

// linkProxies makes cargo and rustc: rustup's proxies, or without rustup the
// toolchain's own.
func (h *host) linkProxies(dir string) error {
	target := filepath.Join(h.toolchain, "bin")
	names := []string{"cargo", "rustc", "rustdoc", "cargo-clippy", "clippy-driver"}
	if path, err := exec.LookPath("rustup"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
		// Copied: the original may lie where `asuser` cannot reach.
		h.rustup = filepath.Join(dir, "rustup")
		if err := copyTree(path, h.rustup); err != nil {
			return err
		}
		target = ""
	}
	for _, name := range names {
		to := "rustup"
		if target != "" {
			to = filepath.Join(target, name)
		}
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// copyTree copies with hard links where the file system and the owner allow it.
func copyTree(from, to string) error {
	if _, err := output("cp", "-al", from, to); err == nil {
		return nil
	}
	removeAll(to)
	_, err := output("cp", "-a", from, to)
	return err
}

// otherPlace makes a directory for `asuser`, empty without root.
func (h *host) otherPlace(name string) (string, error) {
	if os.Geteuid() != 0 {
		return "", nil
	}
	dir := filepath.Join(h.dir, "other", name)
	for _, d := range []string{dir, filepath.Join(dir, "home"), filepath.Join(h.dir, "other", "cache")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return "", err
		}
		if err := os.Chown(d, otherUser, otherUser); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// output runs a command at the top and returns what it printed.
func output(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = "/"
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}

// removeAll removes a tree that may hold directories without write permission.
func removeAll(dir string) {
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = os.Chmod(name, 0o755)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
		fmt.Fprintln(os.Stderr, "scripts: removing temporary files:", err)
	}
}
