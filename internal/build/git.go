package build

import (
	"cmp"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// git asks the repository of a directory something. Nothing of the user's may act, and
// git asks nobody.
func (h *Host) git(ctx context.Context, dir string, args ...string) (string, error) {
	git := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
	git.Env = []string{"PATH=" + h.Env["PATH"], "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none", "GIT_PAGER=cat",
		"GIT_CONFIG_COUNT=2", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*", "GIT_CONFIG_KEY_1=core.fsmonitor", "GIT_CONFIG_VALUE_1=false", "LC_ALL=C"}
	var complaint strings.Builder
	git.Stderr = &complaint
	out, err := git.Output()
	if err != nil {
		if text := strings.TrimSpace(complaint.String()); text != "" {
			err = errors.New("git: " + text)
		}
		return "", err
	}
	return strings.TrimSpace(string(out)), nil
}

// Checkout is where a root comes from.
type Checkout struct {
	Remote string // URL of origin; empty if there is none
	Commit string // full hash
	Path   string // of the root inside the checkout; empty for its top
	Clean  bool   // everything in the root that counts is what the commit has
}

// CheckoutOf asks git about a root; nil if it is in no checkout, or has no commit.
func CheckoutOf(ctx context.Context, h *Host, root string) *Checkout {
	commit, err := h.git(ctx, root, "rev-parse", "--verify", "HEAD^{commit}")
	if err != nil {
		return nil
	}
	top, err := h.git(ctx, root, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil
	}
	c := &Checkout{Commit: commit}
	if rel, err := filepath.Rel(top, root); err == nil && rel != "." && filepath.IsLocal(rel) {
		c.Path = filepath.ToSlash(rel)
	}
	if remote, err := h.git(ctx, root, "config", "--get", "remote.origin.url"); err == nil {
		c.Remote = remote
	}
	listing, err := h.git(ctx, root, "ls-tree", "-r", "-z", "--full-tree", "HEAD", "--", cmp.Or(c.Path, "."))
	c.Clean = err == nil && isCommitted(root, c.Path, listing, len(commit) == 2*sha256.Size)
	return c
}

// isCommitted reports whether the files of a root are those of a listing by `git
// ls-tree -z`, no more and no less. It does not ask `git status`, which starts programs
// that the repository's configuration names, and passes over files that are ignored.
func isCommitted(root, below, listing string, long bool) bool {
	committed := map[string]string{}
	for entry := range strings.SplitSeq(listing, "\x00") {
		meta, name, ok := strings.Cut(entry, "\t")
		if !ok {
			continue
		}
		if below != "" {
			name = strings.TrimPrefix(name, below+"/")
		}
		if !Hidden(name) {
			committed[name] = meta
		}
	}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		switch {
		case Hidden(name) && e.IsDir():
			return fs.SkipDir
		case Hidden(name) || e.IsDir():
			return nil
		}
		meta, err := gitEntry(path, e.Type(), long)
		if err == nil && committed[name] != meta {
			err = fmt.Errorf("`%s` is not as it was committed", name)
		}
		delete(committed, name)
		return err
	})
	return err == nil && len(committed) == 0
}

// gitEntry is how `git ls-tree` describes a file.
func gitEntry(path string, kind fs.FileMode, long bool) (string, error) {
	var data []byte
	mode := "100644"
	switch kind {
	case 0:
		info, err := os.Lstat(path)
		if err != nil {
			return "", err
		}
		if info.Mode()&0o100 != 0 {
			mode = "100755"
		}
		if data, err = os.ReadFile(path); err != nil {
			return "", err
		}
	case fs.ModeSymlink:
		target, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		mode, data = "120000", []byte(target)
	default:
		return "", fmt.Errorf("`%s` is no file and no link", path)
	}
	var h hash.Hash = sha1.New() // git's own, of repositories that do not use SHA-256
	if long {
		h = sha256.New()
	}
	fmt.Fprintf(h, "blob %d\x00", len(data))
	h.Write(data)
	return fmt.Sprintf("%s blob %x", mode, h.Sum(nil)), nil
}
