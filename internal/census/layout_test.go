package census

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// place is where one layout lives: a base directory that holds everything a
// channel may touch.
type place struct {
	base string
	root string // by default base/outer/root
	host *host
	port string // of the loopback listener
	sock string // of the abstract listener
	seen string // the root as a build sees it, where that is elsewhere
}

func newPlace(base string, h *host, v *voice) *place {
	return &place{base: base, root: filepath.Join(base, "outer", "root"), host: h, port: v.port, sock: v.socket}
}

func (p *place) parent() string         { return filepath.Dir(p.root) }
func (p *place) sub(name string) string { return filepath.Join(p.base, name) }

var placeholder = regexp.MustCompile(`@[A-Z_]+@`)

// expand replaces every @NAME@ in s. A name that it does not know is an error,
// since the text would perturb nothing.
func (p *place) expand(s string) (string, error) {
	values := map[string]string{
		"@BASE@": p.base, "@ROOT@": p.root, "@PARENT@": p.parent(),
		"@SEEN_ROOT@": cmp.Or(p.seen, p.root),
		"@HOME@":      p.sub("home"), "@CARGO_HOME@": p.sub("cargo-home"),
		"@PATH@": p.sub("path"), "@ELSEWHERE@": p.sub("elsewhere"),
		"@TOOLCHAIN@": p.host.toolchain, "@TOOLCHAIN_NAME@": filepath.Base(p.host.toolchain),
		"@RUSTUP_HOME@": p.host.rustupHome, "@PROXIES@": p.sub("proxies"), "@TRIPLE@": p.host.triple,
		"@LINKED@": p.linked(), "@LINKED_HOME@": p.linkedHome(),
		"@PORT@": p.port, "@SOCKET@": p.sock,
	}
	var unknown []string
	s = placeholder.ReplaceAllStringFunc(s, func(name string) string {
		value, ok := values[name]
		if !ok {
			unknown = append(unknown, name)
		}
		return value
	})
	if len(unknown) > 0 {
		return "", fmt.Errorf("%s is not a substitution", strings.Join(unknown, ", "))
	}
	return s, nil
}

// wipe removes everything below the base, and makes the empty places again.
func (p *place) wipe() error {
	entries, err := os.ReadDir(p.base)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := os.RemoveAll(filepath.Join(p.base, entry.Name())); err != nil {
			return err
		}
	}
	dirs := []string{p.root}
	for _, name := range []string{"home", "cargo-home", "path", "elsewhere", "proxies"} {
		dirs = append(dirs, p.sub(name))
	}
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if p.host.rustup == "" {
		return nil
	}
	for _, proxy := range []string{"cargo", "rustc"} {
		if err := os.Symlink(p.host.rustup, filepath.Join(p.sub("proxies"), proxy)); err != nil {
			return err
		}
	}
	return nil
}

// lay writes files below dir. A file that starts with `#!` is executable.
func (p *place) lay(dir string, files []txtar.File) error {
	for _, file := range files {
		text, err := p.expand(string(file.Data))
		if err != nil {
			return fmt.Errorf("%s: %w", file.Name, err)
		}
		mode := fs.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		if err := write(filepath.Join(dir, file.Name), []byte(text), mode); err != nil {
			return err
		}
	}
	return nil
}

// layPlaces writes files whose first path element is one of places.
func (p *place) layPlaces(files []txtar.File) error {
	for _, file := range files {
		name, rest, _ := strings.Cut(file.Name, "/")
		dir := p.sub(name)
		if name == "parent" {
			dir = p.parent()
		}
		if err := p.lay(dir, []txtar.File{{Name: rest, Data: file.Data}}); err != nil {
			return err
		}
	}
	return nil
}

// shell runs commands one by one in a clean environment, at the root.
func (p *place) shell(commands []string) error {
	for _, command := range commands {
		text, err := p.expand(command)
		if err != nil {
			return err
		}
		cmd := exec.Command("sh", "-ec", text)
		cmd.Dir = p.root
		cmd.Env = []string{"PATH=" + systemPath, "HOME=" + p.sub("home"), "LC_ALL=C"}
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("`%s`: %w\n%s", text, err, out)
		}
	}
	return nil
}

func write(name string, data []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	// A file of an earlier layout may be a link, or not writable.
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.WriteFile(name, data, mode)
}

// entry is one file, directory or symbolic link of a remembered root.
type entry struct {
	name, link string
	mode       fs.FileMode // with the type bits
	data       []byte
}

// remember reads the root, without its target directory, so that it can be
// laid again with the lock files that were made in it.
func remember(root string) ([]entry, error) {
	var entries []entry
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		e := entry{name: strings.TrimPrefix(name, root)}
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch e.mode = info.Mode(); {
		case d.IsDir() && e.name == "/target":
			return fs.SkipDir
		case e.mode.Type() == fs.ModeSymlink:
			e.link, err = os.Readlink(name)
		case e.mode.IsRegular():
			e.data, err = os.ReadFile(name)
		}
		entries = append(entries, e)
		return err
	})
	return entries, err
}

// restore lays remembered entries at root. Equal files stay as they are, so
// that only what really differs gets a new time.
func restore(root string, entries []entry) error {
	for _, e := range entries {
		name := filepath.Join(root, e.name)
		var err error
		switch {
		case e.mode.IsDir():
			err = os.MkdirAll(name, 0o755)
		case e.mode.Type() == fs.ModeSymlink:
			if have, rerr := os.Readlink(name); rerr != nil || have != e.link {
				err = os.Symlink(e.link, name)
			}
		default:
			if have, rerr := os.ReadFile(name); rerr != nil || !bytes.Equal(have, e.data) {
				err = write(name, e.data, e.mode.Perm())
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
