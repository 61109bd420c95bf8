package system

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Altered is a file of the host that is not as its package shipped it.
type Altered struct{ File, Package string }

// Altered finds the first such file of the closure, in the order of packages and
// then of their records; nil where there is none that the manager knows of. It
// explains a layer that is another one though names and versions agree, and is no
// check of anything: the records have MD5 sums, which the same hand may have
// changed, and only dpkg's are read. Who asks of another manager has Verify.
func (s *Snapshot) Altered(ctx context.Context) (*Altered, error) {
	db, ok := s.db.(*dpkg)
	if !ok {
		return nil, nil
	}
	for _, p := range s.closure {
		sums, file, err := readSums(s.tree, db.records[p])
		if err != nil {
			return nil, err
		}
		number := 0
		for line := range strings.Lines(sums) {
			number++
			want, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
			if !ok || !validPath("/"+name) || len(want) != 2*md5.Size {
				return nil, damaged(file, number, "the line is not a sum and a file")
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			name = db.diversions.place(name, p.Name)
			same, err := s.tree.hasSum(name, want)
			if err != nil {
				return nil, diag.Wrap(err, "reading `%s` of package `%s`", name, p.Name)
			}
			if !same {
				return &Altered{s.tree.host(name), p.Name}, nil
			}
		}
	}
	return nil, nil
}

// readSums returns the sums that a package brought, and their file for messages.
// A package may bring none.
func readSums(t *tree, p *installed) (text, file string, err error) {
	for _, name := range []string{p.Name + ":" + p.Architecture, p.Name} {
		name = dpkgDir + "info/" + name + ".md5sums"
		data, err := t.readFile(name)
		if err == nil {
			return string(data), t.host(name), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", "", diag.Wrap(err, "reading the sums of package `%s`", p.Name)
		}
	}
	return "", "", nil
}

// hasSum compares a file with an MD5 sum. What is no part of a layer is not
// compared, and what is missing has another error.
func (t *tree) hasSum(name, want string) (bool, error) {
	if leftOut(name) {
		return true, nil
	}
	at, err := t.walk(name, true)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (at.private || !at.node.mode.IsRegular()) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	f, err := os.Open(t.host(at.name))
	if err != nil {
		return false, err
	}
	defer f.Close() // read only: nothing to lose
	h := md5.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)) == want, err
}
