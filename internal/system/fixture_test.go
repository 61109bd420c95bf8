package system

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// fixture is the file system of a small Debian host in a temporary directory.
type fixture struct {
	t    *testing.T
	root string
}

// newHost makes a host with merged /usr, an os-release, and the packages dpkg,
// gcc and libc6-dev.
func newHost(t *testing.T) *fixture {
	f := newUnmergedHost(t)
	f.dir("usr/bin")
	f.dir("usr/lib64")
	f.dir("usr/lib")
	f.link("bin", "usr/bin")
	f.link("lib", "usr/lib")
	f.link("lib64", "usr/lib64")
	return f
}

func newUnmergedHost(t *testing.T) *fixture {
	f := &fixture{t, t.TempDir()}
	f.file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
	f.install("dpkg", "Essential: yes\n")
	f.install("gcc", "")
	f.install("libc6-dev", "Multi-Arch: same\n")
	return f
}

func (f *fixture) path(name string) string { return filepath.Join(f.root, filepath.FromSlash(name)) }

// dir makes directories that others may read, whatever the umask.
func (f *fixture) dir(name string) {
	f.t.Helper()
	at := f.root
	for part := range strings.SplitSeq(name, "/") {
		at = filepath.Join(at, part)
		if err := os.Mkdir(at, 0o755); err == nil {
			err = os.Chmod(at, 0o755)
			f.must(err)
		} else if !errors.Is(err, os.ErrExist) {
			f.t.Fatal(err)
		}
	}
}

func (f *fixture) file(name, content string) {
	f.t.Helper()
	f.dir(parent(name))
	f.must(os.WriteFile(f.path(name), []byte(content), 0o644))
	f.must(os.Chmod(f.path(name), 0o644))
}

func (f *fixture) link(name, target string) {
	f.t.Helper()
	if dir := parent(name); dir != "" {
		f.dir(dir)
	}
	f.must(os.Symlink(target, f.path(name)))
}

func (f *fixture) remove(name string) {
	f.t.Helper()
	f.must(os.Remove(f.path(name)))
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// install adds a stanza to the status file and a list. extra holds further
// fields and may replace the default architecture. Files ending in `/` are
// only listed, as directories; with `!` in front, only listed, as files.
func (f *fixture) install(name, extra string, files ...string) {
	f.t.Helper()
	arch := "amd64"
	if _, value, ok := strings.Cut(extra, "Architecture: "); ok {
		arch, _, _ = strings.Cut(value, "\n")
	} else {
		extra += "Architecture: amd64\n"
	}
	if !strings.Contains(extra, "Status: ") {
		extra += "Status: install ok installed\n"
	}
	f.stanza(fmt.Sprintf("Package: %s\nVersion: 1.0\n%s\n", name, extra))
	list := "/.\n"
	for _, file := range files {
		listedOnly := strings.HasPrefix(file, "!") || strings.HasSuffix(file, "/")
		file = strings.Trim(file, "!/")
		list += "/" + file + "\n"
		if !listedOnly {
			f.file(file, name+":"+file)
		}
	}
	if strings.Contains(extra, "Multi-Arch: same") {
		name += ":" + arch
	}
	f.file("var/lib/dpkg/info/"+name+".list", list)
}

func (f *fixture) stanza(text string) {
	f.t.Helper()
	old, err := os.ReadFile(f.path("var/lib/dpkg/status"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		f.t.Fatal(err)
	}
	f.file("var/lib/dpkg/status", string(old)+text)
}

func (f *fixture) resolve(req Request) *Snapshot {
	f.t.Helper()
	s, err := Resolve(f.root, req)
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// capture returns the layer without the generated files and the skeleton.
func (f *fixture) capture(req Request) map[string]string {
	f.t.Helper()
	sink := memory{}
	if err := f.resolve(req).Capture(context.Background(), sink); err != nil {
		f.t.Fatal(err)
	}
	for _, g := range generated {
		if sink[g.name] != g.content {
			f.t.Errorf("%s: got %q, want %q", g.name, sink[g.name], g.content)
		}
		delete(sink, g.name)
	}
	for _, dir := range skeleton([]string{"usr/lib/x86_64-linux-gnu", "usr/lib"}) {
		if sink[dir] != "directory" {
			f.t.Errorf("%s: got %q, want a directory", dir, sink[dir])
		}
		delete(sink, dir)
	}
	return sink
}

// captureError returns the error of a capture that must fail, or of the reading
// of the database before it.
func (f *fixture) captureError(req Request) error {
	f.t.Helper()
	s, err := Resolve(f.root, req)
	if err == nil {
		err = s.Capture(context.Background(), memory{})
	}
	if err == nil {
		f.t.Fatal("the capture succeeded, want an error")
	}
	return err
}

// memory is a Sink that keeps contents of files and `-> target` of links, and
// refuses what a layer cannot be.
type memory map[string]string

func (m memory) put(path, value string) error {
	if old, there := m[path]; there && old != value {
		return fmt.Errorf("`%s` added twice", path)
	}
	if !validPath("/"+path) || strings.HasSuffix(path, "/") {
		return fmt.Errorf("`%s` is not a path in a layer", path)
	}
	for dir := parent(path); dir != ""; dir = parent(dir) {
		if value, there := m[dir]; there && value != "directory" {
			return fmt.Errorf("`%s` goes through `%s`, which is not a directory", path, dir)
		}
	}
	m[path] = value
	return nil
}

func (m memory) AddFile(path, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return m.put(path, string(data))
}

func (m memory) AddBytes(path string, data []byte, _ bool) error { return m.put(path, string(data)) }
func (m memory) AddLink(path, target string) error               { return m.put(path, "-> "+target) }
func (m memory) AddDir(path string) error                        { return m.put(path, "directory") }

// expected is what a test compares of a diagnostic.
type expected struct {
	Message, At, Help string
	Notes             []string
}

// diagnosis takes the diagnostic out of err, with paths relative to the root
// of the host.
func diagnosis(t *testing.T, root string, err error) expected {
	t.Helper()
	d, ok := errors.AsType[*diag.Diagnostic](err)
	if !ok {
		t.Fatalf("got %v, want a diagnostic", err)
	}
	if d.Exit != diag.ExitFailed {
		t.Errorf("exit code %d, want %d", d.Exit, diag.ExitFailed)
	}
	if d.Help == "" {
		t.Errorf("no help in %v", d)
	}
	inside := func(s string) string {
		if root == "" {
			return s
		}
		return strings.ReplaceAll(filepath.ToSlash(s), filepath.ToSlash(root)+"/", "")
	}
	e := expected{Message: inside(d.Message), Help: d.Help}
	if len(d.At) > 0 {
		e.At = inside(d.At[0].String())
	}
	for _, n := range d.Notes {
		e.Notes = append(e.Notes, inside(n))
	}
	return e
}
