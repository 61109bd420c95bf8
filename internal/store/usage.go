package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// Kinds of items that are no layers. A layer's kind is the label it was made
// under; LostKind is one whose manifest cannot tell.
const (
	DownloadsKind = "downloads" // what fetches have downloaded
	MemoryKind    = "memory"    // what HashTree remembers of one root
	LostKind      = "damaged"
)

// Item is something that Collect may remove.
type Item struct {
	Kind     string    `json:"kind"`
	Name     string    `json:"name"` // a layer's digest, or its hexadecimal digits if the manifest is lost
	Files    int       `json:"files"`
	Apparent int64     `json:"apparent_bytes"` // of content
	Disk     int64     `json:"disk_bytes"`     // with directories and what belongs to it; blocks that files share count for each
	LastUse  time.Time `json:"last_use"`
	InUse    bool      `json:"in_use"` // at this moment, by some process

	path string // of the directory or the file
	lock string // of the file whose lock says that nobody uses it; empty where nobody can
}

// Usage is what a store holds.
type Usage struct {
	Dir     string   `json:"store"`
	Format  string   `json:"format"`
	Items   []Item   `json:"items"`         // layers by name, then the rest
	Records int64    `json:"records_bytes"` // on disk
	Running int64    `json:"running_bytes"` // on disk: what living processes stage
	Foreign []string `json:"foreign"`       // what lies among the layers and is none
}

// Usage looks at everything in the store. It changes nothing and counts as no use.
func (s *Store) Usage() (Usage, error) {
	u := Usage{Dir: s.dir, Format: version, Items: []Item{}, Foreign: []string{}}
	items, foreign, err := s.items()
	if err == nil {
		u.Items, u.Foreign = append(u.Items, items...), append(u.Foreign, foreign...)
		u.Records, err = diskBelow(s.path(recordsDir))
	}
	if err == nil {
		u.Running, err = s.running()
	}
	return u, diag.Wrap(err, "looking at the store `%s`", s.dir)
}

// items lists what Collect may remove. What vanishes meanwhile was never there.
func (s *Store) items() (items []Item, foreign []string, err error) {
	names, foreign, err := s.layerNames()
	if err != nil {
		return nil, nil, err
	}
	add := func(i Item, err error) error {
		if err == nil {
			i.InUse, err = busy(i.lock)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		items = append(items, i)
		return err
	}
	for _, hex := range names {
		if err := add(s.layerItem(hex)); err != nil {
			return nil, nil, err
		}
	}
	if err := add(s.downloadsItem()); err != nil {
		return nil, nil, err
	}
	memories, err := os.ReadDir(s.path(memoryDir))
	if err != nil {
		return nil, nil, err
	}
	for _, m := range memories {
		if strings.HasPrefix(m.Name(), ".") {
			continue // being written
		}
		if err := add(memoryItem(s.path(memoryDir, m.Name()))); err != nil {
			return nil, nil, err
		}
	}
	return items, foreign, nil
}

func (s *Store) layerItem(hex string) (Item, error) {
	dir := s.path(layersDir, hex)
	i := Item{Kind: LostKind, Name: hex, path: dir, lock: filepath.Join(dir, useFile)}
	var err error
	if i.LastUse, err = lastUse(i.lock); err == nil {
		i.Disk, err = diskBelow(dir)
	}
	if err != nil {
		return i, err
	}
	m, err := peekManifest(dir, hex)
	if err == nil {
		i.Kind, i.Name = m.Kind, m.Digest.String()
		i.Files, i.Apparent = m.size()
	}
	return i, nil // without a manifest it is still something to remove
}

// lastUse is the time of a use file, which is made if somebody removed it: a
// layer without one could not be locked.
func lastUse(path string) (time.Time, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err = busy(path); err == nil {
			info, err = os.Stat(path)
		}
	}
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime().UTC(), nil
}

// downloadsItem was last used when anything in it last changed.
func (s *Store) downloadsItem() (Item, error) {
	i := Item{Kind: DownloadsKind, Name: DownloadsKind, path: s.path(downloadsDir), lock: s.lockPath(downloadsLock)}
	info, err := os.Stat(i.path)
	if err != nil {
		return i, err
	}
	i.LastUse = info.ModTime().UTC()
	entries, err := fsx.Scan(i.path, nil)
	if errors.Is(err, fs.ErrNotExist) {
		return i, nil // a fetch removes things at this moment: in use, and no size to speak of
	}
	for _, e := range entries {
		i.Disk += e.Disk
		if e.Type == fsx.File {
			i.Files++
			i.Apparent += e.Size
		}
		// Not the modification time, which cargo takes from archives.
		if t := time.Unix(0, e.CtimeNs).UTC(); t.After(i.LastUse) {
			i.LastUse = t
		}
	}
	if err == nil && i.Files == 0 {
		err = fs.ErrNotExist // an empty directory is nothing to remove
	}
	return i, err
}

// memoryItem was last used when it was last written; a root that did not change
// in between was hashed all the same, but losing the memory costs no more than
// hashing it once.
func memoryItem(path string) (Item, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Item{}, err
	}
	return Item{Kind: MemoryKind, Name: filepath.Base(path)[:min(12, len(filepath.Base(path)))], Files: 1,
		Apparent: info.Size(), Disk: info.Size(), LastUse: info.ModTime().UTC(), path: path}, nil
}

// busy reports whether somebody holds the lock. It has it itself for a moment; a
// user waits that long.
func busy(path string) (bool, error) {
	if path == "" {
		return false, nil
	}
	lock, err := fsx.TryLock(path)
	if lock == nil || err != nil {
		return err == nil, err
	}
	return false, lock.Unlock()
}

// running adds up what living processes stage. A directory that disappears while
// we look, or has a part moved out of it (EXDEV, says openat2), belongs to one
// that is done.
func (s *Store) running() (int64, error) {
	entries, err := os.ReadDir(s.path(tmpDir))
	var sum int64
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		disk, err := diskBelow(s.path(tmpDir, e.Name()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.EXDEV) {
			return 0, err
		}
		sum += disk
	}
	return sum, err
}

// diskBelow adds up what a directory and everything in it takes on disk.
func diskBelow(dir string) (int64, error) {
	entries, err := fsx.Scan(dir, nil)
	var sum int64
	for _, e := range entries {
		sum += e.Disk
	}
	return sum, err
}
