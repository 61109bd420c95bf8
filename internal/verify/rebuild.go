package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/perturb"
)

// built is what a build left.
type built struct {
	dir     string              // its target directory, or what the caller has
	record  *observation.Record // nil of what the caller has
	counted bool                // it is a target directory: cargo's own notes do not count
	known   circumstances
	times   [2]int64 // when it began and ended, in seconds since 1970
}

// build makes a copy of the root and builds it under these circumstances.
func (v *verification) build(ctx context.Context, dims []dimension) (*built, error) {
	return v.buildWith(ctx, dims, func(*circumstances) error { return nil })
}

// buildWith is build of a copy that is changed before.
func (v *verification) buildWith(ctx context.Context, dims []dimension, change func(*circumstances) error) (*built, error) {
	v.builds++
	dir := filepath.Join(v.dir, strconv.Itoa(v.builds))
	// The same path for every build but for those that are to have another.
	here := filepath.Join(v.dir, "root")
	c := circumstances{root: here, host: perturb.Host{Umask: 0o022}, env: maps.Clone(v.host.Env), staged: build.Staged{Epoch: v.epoch}}
	c.staged.Shown = v.request.Options.Undetermined
	for _, d := range dims {
		d.apply(&c)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	if err := c.furnish(dir); err != nil {
		return nil, diag.Wrap(err, "preparing the host of build %d", v.builds)
	}
	if err := copyRoot(c.root, v.root, c.back, c.later); err != nil {
		return nil, diag.Wrap(err, "copying the root")
	}
	if err := change(&c); err != nil {
		return nil, diag.Wrap(err, "changing the copy of the root")
	}
	b := &built{counted: true, dir: filepath.Join(c.root, "target", "hermetic"), known: c}
	b.times[0] = v.host.Now().Unix()
	if err := v.command(ctx, &c); err != nil {
		return nil, err
	}
	b.times[1] = v.host.Now().Unix()
	record, err := os.Open(filepath.Join(c.root, "target", build.ObservationName))
	if err == nil {
		b.record, err = observation.Read(record)
		err = errors.Join(err, record.Close())
	}
	if err == nil && b.record.Cut {
		err = errors.New("it is not whole")
	}
	if err != nil {
		return nil, diag.Wrap(err, "reading the record of build %d", v.builds)
	}
	// Out of the way of the next one.
	kept := filepath.Join(dir, "target")
	if err := os.Rename(filepath.Join(c.root, "target"), kept); err != nil {
		return nil, err
	}
	b.dir = filepath.Join(kept, "hermetic")
	return b, os.RemoveAll(c.root)
}

// command runs ourselves.
func (v *verification) command(ctx context.Context, c *circumstances) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	args := slices.Concat([]string{"build"}, v.request.Args, c.args, []string{"--root", c.root})
	if manifest := v.request.Options.Manifest; manifest != "" {
		rel, err := filepath.Rel(v.root, manifest)
		if err != nil || !filepath.IsLocal(rel) {
			return diag.New(diag.ExitPolicy, "`%s` is outside the root `%s`", manifest, v.root)
		}
		args = append(args, "--manifest-path", filepath.Join(c.root, rel))
	}
	argv, err := c.staged.Argv(args)
	if err != nil {
		return err
	}
	// The layers are where they are: they are known by their digests.
	c.env["XDG_CACHE_HOME"] = filepath.Dir(v.host.Store)
	c.env["RUSTUP_HOME"], c.env["CARGO_HOME"] = v.host.Rustup, v.host.Cargo
	cmd, err := perturb.Command(ctx, c.host, filepath.Join(c.root, v.below), build.Environ(c.env), self, argv)
	if err != nil {
		return err
	}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if !v.request.Quiet {
		cmd.Stdout, cmd.Stderr = v.host.Stderr, v.host.Stderr
	}
	defer perturb.Busy(c.busy)()
	if err := cmd.Run(); err != nil {
		d := diag.New(diag.ExitFailed, "build %d failed", v.builds).Because(err)
		if v.request.Quiet {
			d = d.Note("%s", bytes.TrimSpace(said.Bytes()))
		}
		if v.builds > 1 {
			d = d.Note("the build before it succeeded, so what makes the difference is the host: `--vary` leaves parts of it as they are")
		}
		return d
	}
	return nil
}

// copyRoot copies what belongs to a root: not what was built in it, and not what
// version control keeps for itself, of which a build sees only that it is there.
func copyRoot(to, from string, back, later bool) error {
	var entries []string
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err == nil && build.Hidden(filepath.ToSlash(rel)) {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		entries = append(entries, rel)
		return err
	})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	if back {
		slices.Reverse(entries)
	}
	if _, err := os.Lstat(filepath.Join(from, ".git")); err == nil {
		if err := os.Mkdir(filepath.Join(to, ".git"), 0o755); err != nil {
			return err
		}
	}
	for i, rel := range entries {
		if err := copyEntry(filepath.Join(to, rel), filepath.Join(from, rel), i, later); err != nil {
			return err
		}
	}
	return nil
}

// copyEntry copies one, and makes the directories above it.
func copyEntry(to, from string, i int, later bool) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		return os.MkdirAll(to, info.Mode().Perm()|0o700)
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(from)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o755)
		}
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	case !info.Mode().IsRegular():
		return fmt.Errorf("`%s` is no file, directory or link", from)
	}
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.WriteFile(to, data, info.Mode().Perm()|0o400)
	}
	if err != nil {
		return err
	}
	at := info.ModTime()
	if later {
		at = time.Unix(1_000_000_000+int64(i)*7919, 0) // in 2001, in another order
	}
	return os.Chtimes(to, at, at)
}
