package compare

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// maxWhole bounds a file whose file system cannot read it at an offset, and so
// has to be held in memory, in bytes.
const maxWhole = 64 << 20

// Trees compares two directories: names that one side lacks, kinds, permissions,
// targets of links, and contents. The findings are in the order of the names.
// Owners and times are not compared: they are no part of what a build says. No
// link is followed here; os.Root's file system follows none out of its directory.
func Trees(a, b fs.FS, o Options) ([]*Difference, error) {
	t := &trees{a: a, b: b, o: o}
	err := t.directory(".", ".")
	return t.found, err
}

type trees struct {
	a, b  fs.FS
	o     Options
	found []*Difference
}

// directory compares the entries of one directory that is on both sides, under
// names that may differ in a hash.
func (t *trees) directory(dirA, dirB string) error {
	left, err := fs.ReadDir(t.a, dirA)
	if err != nil {
		return fmt.Errorf("listing the first tree: %w", err)
	}
	right, err := fs.ReadDir(t.b, dirB)
	if err != nil {
		return fmt.Errorf("listing the second tree: %w", err)
	}
	all, _ := couples(dirNames(left), dirNames(right))
	for _, pair := range all {
		switch {
		case pair.a < 0:
			e := right[pair.b]
			t.found = append(t.found, only(path.Join(dirB, e.Name()), false, typeName(e.Type())))
		case pair.b < 0:
			e := left[pair.a]
			t.found = append(t.found, only(path.Join(dirA, e.Name()), true, typeName(e.Type())))
		default:
			if err := t.entry(path.Join(dirA, left[pair.a].Name()), path.Join(dirB, right[pair.b].Name()), left[pair.a], right[pair.b]); err != nil {
				return err
			}
		}
	}
	return nil
}

func dirNames(entries []fs.DirEntry) []string {
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

func typeName(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "a file"
	case mode.IsDir():
		return "a directory"
	case mode.Type() == fs.ModeSymlink:
		return "a link"
	}
	return "of type " + mode.Type().String()
}

// entry compares two entries.
func (t *trees) entry(nameA, nameB string, left, right fs.DirEntry) error {
	c := newComparison(t.o)
	if left.Name() != right.Name() {
		t.found = append(t.found, c.renaming(nameA, nameB))
	}
	if left.Type() != right.Type() {
		t.found = append(t.found, &Difference{Kind: KindType, Name: escapeName(nameA), A: value("%s", typeName(left.Type())), B: value("%s", typeName(right.Type()))})
		return nil
	}
	if left.Type() != fs.ModeSymlink {
		if err := t.mode(nameA, left, right); err != nil {
			return err
		}
	}
	switch {
	case left.IsDir():
		return t.directory(nameA, nameB)
	case left.Type() == fs.ModeSymlink:
		return t.link(c, nameA, nameB)
	case left.Type().IsRegular():
		return t.file(c, nameA, nameB)
	}
	return nil // a device or a pipe has no content
}

func (t *trees) mode(name string, left, right fs.DirEntry) error {
	a, errA := left.Info()
	b, errB := right.Info()
	if err := errors.Join(errA, errB); err != nil {
		return fmt.Errorf("looking at `%s`: %w", name, err)
	}
	const permissions = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
	if a.Mode()&permissions != b.Mode()&permissions {
		t.found = append(t.found, &Difference{
			Kind: KindMode, Name: escapeName(name), A: value("%s", a.Mode()), B: value("%s", b.Mode()),
			Causes: []Cause{*guessed(Umask, "permissions of a file")},
		})
	}
	return nil
}

func (t *trees) link(c *comparison, nameA, nameB string) error {
	a, errA := fs.ReadLink(t.a, nameA)
	b, errB := fs.ReadLink(t.b, nameB)
	if err := errors.Join(errA, errB); err != nil {
		return fmt.Errorf("reading the link `%s`: %w", nameA, err)
	}
	if a != b {
		left, right := narrow([]byte(a), []byte(b))
		t.found = append(t.found, &Difference{Kind: KindLink, Name: escapeName(nameA), A: left.excerpt(), B: right.excerpt(), Causes: c.classify(left, right)})
	}
	return nil
}

func (t *trees) file(c *comparison, nameA, nameB string) (err error) {
	a, closeA, err := openArtifact(t.a, nameA)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeA()) }()
	b, closeB, err := openArtifact(t.b, nameB)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeB()) }()
	found, err := c.part(KindFile, nameA, a, b)
	if err != nil {
		return fmt.Errorf("comparing `%s`: %w", nameA, err)
	}
	if found != nil {
		t.found = append(t.found, found)
	}
	return nil
}

// openArtifact opens a file, and reads it if it cannot be read at an offset.
func openArtifact(tree fs.FS, name string) (Artifact, func() error, error) {
	f, err := tree.Open(name)
	if err != nil {
		return Artifact{}, nil, fmt.Errorf("comparing: %w", err)
	}
	a, err := artifactOf(f)
	if err != nil {
		return Artifact{}, nil, errors.Join(fmt.Errorf("comparing `%s`: %w", name, err), f.Close())
	}
	return a, f.Close, nil
}

func artifactOf(f fs.File) (Artifact, error) {
	info, err := f.Stat()
	if err != nil {
		return Artifact{}, err
	}
	if !info.Mode().IsRegular() { // it was, when the directory was listed
		return Artifact{}, fmt.Errorf("no regular file any more: %s", info.Mode())
	}
	if at, ok := f.(io.ReaderAt); ok {
		return Artifact{at, info.Size()}, nil
	}
	var data bytes.Buffer
	if _, err := io.Copy(&data, io.LimitReader(f, maxWhole+1)); err != nil {
		return Artifact{}, err
	}
	if data.Len() > maxWhole {
		return Artifact{}, fmt.Errorf("larger than %d bytes, in a file system without offsets", maxWhole)
	}
	return Bytes(data.Bytes()), nil
}
