package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// A child process of a test does its role until it is killed, instead of tests.
const roleVariable = "STORE_TEST_ROLE"

var roles = map[string]func(ready func(), s *Store) error{
	"churn": churn, "hold": hold, "capture": capture, "fetch": fetch, "gc": collectAll, "user": useLayers, "keep": keepLayer,
}

func TestMain(m *testing.M) {
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	s, err := Open(os.Args[1])
	if err == nil {
		err = roles[role](func() { fmt.Println("ready") }, s)
	}
	fmt.Fprintln(os.Stderr, role, err)
	os.Exit(1)
}

// start runs the test binary in a role and waits until it says `ready`.
func start(t *testing.T, role, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(t, cmd) })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the child said %q, %v", line, err)
	}
	return cmd
}

// kill ends a child with SIGKILL. That it lived until then is part of the test.
func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if cmd.ProcessState != nil {
		return
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Errorf("the child ended by itself: %v", err)
	}
}

func open(t testing.TB) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// settle waits until the file system's clock has left the racy window behind:
// what exists now is then old enough to be remembered.
func settle(t testing.TB, s *Store) {
	t.Helper()
	clock := func() int64 {
		now, err := fsx.ClockNs(s.path(memoryDir))
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	for start := clock(); clock() <= start+2*int64(racyWindow); {
	}
}

// tree is a small tree for tests: path to content, `-> target` for links, a
// trailing slash for directories, `#!` content for executables.
type tree map[string]string

// example has one of everything.
var example = tree{
	"Cargo.toml": "[package]\n", "src/lib.rs": "fn f() {}\n", "build.sh": "#! /bin/sh\n",
	"link": "-> src/lib.rs", "empty/": "", "empty.txt": "", "src/a/b/c": "deep",
}

// digest computes the digest without the store.
func (tr tree) digest(t testing.TB) digest.Digest {
	t.Helper()
	d, err := tr.compute()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (tr tree) compute() (digest.Digest, error) {
	var all []digest.Node
	for path, content := range tr {
		target, isLink := strings.CutPrefix(content, "-> ")
		switch {
		case isLink:
			all = append(all, digest.Node{Path: path, Kind: digest.Symlink, Target: target})
		case strings.HasSuffix(path, "/"):
			all = append(all, digest.Node{Path: strings.TrimSuffix(path, "/"), Kind: digest.Dir})
		default:
			all = append(all, digest.Node{Path: path, Kind: digest.File, Content: digest.Of([]byte(content)), Executable: strings.HasPrefix(content, "#!")})
		}
	}
	return digest.Tree(all)
}

// addTo adds the tree through the builder's methods.
func (tr tree) addTo(b *Builder) error {
	for path, content := range tr {
		target, isLink := strings.CutPrefix(content, "-> ")
		var err error
		switch {
		case isLink:
			err = b.AddLink(path, target)
		case strings.HasSuffix(path, "/"):
			err = b.AddDir(strings.TrimSuffix(path, "/"))
		default:
			err = b.AddBytes(path, []byte(content), strings.HasPrefix(content, "#!"))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// plant writes the tree below a directory, as another program would.
func (tr tree) plant(t testing.TB, dir string) {
	t.Helper()
	for path, content := range tr {
		full := filepath.Join(dir, path)
		err := os.MkdirAll(filepath.Dir(full), 0o755)
		target, isLink := strings.CutPrefix(content, "-> ")
		switch {
		case err != nil:
		case isLink:
			err = os.Symlink(target, full)
		case strings.HasSuffix(path, "/"):
			err = os.MkdirAll(full, 0o755)
		case strings.HasPrefix(content, "#!"):
			err = os.WriteFile(full, []byte(content), 0o755)
		default:
			err = os.WriteFile(full, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (tr tree) commit(ctx context.Context, s *Store) (Layer, error) {
	b, err := s.Begin("test")
	if err != nil {
		return Layer{}, err
	}
	if err := tr.addTo(b); err != nil {
		return Layer{}, errors.Join(err, b.Discard())
	}
	l, err := b.Commit(ctx)
	return l, errors.Join(err, b.Discard())
}

func mustCommit(t testing.TB, s *Store, tr tree) Layer {
	t.Helper()
	l, err := tr.commit(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// mustLayer checks that the layer is there and in order.
func mustLayer(t testing.TB, s *Store, d digest.Digest) Layer {
	t.Helper()
	l, ok, err := s.Layer(t.Context(), d)
	if err != nil || !ok || l.Digest != d {
		t.Fatalf("layer %v: %v, %v, %v", d, l, ok, err)
	}
	return l
}

// wantDiag checks that err is a diagnostic with the exit code, a help line, and
// all the words.
func wantDiag(t *testing.T, err error, exit int, words ...string) {
	t.Helper()
	d, ok := errors.AsType[*diag.Diagnostic](err)
	if !ok || d.Exit != exit || d.Help == "" {
		t.Fatalf("error %v (%+v), want a diagnostic with exit code %d and help", err, d, exit)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

// list returns the paths below dir that are not directories, and empty
// directories with a trailing slash.
func list(t testing.TB, dir string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(path, dir+string(filepath.Separator)))
		if e.IsDir() {
			below, err := os.ReadDir(path)
			if err != nil || len(below) > 0 {
				return err
			}
			rel += "/"
		}
		found = append(found, rel)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}
