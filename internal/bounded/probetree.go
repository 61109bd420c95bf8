package bounded

import (
	"os"
	"path/filepath"
)

// poison is what no cargo can read without an error.
const poison = "= this lies above the bound and must not be read\n"

// targetAtBound is the target directory that the configuration at the bound
// names, relative to the bound.
const targetAtBound = "named-by-the-bound"

// emptyHome is the cargo home of the probe, so that the user's configuration
// does not answer in place of the planted one.
const emptyHome = "home"

// planted are the files of the probe, with slashes, below its top. A name that
// ends in a slash is a directory. Edition 2015 needs no word, so that every
// cargo that has the commands can read the manifests.
var planted = map[string]string{
	"Cargo.toml":         poison,
	".cargo/config.toml": poison,

	"settings/Cargo.toml":         "[workspace]\nmembers = [\"member\"]\n",
	"settings/.cargo/config.toml": "[build]\ntarget-dir = \"" + targetAtBound + "\"\n",
	"settings/member/Cargo.toml":  "[package]\nname = \"member\"\nversion = \"0.0.0\"\n",
	"settings/member/src/lib.rs":  "",
	"settings/member/src/deep/":   "",

	"alone/package/Cargo.toml": "[package]\nname = \"alone\"\nversion = \"0.0.0\"\n",
	"alone/package/src/lib.rs": "",

	"empty/deep/": "",

	emptyHome + "/": "",
}

// plant writes the files below top.
func plant(top string) error {
	for name, content := range planted {
		path := filepath.Join(top, filepath.FromSlash(name))
		dir, file := filepath.Dir(path), true
		if name[len(name)-1] == '/' {
			dir, file = path, false
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if !file {
			continue
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}
