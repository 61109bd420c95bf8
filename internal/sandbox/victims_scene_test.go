//go:build linux

package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// scene is what surrounds a victim. Places are as the victim has to name them.
type scene struct {
	Project, Layer string // shown, read-only
	Out            string // shown, writable
	Home, Store    string // not shown
	Other          string // not shown: another project's root
	TCP, TCP6, UDP string // where the host listens
	Unix, Abstract string
	PID            int    // of a process of the host, by its number there
	Word           uint64 // address of a word in its memory
	FD             int    // a descriptor that it has open
	IPC            ipcNames
}

// ipcNames are System V and POSIX objects of the host.
type ipcNames struct {
	Key    int
	Queue  string // a POSIX message queue
	Memory string // POSIX shared memory, a file
}

func readScene(text string) (*scene, error) {
	s := &scene{}
	return s, json.Unmarshal([]byte(text), s)
}

func (s *scene) json(t *testing.T) string {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// sceneFiles are the files of a new scene.
var sceneFiles = map[string]string{
	"above/project/src/lib.rs":  "// a source\n",
	"above/project/Cargo.toml":  "[package]\n",
	"above/project/empty/.keep": "",
	"above/Cargo.toml":          "# a manifest above the root\n",
	"layer/bin/rustc":           "a compiler",
	"home/.ssh/id":              "a key",
	"home/.cargo/credentials":   "a token",
	"home/tool":                 "#!/bin/sh\n",
	"store/sha256/aa/file":      "a layer",
	"other/src/main.rs":         "fn main() {}\n",
	"other/target/debug/main":   "a program",
	"out/old":                   "an output",
}

// newScene makes the files.
func newScene(t *testing.T) *scene {
	t.Helper()
	top := t.TempDir()
	for name, text := range sceneFiles {
		name = filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	in := func(name string) string { return filepath.Join(top, name) }
	return &scene{Project: in("above/project"), Layer: in("layer"), Out: in("out"), Home: in("home"), Store: in("store"), Other: in("other")}
}

// watchFiles says what changes in the directories that no victim may change.
func watchFiles(t *testing.T, s *scene) func() []string {
	t.Helper()
	dirs := []string{filepath.Dir(s.Project), s.Layer, s.Home, s.Store, s.Other}
	before := snapshot(t, dirs)
	return func() []string {
		t.Helper()
		after := snapshot(t, dirs)
		var changes []string
		for path, was := range before {
			switch is, there := after[path]; {
			case !there:
				changes = append(changes, path+" was removed")
			case is != was:
				changes = append(changes, fmt.Sprintf("%s was %s and is %s", path, was, is))
			}
		}
		for path := range after {
			if _, there := before[path]; !there {
				changes = append(changes, path+" was made")
			}
		}
		return changes
	}
}

// snapshot describes every file by all that the kernel keeps about it. The time
// of the last change cannot be set, so it shows what was changed and put back.
func snapshot(t *testing.T, dirs []string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := os.Lstat(path)
			if err != nil {
				return err
			}
			st := info.Sys().(*syscall.Stat_t)
			content := ""
			switch {
			case info.Mode().IsRegular():
				data, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				content = string(data)
			case info.Mode()&fs.ModeSymlink != 0:
				if content, err = os.Readlink(path); err != nil {
					return err
				}
			}
			names := make([]byte, 4096)
			n, err := unix.Llistxattr(path, names)
			if err != nil && !errors.Is(err, unix.ENOTSUP) {
				return err
			}
			attributes := strings.ReplaceAll(string(names[:max(n, 0)]), "\x00", ",")
			files[path] = fmt.Sprintf("%v %d:%d links %d modified %d.%09d changed %d.%09d attributes %q content %q",
				info.Mode(), st.Uid, st.Gid, st.Nlink, st.Mtim.Sec, st.Mtim.Nsec, st.Ctim.Sec, st.Ctim.Nsec, attributes, content)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}
