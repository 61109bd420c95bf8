package download

import (
	"context"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

// Request says what to fetch, and with what.
type Request struct {
	Store  *store.Store
	Look   Look
	Env    map[string]string // the caller's environment
	Agent  string            // how we call ourselves to a server
	Limits Limits
	Status func(verb, format string, args ...any)
	Note   func(format string, args ...any)
}

// partsDir lies in the store's directory of downloads.
const partsDir = "files"

// Fetch brings every file that the store does not have into it. Those of the root
// are not its business: see Take.
func Fetch(ctx context.Context, r *Request, downloads []policy.Download) (err error) {
	var missing []policy.Download
	for _, d := range downloads {
		if d.Local() != "" {
			continue
		}
		if _, ok, err := Find(ctx, r.Store, r.Look, d); err != nil {
			return err
		} else if !ok {
			missing = append(missing, d)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	unlock, err := r.Store.Lock(ctx, "fetch", func() { r.Status("Blocking", "waiting for another fetch on this store") })
	if err != nil {
		return err
	}
	defer func() { err = diag.Join(err, unlock()) }()
	for _, d := range missing {
		// Another process, or an entry before this one, may have brought it.
		if _, ok, err := Find(ctx, r.Store, r.Look, d); ok || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		if err := fetch(ctx, r, d); err != nil {
			return err
		}
	}
	return nil
}

// fetch brings one file.
func fetch(ctx context.Context, r *Request, d policy.Download) (err error) {
	if strings.HasPrefix(d.URL, "http:") {
		r.Note("`%s` is not encrypted: whoever is on the way can read it and exchange it, and only the digest finds that out", d.URL)
	}
	client, err := newClient(r.Env)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	dir, err := r.Store.Downloads()
	if err != nil {
		return err
	}
	dir = filepath.Join(dir, partsDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	name := filepath.Join(dir, d.SHA256)
	part, err := openPart(name)
	if err != nil {
		return err
	}
	defer func() { err = diag.Join(err, part.Close()) }()
	r.Status("Downloading", "%s, for %s", d.URL, d.Package())
	t := &transfer{d: d, client: client, agent: r.Agent, limits: r.Limits, part: part}
	if err := t.run(ctx); err != nil {
		if t.size == 0 {
			return diag.Join(err, os.Remove(name))
		}
		r.Note("%d bytes of `%s` are kept, and the next `cargo hermetic fetch` goes on behind them", t.size, d.URL)
		return err
	}
	if err := keep(ctx, r.Store, d, name, t.size); err != nil {
		return err
	}
	r.Status("Downloaded", "%s (%.1f MB) [sha256:%.12s]", d.FileName(), float64(t.size)/1e6, d.SHA256)
	return os.Remove(name)
}

// openPart opens what an earlier fetch left, or an empty file.
func openPart(name string) (*os.File, error) {
	if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
		if err := fsx.RemoveTree(name); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|nonBlocking, 0o600)
}

// Take copies a file of the root into the store, if it is the pinned one. It needs
// no network, so every command may do it. open opens it, and sees to it that it
// lies in the root.
func Take(ctx context.Context, st *store.Store, d policy.Download, open func(name string) (*os.File, error)) (err error) {
	from, err := open(d.Local())
	if err != nil {
		return diag.Wrap(err, "opening `%s` of the root", d.Local())
	}
	defer func() { err = diag.Join(err, from.Close()) }()
	dir, remove, err := st.TempDir(kind)
	if err != nil {
		return err
	}
	defer func() { err = diag.Join(err, remove()) }()
	file := filepath.Join(dir, "file")
	to, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(to, sum), from)
	if err := diag.Join(err, to.Close()); err != nil {
		return diag.Wrap(err, "copying `%s` of the root", d.Local())
	}
	t := &transfer{d: d, sum: sum}
	if !t.right() {
		return mismatch(d, [sha256.Size]byte(sum.Sum(nil)), size)
	}
	return keep(ctx, st, d, file, size)
}
