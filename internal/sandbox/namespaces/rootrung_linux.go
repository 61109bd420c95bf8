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
)

// runAsRoot is rung A': without a user namespace the command is a real,
// unprivileged uid, so the writable directories are lent to that uid for the
// time of the run and taken back afterwards.
func runAsRoot(ctx context.Context, p *plan) (spec.Result, error) {
	for _, m := range p.Spec.Mounts {
		if m.Kind != spec.Bind || !m.Writable {
			continue
		}
		var st unix.Stat_t
		if err := unix.Lstat(m.Source, &st); err != nil {
			return spec.Result{}, &os.PathError{Op: "lstat", Path: m.Source, Err: err}
		}
		if err := chownTree(m.Source, int(st.Uid), p.Spec.UID, p.Spec.GID); err != nil {
			return spec.Result{}, diag.Wrap(err, "lending `%s` to uid %d", m.Source, p.Spec.UID)
		}
		defer func() {
			// Best effort only in the sense that a run's result is not lost
			// over it: what is not taken back stays readable.
			_ = chownTree(m.Source, p.Spec.UID, int(st.Uid), int(st.Gid))
		}()
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
	return fs.WalkDir(root.FS(), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := root.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if owner, ok := ownerOf(info); !ok || owner != from {
			return nil
		}
		return root.Lchown(path, uid, gid)
	})
}

// ownerOf returns the uid that owns a file.
func ownerOf(info fs.FileInfo) (int, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}
