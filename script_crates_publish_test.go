//go:build linux

package hermetic_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

func init() {
	programs["publish"] = publish
}

// published is the form of a crate's line in an index, of those fields that cargo
// demands:
// https://doc.rust-lang.org/cargo/reference/registry-index.html#json-schema
type published struct {
	Name     string         `json:"name"`
	Version  string         `json:"vers"`
	Deps     []any          `json:"deps"`
	Features map[string]any `json:"features"`
	Checksum string         `json:"cksum"`
	Yanked   bool           `json:"yanked"`
}

// publish: `publish [-with KIND] DIR SOURCE...`: adds crates to the registry in DIR,
// as a registry does: the archive to DIR/crates, a line to the index DIR/index.
// They have no dependencies. KIND names what a hostile author adds to the archive,
// see hostile.
func publish(args []string) error {
	var kind string
	if len(args) > 1 && args[0] == "-with" {
		kind, args = args[1], args[2:]
	}
	if len(args) < 2 {
		return errors.New("usage: publish [-with KIND] DIR SOURCE...")
	}
	for _, source := range args[1:] {
		if err := publishOne(args[0], source, kind); err != nil {
			return err
		}
	}
	return nil
}

func publishOne(dir, source, kind string) error {
	data, err := os.ReadFile(filepath.Join(source, "Cargo.toml"))
	if err != nil {
		return err
	}
	var manifest struct {
		Package struct{ Name, Version string }
	}
	if err := toml.Unmarshal(data, &manifest); err != nil {
		return fmt.Errorf("`%s`: %w", source, err)
	}
	line := published{Name: manifest.Package.Name, Version: manifest.Package.Version, Deps: []any{}, Features: map[string]any{}}
	file := line.Name + "-" + line.Version
	archive, err := crateArchive(source, file, kind)
	if err != nil {
		return err
	}
	line.Checksum = fmt.Sprintf("%x", sha256.Sum256(archive))
	if err := writeBelow(filepath.Join(dir, "crates", file+".crate"), archive, os.O_TRUNC); err != nil {
		return err
	}
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	return writeBelow(filepath.Join(dir, "index", indexPath(line.Name)), append(text, '\n'), os.O_APPEND)
}

// indexPath is where an index has a crate:
// https://doc.rust-lang.org/cargo/reference/registry-index.html#index-files
func indexPath(name string) string {
	switch name = strings.ToLower(name); len(name) {
	case 1, 2:
		return path.Join(fmt.Sprint(len(name)), name)
	case 3:
		return path.Join("3", name[:1], name)
	}
	return path.Join(name[:2], name[2:4], name)
}

// writeBelow writes a file, and the directories above it.
func writeBelow(name string, data []byte, how int) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|how, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// crateArchive packs the files of a directory below top, and then what kind says.
func crateArchive(source, top, kind string) ([]byte, error) {
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	w := tar.NewWriter(zipped)
	err := fs.WalkDir(os.DirFS(source), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			return err
		}
		return addFile(w, path.Join(top, name), data)
	})
	if err != nil {
		return nil, err
	}
	if kind != "" {
		add, ok := badArchives[kind]
		if !ok {
			return nil, fmt.Errorf("nobody knows the hostile archive %q", kind)
		}
		if err := add(w, top); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil && kind != "huge" { // it promised more than there is
		return nil, err
	}
	err = zipped.Close()
	return b.Bytes(), err
}

func addFile(w *tar.Writer, name string, data []byte) error {
	if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(data))}); err != nil {
		return err
	}
	_, err := w.Write(data)
	return err
}

// badArchives are what archives hold that nobody packs by accident.
var badArchives = map[string]func(w *tar.Writer, top string) error{
	"up":       func(w *tar.Writer, top string) error { return addFile(w, top+"/../../../evil", []byte("evil")) },
	"absolute": func(w *tar.Writer, top string) error { return addFile(w, "/evil", []byte("evil")) },
	"top":      func(w *tar.Writer, top string) error { return addFile(w, "another-1.0.0/evil", []byte("evil")) },
	"case":     func(w *tar.Writer, top string) error { return addFile(w, top+"/src/LIB.rs", []byte("evil")) },
	"twice":    func(w *tar.Writer, top string) error { return addFile(w, top+"/src/lib.rs", []byte("evil")) },
	"bomb":     func(w *tar.Writer, top string) error { return addFile(w, top+"/bomb", make([]byte, 600<<20)) },
	"symlink": func(w *tar.Writer, top string) error {
		return w.WriteHeader(&tar.Header{Name: top + "/link", Typeflag: tar.TypeSymlink, Linkname: "../another-1.0.0", Mode: 0o777})
	},
	"hardlink": func(w *tar.Writer, top string) error {
		return w.WriteHeader(&tar.Header{Name: top + "/link", Typeflag: tar.TypeLink, Linkname: top + "/src/lib.rs", Mode: 0o644})
	},
	// A file of a tebibyte, if one believes it.
	"huge": func(w *tar.Writer, top string) error {
		return w.WriteHeader(&tar.Header{Name: top + "/huge", Typeflag: tar.TypeReg, Mode: 0o644, Size: 1 << 40})
	},
}
