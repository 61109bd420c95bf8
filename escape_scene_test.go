//go:build linux

package hermetic_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// escape is a hostile project and what surrounds it.
type escape struct {
	builder                                     builder
	top, project, home, cache, store, temporary string
	listeners                                   map[string]syscall.Conn
	signals                                     chan os.Signal
	before                                      map[string]string
}

// newEscape copies a project and makes its surroundings, all of which belong to
// the builder, so that nothing but the isolation is in the way.
func newEscape(t *testing.T, name string, b builder) *escape {
	t.Helper()
	top, err := os.MkdirTemp(theHost.work, "escape-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeAll(top) })
	in := func(name string) string { return filepath.Join(top, name) }
	s := &escape{builder: b, top: top, project: in("above/project"), home: in("home"), cache: theHost.cache, temporary: in("tmp"),
		listeners: map[string]syscall.Conn{}, signals: make(chan os.Signal, 10)}
	if b.prefix != nil {
		s.cache = filepath.Join(theHost.dir, "escape-cache")
	}
	s.store = filepath.Join(s.cache, "cargo-hermetic")
	files := map[string]string{
		"home/.cargo/credentials.toml": "a token",
		"home/secret":                  "a secret",
		"home/tool":                    "#!/bin/sh\necho started a tool of the home\n",
		"other/target/debug/program":   "a program",
		"above/Cargo.toml.txt":         "above",
		"tmp/.keep":                    "",
	}
	for name, text := range files {
		writeNew(t, in(name), text, 0o755)
	}
	if err := os.CopyFS(s.project, os.DirFS(filepath.Join("testdata", "escape", name))); err != nil {
		t.Fatal(err)
	}
	attempts, err := os.ReadFile(filepath.Join("testdata", "escape", "attempts.rs"))
	if err != nil {
		t.Fatal(err)
	}
	writeNew(t, filepath.Join(s.project, "attempts.rs"), string(attempts), 0o644)
	pins, err := theHost.pinned()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range pins {
		writeNew(t, filepath.Join(s.project, name), string(data), 0o644)
	}
	writeNew(t, filepath.Join(s.project, "Cargo.lock"), "version = 4\n\n[[package]]\nname = \"victim\"\nversion = \"0.1.0\"\n", 0o644)
	if err := os.MkdirAll(s.store, 0o755); err != nil {
		t.Fatal(err)
	}
	aims := s.listen(t)
	for name, path := range map[string]string{"home": s.home, "store": s.store, "other": in("other/target/debug/program"), "tool": in("home/tool"),
		"secret": in("home/secret"), "source": filepath.Join(s.project, "src"), "pid": fmt.Sprint(os.Getpid())} {
		aims[name] = path
	}
	sources, err := filepath.Glob(filepath.Join(s.project, "src", "*.rs"))
	if err != nil || len(sources) == 0 {
		t.Fatal(sources, err)
	}
	aims["source"] = sources[0]
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(aims)) {
		fmt.Fprintf(&text, "%s=%s\n", name, aims[name])
	}
	writeNew(t, filepath.Join(s.project, "aims"), text.String(), 0o644)
	if b.uid != os.Geteuid() {
		s.give(t, top, s.cache)
	}
	s.before = s.surroundings(t)
	return s
}

func writeNew(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// give makes everything the builder's.
func (s *escape) give(t *testing.T, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(path, s.builder.uid, s.builder.uid)
		})
		if err == nil {
			err = os.Chmod(dir, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// listen listens where a victim may look for somebody, and for its signal.
func (s *escape) listen(t *testing.T) map[string]string {
	t.Helper()
	short, err := os.MkdirTemp("", "e") // a socket's path may have 108 bytes
	if err == nil {
		err = os.Chmod(short, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeAll(short) })
	aims := map[string]string{}
	for name, address := range map[string][2]string{
		"tcp": {"tcp", "127.0.0.1:0"}, "unix": {"unix", filepath.Join(short, "s")}, "abstract": {"unix", "@hermetic-escape-" + filepath.Base(short)},
	} {
		l, err := net.Listen(address[0], address[1])
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		s.listeners[name] = l.(syscall.Conn)
		aims[name] = strings.TrimPrefix(l.Addr().String(), "@")
	}
	if err := os.Chmod(aims["unix"], 0o777); err != nil {
		t.Fatal(err)
	}
	signal.Notify(s.signals, syscall.SIGUSR1)
	t.Cleanup(func() { signal.Stop(s.signals) })
	return aims
}

// surroundings describes every file around the project, and in it but for the
// target directory. The store is described by what is directly in it.
func (s *escape) surroundings(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(s.top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == s.temporary || path == filepath.Join(s.project, "target") {
			return fs.SkipDir
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.IsDir() {
			// Making target changes the time of the project's directory.
			files[path] = info.Mode().String()
			return nil
		}
		data, err := os.ReadFile(path)
		st := info.Sys().(*syscall.Stat_t)
		files[path] = fmt.Sprintf("%v %d:%d %v %d.%09d %q", info.Mode(), st.Uid, st.Gid, info.ModTime(), st.Ctim.Sec, st.Ctim.Nsec, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = os.Lstat(filepath.Join(s.store, "planted"))
	if !errors.Is(err, fs.ErrNotExist) {
		files["in the store"] = fmt.Sprint("planted", err)
	}
	return files
}

// heard says who was reached.
func (s *escape) heard(t *testing.T) []string {
	t.Helper()
	var heard []string
	for name, l := range s.listeners {
		raw, err := l.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		n, pollErr := 0, error(nil)
		err = raw.Control(func(fd uintptr) {
			// A signal to this process ends a poll even when it does not wait.
			for n, pollErr = -1, unix.EINTR; errors.Is(pollErr, unix.EINTR); {
				n, pollErr = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
			}
		})
		if err := errors.Join(err, pollErr); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			heard = append(heard, name)
		}
	}
	select {
	case <-s.signals:
		heard = append(heard, "signal")
	default:
	}
	slices.Sort(heard)
	return heard
}

// untouched checks that nothing has happened outside.
func (s *escape) untouched(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff(s.before, s.surroundings(t)); diff != "" {
		t.Errorf("the surroundings have changed (-before +after)\n%s", diff)
	}
	if heard := s.heard(t); len(heard) > 0 {
		t.Errorf("reached: %q", heard)
	}
}

// reached checks that everything has happened outside, or untouched proves
// nothing.
func (s *escape) reached(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff([]string{"abstract", "signal", "tcp", "unix"}, s.heard(t)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	after := s.surroundings(t)
	in := func(name string) string { return filepath.Join(s.top, name) }
	for _, path := range []string{in("above/planted"), in("home/.bashrc"), in("home/.profile"), in("home/.cargo/config.toml"),
		in("other/target/debug/program"), in("above/project/planted.rs"), in("above/project/aims"), "in the store"} {
		if after[path] == s.before[path] {
			t.Errorf("%s was not changed", path)
		}
	}
	if err := os.Remove(filepath.Join(s.store, "planted")); err != nil {
		t.Error(err)
	}
}
