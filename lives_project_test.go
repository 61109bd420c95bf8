//go:build linux

package hermetic_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
)

// The tests of this family, and the scripts lives_*, ask whether the program
// lives like a good one: at a terminal, under job control, when it is killed,
// when something is full, and with whatever a file system can hold.

// patientBuild is a build script that tells its pid namespace, and then waits for
// files of the root: `say`, which it answers by printing a line, and `go`.
const patientBuild = `use std::{env, fs, thread, time::Duration};
fn wait_for(name: &str) {
    while fs::metadata(name).is_err() && fs::metadata("go").is_err() {
        thread::sleep(Duration::from_millis(5));
    }
}
fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let world = fs::read_link("/proc/self/ns/pid").unwrap();
    fs::write(format!("{out}/new"), world.to_str().unwrap()).unwrap();
    fs::rename(format!("{out}/new"), format!("{out}/started")).unwrap();
    wait_for("say");
    println!("said from inside");
    wait_for("go");
}
`

// startedGlob is where patientBuild says that it runs.
const startedGlob = "target/hermetic/debug/build/*/out/started"

// livingProject makes a pinned package with these files besides its manifest.
func livingProject(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	pins, err := theHost.pinned()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{
		"Cargo.toml": "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
		"Cargo.lock": "version = 4\n\n[[package]]\nname = \"p\"\nversion = \"0.1.0\"\n",
		"src/lib.rs": "",
	}
	for name, data := range pins {
		all[name] = string(data)
	}
	for name, data := range files {
		all[name] = data
	}
	for name, data := range all {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// livingEnv is the environment of a command of these tests, with changes.
func livingEnv(t *testing.T, changes ...string) []string {
	t.Helper()
	return append([]string{
		"HOME=" + t.TempDir(), "XDG_CACHE_HOME=" + theHost.cache, "RUSTUP_HOME=" + theHost.rustupHome, "RUSTUP_AUTO_INSTALL=0",
		"PATH=" + theHost.path, "LANG=C.UTF-8", "TERM=xterm",
	}, changes...)
}

// hermetic runs one command in dir and returns what it printed on both streams
// and its exit code, or 128 and the signal's number.
func hermetic(t *testing.T, dir string, env []string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command("cargo-hermetic", args...)
	cmd.Path, cmd.Err = filepath.Join(theHost.dir, "bin", "cargo-hermetic"), nil
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), "goroutine ") || strings.Contains(string(out), "panic: ") {
		t.Errorf("it crashed:\n%s", out)
	}
	return string(out), statusOf(cmd.ProcessState)
}

// succeeds is hermetic for a command that has to.
func succeeds(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	out, code := hermetic(t, dir, env, args...)
	if code != 0 {
		t.Fatalf("%q in %q: exit code %d\n%s", args, dir, code, out)
	}
	return out
}

// touch makes an empty file.
func touch(t *testing.T, file string) {
	t.Helper()
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

// worldOf waits for a patientBuild in dir and returns its pid namespace.
func worldOf(t *testing.T, dir string) string {
	t.Helper()
	glob := filepath.Join(dir, startedGlob)
	if err := await("`"+glob+"`", fileState(glob)); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(glob)
	if err != nil || len(found) != 1 {
		t.Fatalf("%q, %v", found, err)
	}
	data, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// process is one of a world.
type process struct {
	pid   int
	name  string
	state string // of proc(5): R, S, T, Z and others; of each of its threads
}

// inhabitants lists the processes of a pid namespace, without its first: a world
// that has no others has ended, or is being set up.
func inhabitants(t *testing.T, world string) []process {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/ns/pid")
	if err != nil {
		t.Fatal(err)
	}
	var list []process
	for _, link := range links {
		if there, err := os.Readlink(link); err != nil || there != world {
			continue // it has ended, or is another user's
		}
		dir := filepath.Dir(filepath.Dir(link))
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			t.Fatal(err)
		}
		threads, err := filepath.Glob(filepath.Join(dir, "task", "*"))
		if err != nil {
			t.Fatal(err)
		}
		name, err := os.ReadFile(filepath.Join(dir, "comm"))
		if err != nil {
			continue // it has just ended
		}
		p := process{pid: pid, name: strings.TrimSpace(string(name))}
		for _, thread := range threads {
			if s, err := stage.StatusOf(thread); err == nil { // or it has just ended
				p.state += s.State
			}
		}
		if p.state == "" {
			continue
		}
		if inside, err := os.ReadFile(filepath.Join(dir, "status")); err == nil && isFirst(string(inside)) {
			continue
		}
		list = append(list, p)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].pid < list[j].pid })
	return list
}

// isFirst reads the NSpid line of a status file: the pid in every namespace.
func isFirst(status string) bool {
	for line := range strings.Lines(status) {
		if pids, ok := strings.CutPrefix(line, "NSpid:"); ok {
			f := strings.Fields(pids)
			return f[len(f)-1] == "1"
		}
	}
	return false
}

// nobodyLeft waits for the end of a world.
func nobodyLeft(t *testing.T, world string) {
	t.Helper()
	if err := await("the end of the world", func() (bool, error) { return len(inhabitants(t, world)) == 0, nil }); err != nil {
		t.Fatal(err, inhabitants(t, world))
	}
}

// allStopped waits until every process of a world is stopped, or none is.
func allStopped(t *testing.T, world string, want bool) {
	t.Helper()
	err := await(fmt.Sprintf("stopped == %t", want), func() (bool, error) {
		list := inhabitants(t, world)
		for _, p := range list {
			for _, state := range p.state {
				if state != 'Z' && (state == 'T' || state == 't') != want {
					return false, nil
				}
			}
		}
		return len(list) > 0, nil
	})
	if err != nil {
		t.Fatal(err, inhabitants(t, world))
	}
}
