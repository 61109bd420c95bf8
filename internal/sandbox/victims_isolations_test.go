//go:build linux

package sandbox_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

const (
	victimArg = "victim"
	copyArg   = "victim-in-copy"
	idleArg   = "idle" // a process that ends at once
)

// The test binary plays two more parts than TestMain knows.
func init() {
	if len(os.Args) == 2 && os.Args[1] == idleArg {
		os.Exit(0)
	}
	if len(os.Args) == 4 && os.Args[1] == copyArg {
		if err := makeCopy(os.Args[3]); err != nil {
			fmt.Println(err)
			os.Exit(2)
		}
		os.Exit(victimMain(os.Args[2:]))
	}
}

// isolated is an isolation and how a victim is put into it.
type isolated struct {
	isolation sandbox.Isolation
	// view puts the scene into a world, with its places as they are called in
	// there, and returns where the victim's program is.
	view func(*testing.T, *scene) (program string, _ sandbox.Spec)
}

// isolations are all under which a command can run. TestEveryIsolation compares
// the table with sandbox.Isolations.
var isolations = []isolated{
	{sandbox.Namespaces, func(t *testing.T, s *scene) (string, sandbox.Spec) {
		v := victimView(t, s)
		v.Mounts = append(v.Mounts, sandbox.Mount{Kind: spec.Bind, Source: ownProgram(t), Target: "/victim", File: true})
		return "/victim", v
	}},
	{sandbox.Landlock, func(t *testing.T, s *scene) (string, sandbox.Spec) {
		// Nothing is mounted there, so the program is where it is, and what has
		// no place on the host is put into Scratch. The isolation itself writes
		// the host's places into the arguments.
		v := victimView(t, s)
		v.Network, v.Scratch = spec.NetworkNone, t.TempDir()
		v.Mounts = append(v.Mounts, sandbox.Mount{Kind: spec.Bind, Source: ownProgram(t), Target: ownProgram(t), File: true})
		return ownProgram(t), v
	}},
}

// victimView shows the project and a layer, and lets the victim write to one
// directory. In the scene these are called as in the view from then on; all
// other places keep the names that the host has for them.
func victimView(t *testing.T, s *scene) sandbox.Spec {
	t.Helper()
	v := hostView()
	v.Mounts = append(v.Mounts,
		sandbox.Mount{Kind: spec.Bind, Source: s.Project, Target: "/view/project"},
		sandbox.Mount{Kind: spec.Bind, Source: s.Layer, Target: "/view/layer"},
		sandbox.Mount{Kind: spec.Bind, Source: s.Out, Target: "/view/out", Writable: true})
	v.Dir = "/view/project"
	s.Project, s.Layer, s.Out = "/view/project", "/view/layer", "/view/out"
	return v
}

func ownProgram(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// available reports whether the host lets an isolation run anything. Any other
// error than a refusal by name is a failure.
func (v isolated) available(t *testing.T) bool {
	t.Helper()
	s := newScene(t)
	_, view := v.view(t, s)
	view.Argv = []string{"/bin/true"}
	out, _, err := runIn(t, v.isolation, view)
	if d := (*diag.Diagnostic)(nil); errors.As(err, &d) && d.Exit == diag.ExitIsolation {
		return false
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", v.isolation, err, out)
	}
	return true
}

// TestEveryIsolation: no isolation is added without its victims.
func TestEveryIsolation(t *testing.T) {
	known := map[sandbox.Isolation]bool{}
	for _, v := range isolations {
		known[v.isolation] = true
	}
	for _, i := range sandbox.Isolations() {
		if !known[i] {
			t.Errorf("nothing tries to get out of isolation `%s`", i)
		}
	}
}

// makeCopy makes, in namespaces of its own, the situation of a world without
// its restrictions: what the world shows read-only is so here, too, and the
// victim has every capability over it.
func makeCopy(text string) error {
	s, err := readScene(text)
	if err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	for _, dir := range []string{s.Project, s.Layer} {
		if err := unix.Mount(dir, dir, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("binding %s: %w", filepath.Base(dir), err)
		}
		if err := unix.MountSetattr(unix.AT_FDCWD, dir, 0, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
			return fmt.Errorf("making %s read-only: %w", filepath.Base(dir), err)
		}
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	return os.Chdir(s.Project) // again, for the mount that is there now
}
