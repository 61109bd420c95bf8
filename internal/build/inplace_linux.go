package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/system"
)

// inPlace changes a bound world for an isolation that cannot mount. Most places
// are moved by the isolation itself; the system layer cannot be, because
// programs hold its paths. There the host's own files are used, each only after
// it was found equal to the locked one. What the layer generates (who and where
// we are) is handed over as constant text.
func (p *prepared) inPlace(ctx context.Context, h *Host, s *sandbox.Spec, tmp string) error {
	s.Scratch = filepath.Join(tmp, "places")
	if err := os.Mkdir(s.Scratch, 0o700); err != nil {
		return err
	}
	var mounts []sandbox.Mount
	for _, m := range s.Mounts {
		if m.Kind != spec.Bind || !within(p.layers.System.Dir, m.Source) {
			mounts = append(mounts, m)
		}
	}
	files, err := p.hostSystem(ctx, h, s)
	if err != nil {
		return err
	}
	s.Mounts = append(mounts, files...)
	return nil
}

// hostSystem lists the host's files that are those of the system layer, and
// adds the layer's links and texts to s.
func (p *prepared) hostSystem(ctx context.Context, h *Host, s *sandbox.Spec) ([]sandbox.Mount, error) {
	var (
		mounts []sandbox.Mount
		paths  []string // of files, inside the layer
		layer  = p.layers.System.Dir
		known  = map[string]bool{}
	)
	for _, l := range s.Links {
		known[l.Path] = true // top-level links of the layer
	}
	err := filepath.WalkDir(layer, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		place := strings.TrimPrefix(path, layer)
		if e.Type() == fs.ModeSymlink {
			target, err := os.Readlink(path)
			if err == nil && !known[place] {
				s.Links = append(s.Links, sandbox.Link{Path: place, Target: target})
			}
			return err
		}
		paths = append(paths, place)
		return nil
	})
	if err != nil {
		return nil, p.damaged(p.layers.System, err)
	}
	differ, err := p.compareSystem(ctx, h, paths)
	if err != nil {
		return nil, err
	}
	for _, place := range paths {
		if !differ[place] {
			mounts = append(mounts, sandbox.Mount{Kind: spec.Bind, Source: place, Target: place, File: true})
			continue
		}
		// An index is no text, and the host's names other files. Without the loader's it
		// looks into its built-in directories, and what it does not find there is an
		// error and never another file.
		if system.IsIndex(place) {
			continue
		}
		if !strings.HasPrefix(place, "/etc/") {
			return nil, diag.New(diag.ExitLock, "`%s` of this host is not the locked one, and isolation `landlock` uses the host's system files where they are", place).
				WithHelp("install the locked versions (cargo hermetic lock --check), or use `--isolation namespaces`")
		}
		data, err := os.ReadFile(filepath.Join(layer, place))
		if err != nil {
			return nil, p.damaged(p.layers.System, err)
		}
		s.Files = append(s.Files, sandbox.File{Path: place, Data: string(data)})
	}
	return mounts, nil
}

// compared is what was found out about the host's files the last time.
type compared struct {
	State  string   // of all files on the host
	Differ []string // paths that are not as in the layer
}

// compareSystem returns the paths at which the host has something else than
// the system layer, or nothing. Contents are read again only if any file's
// size, times or identity changed since.
func (p *prepared) compareSystem(ctx context.Context, h *Host, paths []string) (map[string]bool, error) {
	const kind = "in-place"
	key := p.layers.System.Digest.String()
	state, young, err := stateOf(paths, h.Now().UnixNano())
	if err != nil {
		return nil, err
	}
	var last compared
	ok, err := p.store.Recall(kind, key, &last)
	if err != nil {
		return nil, err
	}
	differ := map[string]bool{}
	if ok && last.State == state {
		for _, place := range last.Differ {
			differ[place] = true
		}
		return differ, nil
	}
	last = compared{State: state}
	for _, place := range paths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		same, err := sameFile(place, filepath.Join(p.layers.System.Dir, place))
		if err != nil {
			return nil, err
		}
		if !same {
			differ[place] = true
			last.Differ = append(last.Differ, place)
		}
	}
	if young {
		return differ, nil // could change once more without a new time
	}
	return differ, p.store.Remember(kind, key, last)
}

// stateOf sums up what lstat says of every path. young reports that one changed
// so recently that the next change could leave the same times.
func stateOf(paths []string, now int64) (state string, young bool, err error) {
	const granularity = 2_000_000_000 // nanoseconds; the coarsest file system in use (FAT)
	sum := sha256.New()
	for _, place := range paths {
		var st syscall.Stat_t
		if err := syscall.Lstat(place, &st); err != nil {
			if err != syscall.ENOENT && err != syscall.ENOTDIR {
				return "", false, &os.PathError{Op: "lstat", Path: place, Err: err}
			}
			fmt.Fprintf(sum, "%q absent\n", place)
			continue
		}
		changed := st.Ctim.Nano()
		young = young || changed > now-granularity && changed <= now
		fmt.Fprintf(sum, "%q %d %d %d %d %d\n", place, st.Dev, st.Ino, st.Size, st.Mtim.Nano(), changed)
	}
	return hex.EncodeToString(sum.Sum(nil)), young, nil
}

// sameFile reports whether two regular files have the same content.
func sameFile(a, b string) (bool, error) {
	info, err := os.Lstat(a)
	if err != nil || !info.Mode().IsRegular() {
		return false, nil
	}
	f, err := os.Open(a)
	if err != nil {
		return false, nil // what we may not read the build may not either
	}
	defer f.Close()
	g, err := os.Open(b)
	if err != nil {
		return false, err
	}
	defer g.Close()
	bufA, bufB := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, errA := io.ReadFull(f, bufA)
		m, errB := io.ReadFull(g, bufB)
		switch {
		case n != m || !bytes.Equal(bufA[:n], bufB[:m]):
			return false, nil
		case errA == io.EOF || errA == io.ErrUnexpectedEOF:
			return errB == errA, nil
		case errA != nil:
			return false, errA
		case errB != nil:
			return false, errB
		}
	}
}
