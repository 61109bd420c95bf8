//go:build linux

package hermetic_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// commands are the words that the scripts have beyond testscript's own.
var commands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"pin":       pin,
	"exits":     exits,
	"same":      same,
	"differ":    differ,
	"sametree":  sameTree,
	"jsonlines": jsonLines,
	"likecargo": likeCargo,
}

// pin: `pin [DIR]`: what `init` writes, without the seconds that it takes to
// copy a toolchain. The scripts of `init` and `lock` do not use it.
func pin(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) <= 1, "pin [DIR]")
	files, err := theHost.pinned()
	ts.Check(err)
	dir := ts.MkAbs(".")
	if len(args) == 1 {
		dir = ts.MkAbs(args[0])
	}
	ts.Check(os.MkdirAll(filepath.Join(dir, ".cargo"), 0o755))
	for name, data := range files {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			continue
		}
		ts.Check(os.WriteFile(filepath.Join(dir, name), data, 0o644))
	}
	if _, err := os.Lstat(filepath.Join(dir, "Cargo.lock")); err != nil {
		ts.Check(ts.Exec("cargo", "generate-lockfile", "--quiet", "--offline", "--manifest-path", filepath.Join(dir, "Cargo.toml")))
	}
}

// exits CODE CMD...: the command ends with exactly that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 2, "exits CODE CMD...")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit := (*exec.ExitError)(nil)
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		if got = exit.ExitCode(); got < 0 {
			ts.Fatalf("%s: %v", args[1], exit)
		}
	}
	if got != want {
		ts.Fatalf("%s: exit code %d, want %d", args[1], got, want)
	}
}

// same FILE FILE...: they have the same bytes.
func same(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 2, "same FILE FILE...")
	first := sum(ts, args[0])
	for _, name := range args[1:] {
		if other := sum(ts, name); other != first {
			ts.Fatalf("`%s` and `%s` differ: %s and %s", args[0], name, first, other)
		}
	}
}

// differ FILE FILE: they do not.
func differ(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "differ FILE FILE")
	if first := sum(ts, args[0]); first == sum(ts, args[1]) {
		ts.Fatalf("`%s` and `%s` are the same: %s", args[0], args[1], first)
	}
}

// sum logs and returns the SHA-256 of a file.
func sum(ts *testscript.TestScript, name string) string {
	text := fmt.Sprintf("%x", sha256.Sum256([]byte(ts.ReadFile(name))))
	ts.Logf("%s  %s", text, name)
	return text
}

// sameTree: `sametree [-except GLOB]... DIR DIR`: the same files, links and
// executable bits with the same bytes. A glob is matched against each path below
// the directory and against each name in it.
func sameTree(ts *testscript.TestScript, neg bool, args []string) {
	var except []string
	for len(args) > 1 && args[0] == "-except" {
		except, args = append(except, args[1]), args[2:]
	}
	usage(ts, neg, len(args) == 2, "sametree [-except GLOB]... DIR DIR")
	want, got := treeOf(ts, args[0], except), treeOf(ts, args[1], except)
	if len(want) == 0 {
		ts.Fatalf("`%s` holds nothing", args[0])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		ts.Fatalf("`%s` and `%s` differ (-first +second):\n%s", args[0], args[1], diff)
	}
	ts.Logf("%d entries are the same", len(want))
}

// treeOf maps each path below dir to what is there.
func treeOf(ts *testscript.TestScript, dir string, except []string) map[string]string {
	tree := map[string]string{}
	root := os.DirFS(ts.MkAbs(dir))
	ts.Check(fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		for _, glob := range except {
			onPath, err := path.Match(glob, name)
			onName, _ := path.Match(glob, path.Base(name)) // the same pattern: the same error
			if err != nil {
				return err
			}
			if (onPath || onName) && d.IsDir() {
				return fs.SkipDir
			}
			if onPath || onName {
				return nil
			}
		}
		info, err := d.Info()
		switch {
		case err != nil || d.IsDir():
			return err
		case d.Type() == fs.ModeSymlink:
			tree[name], err = os.Readlink(filepath.Join(ts.MkAbs(dir), name))
			return err
		}
		data, err := fs.ReadFile(root, name)
		tree[name] = fmt.Sprintf("%t %x", info.Mode()&0o100 != 0, sha256.Sum256(data))
		return err
	}))
	return tree
}

// jsonLines FILE: every line is a JSON object.
func jsonLines(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1, "jsonlines FILE")
	n := 0
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		n++
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			ts.Fatalf("line %d of `%s` is not a JSON object: %v\n%s", n, args[0], err, line)
		}
	}
	if n == 0 {
		ts.Fatalf("`%s` is empty", args[0])
	}
}

// What no two runs of cargo have in common, and where we put the outputs.
var (
	timing     = regexp.MustCompile(`\b\d+\.\d+s\b`)
	hash       = regexp.MustCompile(`-[0-9a-f]{16}\b`)
	ourLine    = regexp.MustCompile(`(?m)^ *Hermetic .*\n`)
	ourOutputs = []byte("target/hermetic/")
)

// likeCargo: `likecargo OURS PLAIN`: after normalising, ours is what plain cargo
// printed, with one line more.
func likeCargo(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "likecargo OURS PLAIN")
	normal := func(name string) string {
		data := timing.ReplaceAll([]byte(ts.ReadFile(name)), []byte("TIME"))
		return string(hash.ReplaceAll(data, []byte("-HASH")))
	}
	plain, ours := normal(args[1]), normal(args[0])
	if n := len(ourLine.FindAllString(ours, -1)); n > 1 {
		ts.Fatalf("%d lines of our own, want at most one", n)
	}
	ours = ourLine.ReplaceAllString(ours, "")
	ours = string(bytes.ReplaceAll([]byte(ours), ourOutputs, []byte("target/")))
	if diff := cmp.Diff(strings.Split(plain, "\n"), strings.Split(ours, "\n")); diff != "" {
		ts.Fatalf("`%s` is not like `%s` (-cargo +ours):\n%s", args[0], args[1], diff)
	}
}

// usage ends the script when a command is not used as its comment says.
func usage(ts *testscript.TestScript, neg, ok bool, text string) {
	if neg || !ok {
		ts.Fatalf("usage: %s, without `!`", text)
	}
}
