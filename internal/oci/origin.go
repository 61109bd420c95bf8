package oci

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Origin says where images may come from.
type Origin struct {
	Root     string         // `./` in a reference; nothing read there may lie outside of it
	Blobs    string         // keeps downloads until Forget; whoever uses it excludes others
	Keychain authn.Keychain // of registries
	Offline  bool           // registries may not be asked
	Limits   Limits
	Status   func(verb, format string, args ...any) // says what takes time
}

func (o Origin) limits() Limits { return o.Limits.orDefault() }

// open finds out what kind of thing a reference names.
func (o Origin) open(ref Reference) (source, error) {
	if !ref.IsPath() {
		if o.Offline {
			return nil, diag.New(diag.ExitFailed, "the store does not hold this image, and `--offline` forbids to fetch it").
				WithHelp("cargo hermetic fetch")
		}
		return o.registry(ref)
	}
	dir, name := o.Root, filepath.FromSlash(ref.Name)
	if filepath.IsAbs(name) {
		dir, name = filepath.Dir(name), filepath.Base(name)
	}
	// A root of its own: links and `..` that lead out of it are errors.
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	src, err := openAt(root, name)
	return src, diag.Join(err, root.Close())
}

func openAt(root *os.Root, name string) (source, error) {
	info, err := root.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, diag.New(diag.ExitPolicy, "there is no image at this place").Because(err).
			WithHelp("put an OCI layout directory or archive there: skopeo copy docker://NAME oci:PATH")
	}
	switch {
	case err != nil && strings.Contains(err.Error(), "path escapes"): // package os has no name for it (go1.26)
		return nil, diag.New(diag.ExitPolicy, "the path leads out of the root").Because(err).
			WithHelp("put the image into the root, or name it by its absolute path")
	case err != nil:
		return nil, err
	case info.IsDir():
		dir, err := root.OpenRoot(name)
		if err != nil {
			return nil, err
		}
		return &layout{files: directory{dir}}, nil
	case info.Mode().IsRegular():
		f, err := root.OpenFile(name, os.O_RDONLY|nonBlocking, 0)
		if err != nil {
			return nil, err
		}
		files, err := readArchive(f)
		if err != nil {
			return nil, diag.Join(err, f.Close())
		}
		return &layout{files: files}, nil
	}
	return nil, refuse("it is neither a directory nor a file")
}
