package fsx

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// scanWorkers is how many directories are read at a time. Two hide the latency
// of each other; more only contend for the kernel's directory locks.
const scanWorkers = 2

// direntBuffer holds some 700 names, so that most directories take two calls.
const direntBuffer = 32 << 10

// Scan returns everything below the directory, sorted by the bytes of Path, as
// lstat sees it. Where skip (may be nil) says true, an entry and what is below
// it are left out; skip is called from several goroutines.
//
// Every directory is opened from the root by its path, so the number of open
// descriptors does not grow with the depth, and a directory that is swapped for
// a link meanwhile is an error, not a way out. An entry that vanishes between
// being listed and being looked at was never there.
func (d *Dir) Scan(skip func(rel string) bool) ([]Entry, error) {
	s := &scan{dir: d, skip: skip, queue: []string{"."}}
	s.idle.L = &s.mu
	parts := make([][]Entry, scanWorkers)
	var wait sync.WaitGroup
	for i := range parts {
		wait.Go(func() { parts[i] = s.work() })
	}
	wait.Wait()
	if s.err != nil {
		return nil, s.err
	}
	entries := slices.Concat(parts...)
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return entries, nil
}

// scan is the state that the workers share.
type scan struct {
	dir  *Dir
	skip func(string) bool

	mu    sync.Mutex
	idle  sync.Cond
	queue []string // directories to read
	busy  int      // workers that may still add to queue
	err   error    // the first one ends the scan
}

// work reads directories until there are none left.
func (s *scan) work() []Entry {
	var found []Entry
	buffer := make([]byte, direntBuffer)
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		for len(s.queue) == 0 && s.busy > 0 && s.err == nil {
			s.idle.Wait()
		}
		if len(s.queue) == 0 || s.err != nil {
			return found
		}
		rel := s.queue[len(s.queue)-1]
		s.queue = s.queue[:len(s.queue)-1]
		s.busy++
		s.mu.Unlock()

		start := len(found)
		var err error
		found, err = s.read(found, rel, buffer)

		s.mu.Lock()
		s.busy--
		for _, e := range found[start:] {
			if e.Type == Directory {
				s.queue = append(s.queue, e.Path)
			}
		}
		if s.err == nil {
			s.err = err
		}
		s.idle.Broadcast()
	}
}

// read appends the entries of one directory to found.
func (s *scan) read(found []Entry, rel string, buffer []byte) ([]Entry, error) {
	fd, err := s.dir.open(rel, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return found, s.dir.fail("open", rel, err)
	}
	defer unix.Close(fd) // read only: nothing to lose
	prefix := rel + "/"
	if rel == "." {
		prefix = ""
	}
	var names []string
	for {
		n, err := unix.ReadDirent(fd, buffer)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return found, s.dir.fail("readdir", rel, err)
		}
		if n <= 0 {
			return found, nil
		}
		_, _, names = unix.ParseDirent(buffer[:n], -1, names[:0])
		for _, name := range names {
			path := prefix + name
			if s.skip != nil && s.skip(path) {
				continue
			}
			e, err := lstatAt(fd, name, path)
			if errors.Is(err, unix.ENOENT) {
				continue
			}
			if err != nil {
				return found, s.dir.fail("lstat", path, err)
			}
			found = append(found, e)
		}
	}
}

// lstatAt looks at one name of an open directory.
func lstatAt(fd int, name, path string) (Entry, error) {
	var st unix.Stat_t
	for {
		err := unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
		if errors.Is(err, unix.EINTR) { // network file systems
			continue
		}
		if err != nil {
			return Entry{}, err
		}
		break
	}
	e := entry(path, &st)
	if e.Type != Symlink {
		return e, nil
	}
	target := make([]byte, unix.PathMax) // the kernel stores no longer one
	n, err := unix.Readlinkat(fd, name, target)
	if errors.Is(err, unix.EINVAL) {
		return Entry{}, unix.ENOENT // replaced since by something that is no link: the link is gone
	}
	if err != nil {
		return Entry{}, err
	}
	e.Link = string(target[:n])
	return e, nil
}
