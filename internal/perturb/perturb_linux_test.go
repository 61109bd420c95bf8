//go:build linux

package perturb

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain is the stage as well, as the product's main function is.
func TestMain(m *testing.M) {
	if IsStage(os.Args) {
		if err := Stage(os.Args); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestCommand: each difference is what a program sees, and the others stay.
func TestCommand(t *testing.T) {
	const script = `id -u; id -g; uname -n; uname -r; umask; nproc; cat /proc/self/personality; grep CapEff /proc/self/status`
	look := func(h Host) map[string]string {
		t.Helper()
		cmd, err := Command(t.Context(), h, t.TempDir(), os.Environ(), "/bin/sh", []string{"sh", "-c", script})
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		seen := map[string]string{}
		for i, name := range []string{"user", "group", "host name", "release", "umask", "processors", "personality", "privileges"} {
			seen[name] = lines[i]
		}
		return seen
	}
	asIs := look(Host{Umask: -1})
	for _, c := range []struct {
		host Host
		name string
		want func(string) bool
	}{
		{Host{Umask: -1, User: 4242}, "user", is("4242")},
		{Host{Umask: -1, User: 4242}, "group", is("4242")},
		{Host{Umask: -1, HostName: "elsewhere"}, "host name", is("elsewhere")},
		{Host{Umask: -1, OldKernel: true}, "release", func(s string) bool { return strings.HasPrefix(s, "2.6.") }},
		{Host{Umask: 0o27}, "umask", is("0027")},
		{Host{Umask: -1, CPUs: 1}, "processors", is("1")},
		{Host{Umask: -1, Fixed: true}, "personality", is("00040000")},
		{Host{Umask: -1, User: 4242, HostName: "elsewhere"}, "privileges", is("CapEff:\t0000000000000000")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.host.User != 0 || c.host.HostName != "" {
				needNamespace(t)
			}
			if c.name == "processors" && asIs["processors"] == "1" {
				t.Skip("this host has one processor")
			}
			if got := look(c.host)[c.name]; !c.want(got) {
				t.Errorf("got %q, and %q without", got, asIs[c.name])
			}
		})
	}
}

func is(want string) func(string) bool { return func(got string) bool { return got == want } }

// needNamespace skips where nobody may have a user namespace.
func needNamespace(t *testing.T) {
	t.Helper()
	out, err := exec.Command("unshare", "--user", "true").CombinedOutput()
	if refusal := Refusal(); (refusal == "") != (err == nil) {
		t.Errorf("it says %q, and unshare %v", refusal, err)
	}
	if err != nil {
		t.Skipf("the host refuses user namespaces: %s", out)
	}
}

// TestBusy: processors are busy until they are not.
func TestBusy(t *testing.T) {
	spent := func() int64 {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return u.Utime.Nano()
	}
	before := spent()
	undo := Busy(1)
	for spent()-before < 20_000_000 {
		if out, err := exec.Command("true").CombinedOutput(); err != nil { // gives way
			t.Fatalf("%v %s", err, out)
		}
	}
	undo()
}

// TestStageFails: a program that is not there is an error that names it.
func TestStageFails(t *testing.T) {
	cmd, err := Command(t.Context(), Host{Umask: -1}, t.TempDir(), nil, "/nonexistent/"+strconv.Itoa(os.Getpid()), []string{"x"})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "executing /nonexistent/") {
		t.Errorf("%v, %s", err, out)
	}
}
