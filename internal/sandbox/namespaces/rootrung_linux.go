package namespaces

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
)

// runAsRoot is rung A': without a user namespace the command is a real,
// unprivileged uid, so the writable directories are lent to that uid for the
// time of the run and taken back afterwards. A directory that cannot be taken
// back is an error, however the run has ended.
func runAsRoot(ctx context.Context, p *plan) (result spec.Result, err error) {
	for _, m := range p.Spec.Mounts {
		if m.Kind != spec.Bind || !m.Writable {
			continue
		}
		var st unix.Stat_t
		if err := unix.Lstat(m.Source, &st); err != nil {
			return spec.Result{}, &os.PathError{Op: "lstat", Path: m.Source, Err: err}
		}
		// Before anything is lent, because lending may stop half-way.
		defer func() {
			back := chownTree(m.Source, p.Spec.UID, int(st.Uid), int(st.Gid))
			err = diag.Join(err, diag.Wrap(back, "taking back `%s` from uid %d", m.Source, p.Spec.UID))
		}()
		if err := chownTree(m.Source, int(st.Uid), p.Spec.UID, p.Spec.GID); err != nil {
			// A root without that right, or in a user namespace without that uid:
			// this rung is not to be had.
			return spec.Result{}, &stage.StartError{Err: diag.Wrap(err, "lending `%s` to uid %d", m.Source, p.Spec.UID)}
		}
	}
	return start(ctx, p, false)
}

// chownTree gives what belongs to uid `from` below dir to another owner. It
// never follows a link and never leaves dir.
func chownTree(dir string, from, uid, gid int) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	var errs []error // one entry that cannot be changed is no reason to leave the others
	walk := fs.WalkDir(root.FS(), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		info, err := root.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			if owner, ok := ownerOf(info); ok && owner == from {
				err = root.Lchown(path, uid, gid)
			}
		}
		if err != nil {
			errs = append(errs, err)
		}
		return nil
	})
	return errors.Join(append(errs, walk)...)
}

// ownerOf returns the uid that owns a file.
func ownerOf(info fs.FileInfo) (int, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}
