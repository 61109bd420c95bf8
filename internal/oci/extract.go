package oci

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Extract writes what keep takes into an empty directory, and returns the
// content of the files in texts, by name, whether taken or not. Files are 0755
// where the image has them executable for their owner, otherwise 0644. The
// archives are read again, and verified again: after an error the directory
// holds something that must be dropped.
func (t *Tree) Extract(ctx context.Context, dir string, keep Keep, texts ...string) (map[string][]byte, error) {
	chosen, err := t.choose(keep)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir) // nothing that we write can leave it
	if err != nil {
		return nil, err
	}
	w := &writer{root: root, wanted: map[place][]file{}, texts: map[string][]byte{}}
	err = w.prepare(chosen)
	for _, name := range texts {
		if n, ferr := t.tree.find(name); err == nil && ferr == nil && n.kind == 0 {
			w.wanted[n.content] = append(w.wanted[n.content], file{name: name, text: true})
		}
	}
	left := t.img.limits.Bytes
	for i, l := range t.img.layers {
		if err != nil {
			break
		}
		err = diag.Wrap(t.img.walk(ctx, l, &left, func(r io.Reader) error {
			return entries(r, func(e entry, content io.Reader) error { return w.write(place{i, e.number}, content) })
		}), "unpacking archive %d of the image `%s`", i+1, t.img.Reference.Name)
	}
	if err == nil && len(w.wanted) > 0 {
		err = fmt.Errorf("the archives of the image `%s` changed while they were read", t.img.Reference.Name)
	}
	return w.texts, diag.Join(err, root.Close())
}

// writer puts contents where they belong.
type writer struct {
	root   *os.Root
	wanted map[place][]file
	texts  map[string][]byte
}

// file is one use of a content.
type file struct {
	name string
	mode fs.FileMode
	text bool // is to be returned, not written
}

// prepare makes directories and links, and notes the files.
func (w *writer) prepare(chosen []selected) error {
	for _, s := range chosen {
		name := filepath.FromSlash(s.name)
		var err error
		switch s.kind {
		case fs.ModeDir:
			err = w.root.Mkdir(name, 0o755)
		case fs.ModeSymlink:
			err = w.root.Symlink(s.target, name)
		default:
			mode := fs.FileMode(0o644)
			if s.exec {
				mode = 0o755
			}
			w.wanted[s.content] = append(w.wanted[s.content], file{name: name, mode: mode})
		}
		if err != nil {
			return diag.Wrap(err, "unpacking `%s`", s.name)
		}
	}
	return nil
}

// maxText bounds a file that is returned, in bytes; the largest package
// databases have a few MB.
const maxText = 64 << 20

// write writes one content to all its names. Names that were hard links become
// files of their own, as in every layer.
func (w *writer) write(at place, content io.Reader) (err error) {
	uses := w.wanted[at]
	delete(w.wanted, at)
	var to []io.Writer
	var opened []*os.File
	defer func() {
		for _, f := range opened {
			err = diag.Join(err, f.Close())
		}
	}()
	for _, use := range uses {
		if use.text {
			limited := &text{}
			defer func() { w.texts[use.name] = limited.Bytes() }()
			to = append(to, limited)
			continue
		}
		f, err := w.root.OpenFile(use.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		opened, to = append(opened, f), append(to, f)
		if err := f.Chmod(use.mode); err != nil {
			return err
		}
	}
	if len(to) == 0 {
		return nil
	}
	_, err = io.Copy(io.MultiWriter(to...), content)
	return err
}

// text is a buffer that does not grow without end.
type text struct{ bytes.Buffer }

func (t *text) Write(p []byte) (int, error) {
	if t.Len()+len(p) > maxText {
		return 0, errors.New("a file that describes the image is far too large")
	}
	return t.Buffer.Write(p)
}
