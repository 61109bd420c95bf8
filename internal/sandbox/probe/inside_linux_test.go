package probe_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/probe"
)

// TestInsideOutside starts the program that looks around in no world at all:
// it must find everything that is wrong with that. That it finds nothing wrong
// in a world, and one thing in a world with one fault, is tested with package
// doctor.
func TestInsideOutside(t *testing.T) {
	dir := t.TempDir()
	hidden := filepath.Join(dir, "hidden")
	if err := os.WriteFile(hidden, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{}
	for _, kind := range []string{"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"} {
		link, err := os.Readlink("/proc/self/ns/" + kind)
		if err != nil {
			t.Fatal(err)
		}
		links[kind] = link
	}
	args, err := probe.InsideArgs("/program", probe.Expected{
		File: filepath.Join(dir, "none"), Content: "x", Hidden: hidden, ReadOnly: dir, Writable: filepath.Join(dir, "nowhere"),
		Env: []string{"A=1"}, HostName: "not-this-host", UID: 4321, Namespaces: links, Outside: os.Getpid(), NoSockets: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	leaked, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer leaked.Close()
	cmd := exec.Command("/proc/self/exe")
	cmd.Args, cmd.Env, cmd.ExtraFiles = args, []string{"B=2"}, []*os.File{leaked}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var seen probe.Seen
	if err := json.Unmarshal(out, &seen); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text := strings.Join(seen.Wrong, "\n")
	for _, want := range []string{
		"reading a declared file: ", "opening a file that is not declared: ", "writing beside a declared file: ", "writing into a writable directory: ",
		"looking at the environment: ", "looking at the user: ", "looking at the privileges: not as they should be: ",
		"looking at the namespaces: the cgroup namespace is the host's", "signalling a process outside: ", "making a socket: ",
		"descriptors of the caller came in: [3",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not found: %q", want)
		}
	}
	if seen.UserNamespace {
		t.Error("a user namespace of its own, outside")
	}
	if t.Failed() {
		t.Log(text)
	}
}
