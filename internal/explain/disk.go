package explain

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/system"
)

// Disk is the Host of a real build: this machine, and the directories of which
// the world was made.
type Disk struct {
	Env    map[string]string // of the caller
	System string            // where the package database of the host is; `/` but for tests
	Mounts []Mount           // of the world
	Links  map[string]string // of the world, from path to target

	mu     sync.Mutex
	silent bool // a file system did not answer
}

// Mount says which directory, or file, of this host a place of the world is.
type Mount struct{ Place, Source string }

// answerLimit is how long a look at the host may take: the paths are chosen by
// programs of the build, and an automounter may never answer.
const answerLimit = time.Second

// Exists implements Host.
func (d *Disk) Exists(name string) (there, dir bool) {
	if !path.IsAbs(name) {
		return false, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.silent {
		return false, false
	}
	type answer struct{ there, dir bool }
	answers := make(chan answer, 1)
	go func() {
		// Whatever keeps us from looking keeps us from proposing it too.
		info, err := os.Stat(filepath.Join(d.System, filepath.FromSlash(name)))
		answers <- answer{err == nil, err == nil && info.IsDir()}
	}()
	select {
	case a := <-answers:
		return a.there, a.dir
	case <-time.After(answerLimit):
		d.silent = true
		return false, false
	}
}

// Program implements Host.
func (d *Disk) Program(name string) string {
	if strings.Contains(name, "/") || name == "" || name == "." || name == ".." {
		return ""
	}
	for _, dir := range filepath.SplitList(d.Env["PATH"]) {
		at := filepath.Join(dir, name)
		if there, isDir := d.Exists(at); there && !isDir && filepath.IsAbs(dir) {
			return at
		}
	}
	return ""
}

// Variable implements Host.
func (d *Disk) Variable(name string) bool { _, set := d.Env[name]; return set }

// Owners implements Host.
func (d *Disk) Owners(paths []string) (map[string]string, error) {
	return system.Owners(d.System, paths)
}

// Install implements Host. Of a host whose manager is not known nothing can be
// said; Owners reports why.
func (d *Disk) Install(debian string) (name, command string) {
	m, err := system.Detect(d.System)
	if err != nil {
		return "", ""
	}
	name = m.Named(debian)
	return name, m.Install(name)
}

// Missing implements Host.
func (d *Disk) Missing(packages []string) ([]string, error) {
	missing, _, err := system.Missing(d.System, packages)
	return missing, err
}

// Inside implements Host.
func (d *Disk) Inside(name string) bool {
	_, _, err := d.resolve(name)
	return err == nil || errors.Is(err, errBetween)
}

// maxLinks bounds the links of one path, as Linux does (path_resolution(7)).
const maxLinks = 40

// resolve follows a path of the world, from link to link, to the directory of
// this host that holds it and its path below that.
func (d *Disk) resolve(name string) (source, rest string, err error) {
	at, todo := "/", strings.Split(name, "/")
	for links := 0; len(todo) > 0; {
		next := todo[0]
		todo = todo[1:]
		if next == "" || next == "." {
			continue
		}
		target, link := d.Links[path.Join(at, next)]
		if !link && next != ".." {
			if target, err = d.readlink(path.Join(at, next)); err != nil {
				return "", "", err
			}
		}
		if target == "" {
			at = path.Join(at, next)
			continue
		}
		if links++; links > maxLinks {
			return "", "", &fs.PathError{Op: "resolve", Path: name, Err: syscall.ELOOP}
		}
		if path.IsAbs(target) {
			at = "/"
		}
		todo = append(strings.Split(target, "/"), todo...)
	}
	return d.source(at)
}

// readlink returns the target of a link of the world; empty for what is none.
func (d *Disk) readlink(name string) (string, error) {
	source, rest, err := d.source(name)
	if errors.Is(err, errBetween) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	host := filepath.Join(source, filepath.FromSlash(rest))
	info, err := os.Lstat(host)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 || rest == "" {
		return "", err
	}
	return os.Readlink(host)
}

// errBetween is of a directory of the world above its mounts.
var errBetween = errors.New("a directory that holds places of the world")

// source returns the mount in which a path of the world lies.
func (d *Disk) source(name string) (source, rest string, err error) {
	var best *Mount
	between := name == "/"
	for i, m := range d.Mounts {
		if within(name, m.Place) && (best == nil || len(m.Place) > len(best.Place)) {
			best = &d.Mounts[i]
		}
		between = between || within(m.Place, name)
	}
	switch {
	case best != nil && best.Source != "":
		return best.Source, strings.TrimPrefix(strings.TrimPrefix(name, best.Place), "/"), nil
	case best == nil && between:
		return "", "", errBetween
	}
	return "", "", &fs.PathError{Op: "find", Path: name, Err: fs.ErrNotExist}
}

// Interpreter implements Host. The file may be one that the build made, so it
// is opened below the directory that was mounted, through no link that leaves
// it, and nothing but a regular file is read. What cannot be read has no
// interpreter that we know.
func (d *Disk) Interpreter(name string) string {
	source, rest, err := d.resolve(name)
	if err != nil || rest == "" {
		return ""
	}
	root, err := os.OpenRoot(source)
	if err != nil {
		return ""
	}
	defer root.Close()
	f, err := root.OpenFile(filepath.FromSlash(rest), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	head := make([]byte, headSize)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return ""
	}
	return interpreterOf(head[:n])
}
