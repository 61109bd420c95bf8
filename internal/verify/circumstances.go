package verify

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/perturb"
)

// circumstances are those of one build.
type circumstances struct {
	root   string // where the copy is
	home   string
	temp   string
	host   perturb.Host
	env    map[string]string
	args   []string // more arguments for cargo
	staged build.Staged
	busy   int  // programs beside it
	later  bool // times of the sources are others
	back   bool // the copy is made in the opposite order
}

// elsewhere is the user number, and the name, of a host that nobody has.
const elsewhere = 4242

// noise is what shells and users set.
var noise = map[string]string{
	"CFLAGS": "-DNOISE=1 -g3", "CXXFLAGS": "-DNOISE=1", "CPPFLAGS": "-DNOISE=1", "LDFLAGS": "-Wl,--build-id=none", "CC": "/nonexistent/cc",
	"RUSTFLAGS": "--cfg noise", "RUSTC_WRAPPER": "/nonexistent/wrapper", "CARGO_BUILD_JOBS": "1", "CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_INCREMENTAL": "1",
	"SOURCE_DATE_EPOCH": "1", "MAKEFLAGS": "-j9", "PKG_CONFIG_PATH": "/nonexistent", "LD_LIBRARY_PATH": "/nonexistent", "EDITOR": "noise", "COLUMNS": "133",
	"HERMETIC_VERIFY_NOISE": strings.Repeat("noise ", 500),
}

// furnish makes the home and the directory for what is temporary, if they are others.
func (c *circumstances) furnish(dir string) error {
	files := map[string]string{}
	if c.home != "" {
		c.home = filepath.Join(dir, c.home)
		c.env["HOME"] = c.home
		files[filepath.Join(c.home, ".cargo", "config.toml")] = "[build]\nrustflags = [\"--cfg\", \"noise\"]\n"
		files[filepath.Join(c.home, ".gitconfig")] = "[user]\nname = Somebody\nemail = somebody@example.org\n"
	}
	if c.temp != "" {
		c.temp = filepath.Join(dir, c.temp)
		c.env["TMPDIR"] = c.temp
		files[filepath.Join(c.temp, "Cargo.toml")] = "not a manifest\n"
		files[filepath.Join(c.temp, "noise")] = "noise\n"
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
