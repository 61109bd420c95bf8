package system

import (
	"context"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// compiled makes a shared object with the compiler of this host. Flags with
// `-m32` and the like are for the caller to try.
func compiled(t *testing.T, flags ...string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.so")
	args := append([]string{"-shared", "-nostdlib", "-x", "c", "-", "-o", file}, flags...)
	cmd := exec.Command("cc", args...)
	cmd.Stdin = strings.NewReader("int x;\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("this host cannot compile a shared object: %v\n%s", err, out)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func soname(t *testing.T, name string) []byte {
	return compiled(t, "-Wl,-soname,"+name)
}

// library adds a shared object to the files of a package of a fixture.
func (f *fixture) library(name string, data []byte) string {
	f.t.Helper()
	f.file(name, string(data))
	return "!" + name
}

// newLibraryHost is a host with a loader, so that its layers have a cache.
func newLibraryHost(t *testing.T) *fixture {
	if runtime.GOARCH != "amd64" {
		t.Skip("the fixture is a host for amd64")
	}
	f := newHost(t)
	f.install("libc6", "Multi-Arch: same\n",
		f.library("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", soname(t, "ld-linux-x86-64.so.2")),
		f.library("usr/lib/x86_64-linux-gnu/libc.so.6", soname(t, "libc.so.6")),
		"etc/ld.so.conf.d/x86_64-linux-gnu.conf")
	f.file("etc/ld.so.conf.d/x86_64-linux-gnu.conf",
		"# Multiarch support\n/usr/local/lib/x86_64-linux-gnu\n/lib/x86_64-linux-gnu\n/usr/lib/x86_64-linux-gnu\n")
	return f
}

func (f *fixture) captureTree(packages ...string) *directory {
	f.t.Helper()
	return captureTo(f.t, f.resolve(Request{Packages: append(packages, "libc6")}))
}

const inMultiarch = "usr/lib/x86_64-linux-gnu/"

// Every rule of ldconfig's, each tried on the real one as well.
func TestCacheRules(t *testing.T) {
	const base = "ld-linux-x86-64.so.2 (libc6,x86-64) => /lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
	const libc = "libc.so.6 (libc6,x86-64) => /lib/x86_64-linux-gnu/libc.so.6"
	for name, c := range map[string]struct {
		arrange func(f *fixture) []string // the files of package x
		want    []string
		links   map[string]string
	}{
		"a name that no package has": {func(f *fixture) []string {
			return []string{f.library(inMultiarch+"libx.so.1.2", soname(f.t, "libx.so.1"))}
		}, []string{"libx.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libx.so.1", libc, base},
			map[string]string{inMultiarch + "libx.so.1": "libx.so.1.2"}},
		"the newest by number, not by letter": {func(f *fixture) []string {
			x := soname(f.t, "libx.so.1")
			return []string{f.library(inMultiarch+"libx.so.1.9", x), f.library(inMultiarch+"libx.so.1.10", x)}
		}, []string{"libx.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libx.so.1", libc, base},
			map[string]string{inMultiarch + "libx.so.1": "libx.so.1.10"}},
		"names in order of numbers": {func(f *fixture) []string {
			return []string{f.library(inMultiarch+"libx.so.10", soname(f.t, "libx.so.10")), f.library(inMultiarch+"libx.so.9", soname(f.t, "libx.so.9")),
				f.library(inMultiarch+"libx9.so", compiled(f.t)), f.library(inMultiarch+"liba-1.so", compiled(f.t))}
		}, []string{
			"libx9.so (libc6,x86-64) => /lib/x86_64-linux-gnu/libx9.so",
			"libx.so.10 (libc6,x86-64) => /lib/x86_64-linux-gnu/libx.so.10",
			"libx.so.9 (libc6,x86-64) => /lib/x86_64-linux-gnu/libx.so.9",
			libc,
			"liba-1.so (libc6,x86-64) => /lib/x86_64-linux-gnu/liba-1.so", base}, nil},
		"links for the linker and others": {func(f *fixture) []string {
			f.link(inMultiarch+"libx.so", "libx.so.1")
			f.link(inMultiarch+"libother.so", "libx.so.1")
			return []string{f.library(inMultiarch+"libx.so.1", soname(f.t, "libx.so.1")), "!" + inMultiarch + "libx.so", "!" + inMultiarch + "libother.so"}
		}, []string{
			"libx.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libx.so.1",
			"libx.so (libc6,x86-64) => /lib/x86_64-linux-gnu/libx.so", libc, base}, nil},
		"what is no library": {func(f *fixture) []string {
			f.link(inMultiarch+"libgone.so.1", "nowhere")
			return []string{f.library(inMultiarch+"libscript.so", []byte("INPUT(libc.so.6) GROUP()\n")),
				f.library(inMultiarch+"plugin.so", soname(f.t, "plugin.so")), "!" + inMultiarch + "libgone.so.1",
				f.library(inMultiarch+"deeper/liby.so.1", soname(f.t, "liby.so.1"))}
		}, []string{libc, base}, map[string]string{inMultiarch + "libgone.so.1": "nowhere"}},
		"a configured directory, through another file": {func(f *fixture) []string {
			f.file("etc/ld.so.conf.d/x.conf", "  include more/*.conf\t/etc/nothing*\n")
			f.file("etc/ld.so.conf.d/more/y.conf", "hwcap 0 nosegneg\n/opt/x/lib=libc6 # old style\n/opt/gone\n")
			return []string{"!etc/ld.so.conf.d/x.conf", "!etc/ld.so.conf.d/more/y.conf", f.library("opt/x/lib/libx.so.1", soname(f.t, "libx.so.1"))}
		}, []string{"libx.so.1 (libc6,x86-64) => /opt/x/lib/libx.so.1", libc, base}, nil},
		"a configured directory before the others": {func(f *fixture) []string {
			f.file("etc/ld.so.conf.d/a.conf", "/opt/x/lib/\n")
			x := soname(f.t, "libx.so.1")
			return []string{"!etc/ld.so.conf.d/a.conf", f.library(inMultiarch+"libx.so.1", x), f.library("opt/x/lib/libx.so.1", x)}
		}, []string{
			"libx.so.1 (libc6,x86-64) => /opt/x/lib/libx.so.1",
			"libx.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libx.so.1", libc, base}, nil},
		"libraries for better processors": {func(f *fixture) []string {
			x := soname(f.t, "libx.so.1")
			return []string{f.library(inMultiarch+"libx.so.1", x), f.library(inMultiarch+"glibc-hwcaps/x86-64-v3/libx.so.1.2", x),
				f.library(inMultiarch+"glibc-hwcaps/x86-64-v2/libx.so.1", x), f.library(inMultiarch+"glibc-hwcaps/.hidden/libx.so.1", x)}
		}, []string{
			`libx.so.1 (libc6,x86-64, hwcap: "x86-64-v2") => /lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v2/libx.so.1`,
			`libx.so.1 (libc6,x86-64, hwcap: "x86-64-v3") => /lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libx.so.1.2`,
			"libx.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libx.so.1", libc, base}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := newLibraryHost(t)
			f.install("x", "", c.arrange(f)...)
			d := f.captureTree("x")
			for link, want := range c.links {
				if got, err := os.Readlink(filepath.Join(d.root, link)); got != want || err != nil {
					t.Errorf("%s leads to %q (%v), want %q", link, got, err, want)
				}
			}
			if name == "what is no library" {
				// ldconfig removes a link that leads nowhere; a layer keeps what a package lists.
				if err := os.Remove(filepath.Join(d.root, inMultiarch, "libgone.so.1")); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(c.want, likeLdconfig(t, d.root)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What the host has beside the layer is not in the layer's cache.
func TestCacheWithoutHost(t *testing.T) {
	f := newLibraryHost(t)
	f.install("x", "", f.library(inMultiarch+"libx.so.1", soname(t, "libx.so.1")))
	f.install("unrelated", "", f.library(inMultiarch+"libunrelated.so.1", soname(t, "libunrelated.so.1")))
	capture := func() string {
		sink := memory{}
		if err := f.resolve(Request{Packages: []string{"libc6", "x"}}).Capture(context.Background(), sink); err != nil {
			t.Fatal(err)
		}
		return sink[loaderCache]
	}
	before := capture()
	f.file("etc/ld.so.conf.d/administrator.conf", "/opt/lib\n")
	f.file("opt/lib/libx.so.1", string(soname(t, "libx.so.1")))
	f.file(inMultiarch+"libx.so.1.9", string(soname(t, "libx.so.1")))
	f.file("etc/ld.so.cache", "the host's")
	if after := capture(); after != before || !strings.Contains(before, "libx.so.1") || strings.Contains(before, "libunrelated") {
		t.Errorf("the cache follows the host:\n%q\n%q", before, after)
	}
}

func TestCacheRefuses(t *testing.T) {
	f := newLibraryHost(t)
	f.install("x", "", "!etc/ld.so.conf.d/x.conf")
	f.file("etc/ld.so.conf.d/x.conf", "include *.conf\n")
	want := expected{Message: "`etc/ld.so.conf.d/x.conf` includes itself", Help: "take the `include` out of it"}
	if diff := cmp.Diff(want, diagnosis(t, f.root, f.captureError(Request{Packages: []string{"libc6", "x"}}))); diff != "" {
		t.Error(diff)
	}
}

// Layers without glibc's loader, and those of machines that are not served, have none.
func TestNoCache(t *testing.T) {
	for name, c := range map[string]struct{ base, content string }{
		"musl":         {"ld-musl-x86_64.so.1", string(elfFile("libc.musl-x86_64.so.1"))},
		"not a loader": {"ld-linux-x86-64.so.2", "a text"},
		"no ELF":       {"ld-linux-x86-64.so.2", "\x7fELF and no more"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newHost(t)
			f.install("libc6", "", "!usr/lib/"+c.base)
			f.file("usr/lib/"+c.base, c.content)
			if got, there := f.capture(Request{Packages: []string{"libc6"}})[loaderCache]; there {
				t.Errorf("the layer has a cache of %d bytes", len(got))
			}
		})
	}
}

func TestCompareSonames(t *testing.T) {
	sign := func(n int) int { return min(1, max(-1, n)) }
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "a", -1}, {"liba.so.9", "liba.so.10", -1}, {"liba.so.010", "liba.so.10", 0},
		{"lib1", "liba", 1}, {"liba", "lib1", -1}, {"liba.so.1", "liba.so.1.1", -1}, {"lib9", "lib", 1}, {"lib", "lib9", -1},
		// 32 bits, as in the loader: 2^32 is nothing.
		{"lib4294967296", "lib0", 0}, {"lib4294967297", "lib0", 1}, {"lib2147483648", "lib0", -1},
	} {
		if got := sign(compareSonames(c.a, c.b)); got != c.want {
			t.Errorf("%q and %q: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// A soname is read without sections, which may be stripped, and damage is
// never taken for a library.
func TestParseShared(t *testing.T) {
	whole := soname(t, "libx.so.1")
	bare := append([]byte(nil), whole...)
	for i := 0x28; i < 0x30; i++ {
		bare[i] = 0 // e_shoff
	}
	copy(bare[0x3a:0x40], make([]byte, 6)) // e_shentsize, e_shnum, e_shstrndx
	for name, data := range map[string][]byte{"whole": whole, "without sections": bare} {
		file := filepath.Join(t.TempDir(), "libx.so.1")
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := readShared(file)
		if s == nil || err != nil || s.soname != "libx.so.1" || s.class != elf.ELFCLASS64 {
			t.Errorf("%s: got %+v, %v", name, s, err)
		}
	}
	if s, err := readShared(t.TempDir()); err == nil {
		t.Errorf("a directory cannot be read, and is %+v", s)
	}
}
