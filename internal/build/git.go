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
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// Edited is a file of a root that is not what a commit has. What git says of it on
// either side, mode, kind and hash, is empty where it is not.
type Edited struct{ Name, Committed, Here string }

// EditedSince compares a root with a commit that the repository of a directory has;
// below is where the root lies in the commit. At most so many are found. It is an error
// if git does not know.
func EditedSince(ctx context.Context, h *Host, repository, commit, below, root string, most int) ([]Edited, error) {
	listing, err := h.git(ctx, repository, "ls-tree", "-r", "-z", "--full-tree", commit, "--", cmp.Or(below, "."))
	if err != nil {
		return nil, err
	}
	return edited(root, below, listing, len(commit) == 2*sha256.Size, most)
}

// isCommitted reports whether the files of a root are those of a listing by `git
// ls-tree -z`, no more and no less.
func isCommitted(root, below, listing string, long bool) bool {
	list, err := edited(root, below, listing, long, 1)
	return err == nil && len(list) == 0
}

// edited compares the files of a root with a listing by `git ls-tree -z`. It does not
// ask `git status`, which starts programs that the repository's configuration names,
// and passes over files that are ignored.
func edited(root, below, listing string, long bool, most int) (list []Edited, err error) {
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
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
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
			list = append(list, Edited{name, committed[name], meta})
		}
		if len(list) == most {
			return fs.SkipAll
		}
		delete(committed, name)
		return err
	})
	if len(list) < most { // else not every file that is here was seen
		for _, name := range slices.Sorted(maps.Keys(committed)) {
			list = append(list, Edited{Name: name, Committed: committed[name]})
		}
	}
	slices.SortFunc(list, func(a, b Edited) int { return cmp.Compare(a.Name, b.Name) })
	return list[:min(len(list), most)], err
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
