package system

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// administrators finds a program of theirs, which is not in the path of every user.
func administrators(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/sbin", "/usr/sbin") {
		if file := filepath.Join(dir, name); exec.Command(file, "--version").Run() == nil {
			return file
		}
	}
	t.Skipf("this host has no %s to compare with", name)
	return ""
}

// printed is what `ldconfig -p` says of a cache. Its last line names the
// program that made it, and its first the file.
func printed(t *testing.T, program, cache string) []string {
	t.Helper()
	cmd := exec.Command(program, "-p", "-C", cache)
	cmd.Env = []string{"LC_ALL=C"}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, &stderr)
	}
	var lines []string
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "\t") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// likeLdconfig compares the cache and the links of a captured layer with those
// that the real program makes of the same tree.
func likeLdconfig(t *testing.T, root string) []string {
	t.Helper()
	program := administrators(t, "ldconfig")
	cache := filepath.Join(root, filepath.FromSlash(loaderCache))
	got := printed(t, program, cache)
	if err := os.Remove(cache); err != nil {
		t.Fatal(err)
	}
	before := links(t, root)
	argv := []string{program, "-i", "-r", root}
	if os.Geteuid() != 0 {
		// It changes its root where it may, and refuses relative names where not.
		needChroot(t)
		argv = append([]string{"unshare", "--user", "--map-root-user"}, argv...)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	if diff := cmp.Diff(printed(t, program, cache), got); diff != "" {
		t.Errorf("the cache (-ldconfig +ours):\n%s", diff)
	}
	if diff := cmp.Diff(links(t, root), before); diff != "" {
		t.Errorf("the links (-ldconfig +ours):\n%s", diff)
	}
	return got
}

// links are those of a tree by name, with their targets.
func links(t *testing.T, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Type() == fs.ModeSymlink {
			all[name], err = os.Readlink(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The cache of a layer is the one that the system's own ldconfig makes of it.
func TestHostCacheLikeLdconfig(t *testing.T) {
	for name, c := range map[string]struct {
		packages []string
		want     string // an entry that shows the case
	}{
		"the base":                    {nil, "libc.so.6 (libc6,x86-64) => /lib/x86_64-linux-gnu/libc.so.6"},
		"a directory of libraries":    {[]string{"libfakeroot"}, "libfakeroot-0.so (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/libfakeroot/libfakeroot-0.so"},
		"libraries and links to link": {[]string{"libssl-dev"}, "libssl.so (libc6,x86-64) => /lib/x86_64-linux-gnu/libssl.so"},
	} {
		t.Run(name, func(t *testing.T) {
			d := captureTo(t, hostSnapshot(t, Request{Packages: c.packages}))
			if hostArchitecture(t) != "amd64" {
				c.want = ""
			}
			got := likeLdconfig(t, d.root)
			if len(got) == 0 || c.want != "" && !slices.Contains(got, c.want) {
				t.Errorf("no entry %q among %d", c.want, len(got))
			}
		})
	}
}

func hostArchitecture(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("dpkg", "--print-architecture").Output()
	if err != nil {
		t.Skipf("this host has no dpkg: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// Two captures of one host give one cache, whatever the host's own is.
func TestHostCacheAgain(t *testing.T) {
	s := hostSnapshot(t, Request{})
	var caches []string
	for range 2 {
		sink := memory{}
		if err := s.Capture(context.Background(), sink); err != nil {
			t.Fatal(err)
		}
		caches = append(caches, sink[loaderCache])
	}
	if caches[0] == "" || caches[0] != caches[1] {
		t.Errorf("caches of %d and %d bytes differ, or are empty", len(caches[0]), len(caches[1]))
	}
}
