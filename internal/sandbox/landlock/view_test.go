package landlock

import (
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

func exampleView(t testing.TB) *view {
	t.Helper()
	s := example()
	s.Links = append(s.Links,
		spec.Link{Path: "/usr/bin/c", Target: "/etc/alternatives/c"}, spec.Link{Path: "/etc/alternatives/c", Target: "/usr/bin/cc"},
		spec.Link{Path: "/loop", Target: "loop"}, spec.Link{Path: "/out", Target: "/etc/shadow"})
	l, err := relocate(s)
	if err != nil {
		t.Fatal(err)
	}
	return newView(l)
}

func TestLook(t *testing.T) {
	v := exampleView(t)
	for p, want := range map[string]seen{
		"/":                          {state: present},
		"/home":                      {state: present},
		"/home/u":                    {state: present},
		"/home/u/":                   {state: present},
		"/home/v":                    {},
		"/home/u/Cargo.toml":         {},
		"/home/u/.cargo/config.toml": {},
		"/home/u/p":                  {state: present},
		"/home/u/p/x/y":              {state: present},
		"/home/u/p/../Cargo.toml":    {},
		"/home/u/p/x/../y":           {state: present},
		"/home/u/p/x/../../p/y":      {state: present},
		"/home/u/p/x/../../q":        {},
		"/home/u/pp":                 {},
		"/home/u/p/.git":             {},
		"/home/u/p/.git/HEAD":        {},
		"/home/u/p/.git/../x":        {state: present},
		"/home/u/p/./x/.git":         {state: present},
		"/home/u/p//.git":            {},
		"/usr/bin/cc":                {state: present},
		"/usr/bin/c":                 {state: present},
		"/usr/bin/ld":                {},
		"/usr/bin":                   {state: present},
		"/usr/lib":                   {},
		"/loop":                      {},
		"/out":                       {},
		"/etc/passwd":                {state: redirected, data: "/h/home"},
		"/etc/shadow":                {},
		"/dev/null":                  {state: present},
		"/dev/tty":                   {},
		"/proc":                      {state: present},
		"/proc/self/fd/3":            {state: present},
		"/proc/self/root/etc/shadow": {state: present}, // the kernel guards where it leads
		"/proc/1":                    {state: ofProcess, process: 1},
		"/proc/12/cmdline":           {state: ofProcess, process: 12},
		"/proc/cpuinfo":              {},
		"/proc/self/../1":            {state: ofProcess, process: 1},
		"/../../etc/passwd":          {state: redirected, data: "/h/home"},
	} {
		if got := v.look(p); got != want {
			t.Errorf("%s: %+v, want %+v", p, got, want)
		}
	}
}

// A path that is looked at with more words for the same thing is the same.
func FuzzLook(f *testing.F) {
	v := exampleView(f)
	for _, p := range []string{"/home/u/p/.git/x", "/usr/bin/c/..", "/proc/1/../self", "/lib/../lib", "/home/u/p/a/../../.."} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		p = "/" + p
		want := v.look(p)
		for _, other := range []string{"/" + p, "/." + p, strings.ReplaceAll(p, "/", "//"), strings.ReplaceAll(p, "/", "/./"), "/.." + p} {
			if got := v.look(other); got != want {
				t.Errorf("%q: %+v, but %q: %+v", p, want, other, got)
			}
		}
	})
}
