package toolchain

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// Settings are the part of rustup's settings.toml that chooses a toolchain.
type Settings struct {
	Default   string            `toml:"default_toolchain"`
	Overrides map[string]string `toml:"overrides"` // by directory
}

// ReadSettings reads rustup's settings; without the file they are empty.
func ReadSettings(rustupHome string) (Settings, error) {
	file := filepath.Join(rustupHome, "settings.toml")
	data, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Settings{}, diag.Wrap(err, "reading the settings of rustup")
	}
	var s Settings
	return s, toml.DecodeLoose(file, data, &s)
}

// Named returns what a toolchain file asks rustup for: a channel, exact or not,
// the name of a custom toolchain, or the path of one. It is empty if the file
// only adds components to the default toolchain.
func Named(file string, data []byte) (string, error) {
	text := strings.TrimSpace(string(data))
	if isBareName(file, text) {
		return text, nil
	}
	var doc struct {
		Toolchain struct {
			Channel string `toml:"channel"`
			Path    string `toml:"path"`
		} `toml:"toolchain"`
	}
	if err := toml.DecodeLoose(file, data, &doc); err != nil {
		return "", err
	}
	if doc.Toolchain.Path != "" && doc.Toolchain.Channel != "" {
		return "", diag.New(diag.ExitFailed, "a toolchain file names both a channel and a path").
			In(file, 0, 0).
			WithHelp("remove one of them")
	}
	return doc.Toolchain.Channel + doc.Toolchain.Path, nil
}

// isBareName reports whether a toolchain file has the old form: one bare line,
// allowed only in the file without extension.
func isBareName(file, text string) bool {
	return !strings.HasSuffix(file, ".toml") && text != "" && !strings.ContainsAny(text, "\n[=")
}
