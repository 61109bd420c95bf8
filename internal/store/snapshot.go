package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// snapshot is what stat said about a tree, and when it began to be hashed.
type snapshot struct {
	root    fsx.Entry // the directory itself; zero where it does not count
	entries []fsx.Entry
	nowNs   int64 // nanoseconds since 1970; no content is read before it
}

// look scans a tree of the store, by the clock of the store's file system. A
// layer that is still young is given the time to be no longer (racyWindow, once),
// so that whoever hashes it can remember that it did.
func (s *Store) look(ctx context.Context, tree *fsx.Dir) (*snapshot, error) {
	snap, err := s.lookOnce(tree)
	if err != nil || snap.settled() {
		return snap, err
	}
	select {
	case <-time.After(racyWindow + racyWindow/2):
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	return s.lookOnce(tree)
}

func (s *Store) lookOnce(tree *fsx.Dir) (*snapshot, error) {
	now, err := fsx.ClockNs(s.path(memoryDir))
	if err != nil {
		return nil, err
	}
	root, err := tree.Stat()
	if err != nil {
		return nil, err
	}
	entries, err := tree.Scan(nil)
	if err != nil {
		return nil, err
	}
	return &snapshot{root, entries, now}, nil
}

// racyWindow is the age below which a time stamp proves nothing: a file may be
// written again within one tick of the kernel's clock (up to 10 ms), after we
// read it, and keep its times. Git calls such entries racily clean.
const racyWindow = 20 * time.Millisecond

// young reports whether the file's times are too close to the moment of
// hashing to say later that it did not change. A time that lies in the future,
// because the clock was put back, is as good as an old one: what is written now
// gets another. Where the system has no change time, every file is young.
func (s *snapshot) young(e fsx.Entry) bool {
	near := func(ns int64) bool {
		return ns >= s.nowNs-int64(racyWindow) && ns <= s.nowNs+int64(racyWindow)
	}
	return e.CtimeNs == 0 || near(e.MtimeNs) || near(e.CtimeNs)
}

// settled reports whether no file is young. Of a layer no directory may be
// either: its times stand for its list of names.
func (s *snapshot) settled() bool {
	layer := s.root.Type == fsx.Directory
	for _, e := range s.entries {
		if (e.Type == fsx.File || layer && e.Type == fsx.Directory) && s.young(e) {
			return false
		}
	}
	return !layer || !s.young(s.root)
}

// digest is one SHA-256 over everything that stat said. Device numbers are left
// out: they change when a disk is mounted again.
func (s *snapshot) digest() [sha256.Size]byte {
	h := sha256.New()
	var b []byte
	write := func(e fsx.Entry) {
		b = appendText(b[:0], e.Path)
		b = appendText(b, e.Link)
		b = append(b, byte(e.Type))
		b = binary.LittleEndian.AppendUint32(b, e.Mode)
		for _, n := range []uint64{uint64(e.Size), uint64(e.MtimeNs), uint64(e.CtimeNs), e.Ino} {
			b = binary.LittleEndian.AppendUint64(b, n)
		}
		h.Write(b)
	}
	write(s.root)
	for _, e := range s.entries {
		if e.Type == fsx.Directory {
			e.Size = 0 // how a file system stores names is not ours, and some change it by themselves
		}
		write(e)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// refuseSpecial refuses what has no content that could be named: exit code 111.
func refuseSpecial(dir string, entries []fsx.Entry, help func(path string) string) error {
	for _, e := range entries {
		if e.Type == fsx.Other {
			path := filepath.Join(dir, e.Path)
			return diag.New(diag.ExitPolicy, "`%s` is a socket, a fifo or a device", path).
				Note("only files, directories and symbolic links can be an input of a build").
				WithHelp("%s", help(path))
		}
	}
	return nil
}

// nodes turns entries into what digest.Tree takes.
func nodes(entries []fsx.Entry, contents []digest.Digest) []digest.Node {
	all := make([]digest.Node, len(entries))
	for i, e := range entries {
		all[i] = digest.Node{Path: e.Path, Kind: digest.Dir, Content: contents[i]}
		switch e.Type {
		case fsx.File:
			all[i].Kind, all[i].Executable = digest.File, e.Executable()
		case fsx.Symlink:
			all[i].Kind, all[i].Target = digest.Symlink, e.Link
		}
	}
	return all
}

// treeDigest is digest.Tree for entries that a scan found: what it refuses then
// is a name or a link target that is not UTF-8.
func treeDigest(dir string, all []digest.Node) (digest.Digest, error) {
	d, err := digest.Tree(all)
	if err != nil {
		return digest.Digest{}, diag.New(diag.ExitPolicy, "something in `%s` cannot be named", dir).
			Because(err).
			WithHelp("rename it: names and link targets must be UTF-8")
	}
	return d, nil
}

// complete reports whether there is nothing left to hash.
func complete(entries []fsx.Entry, contents []digest.Digest) bool {
	for i, e := range entries {
		if e.Type == fsx.File && contents[i].IsZero() {
			return false
		}
	}
	return true
}

// hashWorkers is how many files are hashed at a time. SHA-256 keeps a core
// busy; two is what the smallest machines have, and leaves others some.
var hashWorkers = min(2, runtime.GOMAXPROCS(0))

// hashFiles returns the content of every file, in the places of its entries.
// What known (may be nil) already has is not read again. Each entry becomes
// what stat said when its content was read, so that the two belong together.
func hashFiles(ctx context.Context, tree *fsx.Dir, entries []fsx.Entry, known []digest.Digest) ([]digest.Digest, error) {
	contents := make([]digest.Digest, len(entries))
	copy(contents, known)
	if complete(entries, contents) {
		return contents, ctx.Err()
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var wait sync.WaitGroup
	for range hashWorkers {
		wait.Go(func() {
			buffer := make([]byte, fsx.BufferSize)
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(entries) {
					return
				}
				if entries[i].Type != fsx.File || !contents[i].IsZero() {
					continue
				}
				var err error
				contents[i], entries[i], err = hashFile(ctx, tree, entries[i].Path, buffer)
				if err != nil {
					cancel(err)
				}
			}
		})
	}
	wait.Wait()
	return contents, context.Cause(ctx)
}

// hashAttempts is how often a file may change under our eyes.
const hashAttempts = 3

func hashFile(ctx context.Context, tree *fsx.Dir, path string, buffer []byte) (digest.Digest, fsx.Entry, error) {
	var d digest.Digest
	var e fsx.Entry
	var err error
	for range hashAttempts {
		if d, e, err = tree.Hash(ctx, path, buffer); !errors.Is(err, fsx.ErrChanged) {
			break
		}
	}
	// The scan saw a regular file here.
	if errors.Is(err, fsx.ErrChanged) || errors.Is(err, fsx.ErrNotRegular) || errors.Is(err, fs.ErrNotExist) {
		err = diag.New(diag.ExitFailed, "`%s` changed while it was being read", filepath.Join(tree.Name(), path)).
			Because(err).
			WithHelp("run the command again when nothing writes there")
	}
	return d, e, err
}
