package audit

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// FindDeclared reads in a target directory which variables were declared as read:
// by build scripts in what they printed, which cargo keeps in `output`, and by
// rustc in its dependency files. The result is in the order of the files, and
// holds nothing twice.
func FindDeclared(target string) ([]Declared, error) {
	root, err := os.OpenRoot(target)
	if err != nil {
		return nil, err
	}
	defer root.Close() // read only: nothing to lose
	var all []Declared
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !d.Type().IsRegular(): // what a build script made of it may be anything
			return nil
		case d.Name() == "output":
			found, err := readOutput(root, name)
			all = append(all, found...)
			return err
		case path.Ext(name) == ".d":
			found, err := readDepInfo(root, name)
			all = append(all, found...)
			return err
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading what build scripts and the compiler declared: %w", err)
	}
	return unrepeated(all), nil
}

// unrepeated keeps the first of equal elements.
func unrepeated(all []Declared) []Declared {
	seen := map[Declared]bool{}
	return slices.DeleteFunc(all, func(d Declared) bool {
		again := seen[d]
		seen[d] = true
		return again
	})
}

// HashValue is the hash of a value of a variable as a record has it.
func HashValue(value string) string {
	sum := sha256.Sum256([]byte(value))
	return hex.EncodeToString(sum[:8])
}

// readOutput reads what a build script printed. Beside it, `root-output` names
// the script's OUT_DIR; a file without that is not cargo's.
func readOutput(root *os.Root, name string) ([]Declared, error) {
	outDir, err := root.ReadFile(path.Join(path.Dir(name), "root-output"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	data, err := root.ReadFile(name)
	if err != nil {
		return nil, err
	}
	d := Declared{File: filepath.FromSlash(name), OutDirHash: HashValue(string(outDir))}
	var found []Declared
	for line := range bytes.Lines(data) {
		text := strings.TrimSpace(string(line))
		for _, prefix := range []string{"cargo::rerun-if-env-changed=", "cargo:rerun-if-env-changed="} {
			if variable, ok := strings.CutPrefix(text, prefix); ok && variable != "" {
				d.Name = variable
				found = append(found, d)
			}
		}
	}
	return found, nil
}

// readDepInfo reads the comments that rustc adds to a dependency file for `env!`
// and `option_env!`: `# env-dep:NAME=VALUE`, without `=` if it was not set. The
// file is in the form of make, so an escape can hide no line of its own.
func readDepInfo(root *os.Root, name string) ([]Declared, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() // read only: nothing to lose
	d := Declared{File: filepath.FromSlash(name), Unit: strings.TrimSuffix(path.Base(name), ".d")}
	var found []Declared
	// Values may be longer than any bound; only the name is of interest.
	for lines := bufio.NewReader(f); ; {
		line, err := lines.ReadString('\n')
		if dep, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "# env-dep:"); ok {
			if d.Name, _, _ = strings.Cut(dep, "="); d.Name != "" {
				found = append(found, d)
			}
		}
		if err != nil {
			return found, ignoreEnd(err)
		}
	}
}
