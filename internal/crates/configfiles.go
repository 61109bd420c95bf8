package crates

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	cargoconfig "github.com/cargo-hermetic/cargo-hermetic/internal/cargo/config"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// userConfig copies what of the user's configuration serves a fetch into the
// private cargo home, which is deleted after the run.
func (r *Request) userConfig(home string) error {
	for _, name := range cargoconfig.Files {
		file := filepath.Join(r.CargoHome, name)
		data, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		config, err := userFetchConfig(file, data, filepath.Dir(r.CargoHome), r.alone)
		if err != nil {
			return err
		}
		r.local = append(r.local, config.local...)
		return os.WriteFile(filepath.Join(home, "config.toml"), config.text, 0o600)
	}
	return nil
}

// credentials shows the user's credentials to cargo, in the private cargo home.
// They are not copied: the copy of a process that is killed would stay in the
// store.
func (r *Request) credentials(s *sandbox.Spec, home string) error {
	if r.alone {
		return nil // nobody is asked for anything
	}
	for _, name := range []string{"credentials.toml", "credentials"} {
		file, err := filepath.EvalSymlinks(filepath.Join(r.CargoHome, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return diag.New(diag.ExitFailed, "`%s` is no file", file)
		}
		place := filepath.Join(home, "credentials.toml")
		if r.Isolation == sandbox.Landlock {
			return os.Symlink(file, place)
		}
		s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: file, Target: r.places.cargo + "/credentials.toml"})
		return os.WriteFile(place, nil, 0o600) // for the mount to lie on
	}
	return nil
}

// projectConfig covers the configuration files of the root, which cargo would
// find from the workspace upward, and passes on what of them, and of what they
// include inside the root, serves a fetch and starts nothing. The nearest comes
// last on the command line, where it wins.
func (r *Request) projectConfig(s *sandbox.Spec, home string) error {
	root, err := os.OpenRoot(r.Root)
	if err != nil {
		return err
	}
	defer root.Close() // read only: nothing to lose
	loader := cargoconfig.Loader{
		Read: func(file string) ([]byte, error) {
			return root.ReadFile(filepath.FromSlash(strings.TrimPrefix(file, r.places.root+"/")))
		},
		Admit: func(i cargoconfig.Include) bool { return strings.HasPrefix(i.Path, r.places.root+"/") },
	}
	for dir := r.Workspace; ; dir = path.Dir(dir) {
		taken := false
		for _, name := range cargoconfig.Files {
			rel := path.Join(dir, ".cargo", name)
			if _, err := root.Stat(filepath.FromSlash(rel)); errors.Is(err, fs.ErrNotExist) {
				continue
			}
			s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Cover, Target: path.Join(r.places.root, rel)})
			if taken {
				continue // cargo uses the first of the two names
			}
			taken = true
			value, err := loader.Load(path.Join(r.places.root, rel))
			if err != nil {
				return err
			}
			config, err := projectFetchConfig(value, r.places.root)
			if err != nil {
				return err
			}
			file := fmt.Sprintf("project-%d.toml", len(r.project))
			if err := os.WriteFile(filepath.Join(home, file), config.text, 0o600); err != nil {
				return err
			}
			for _, dir := range config.local {
				if rel, ok := strings.CutPrefix(dir, r.places.root+"/"); ok { // inspect refuses all others
					r.local = append(r.local, filepath.Join(r.Root, rel))
				}
			}
			r.project = append([]string{"--config", r.places.cargo + "/" + file}, r.project...)
		}
		if dir == "." {
			return nil
		}
	}
}
