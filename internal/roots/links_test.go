//go:build !windows

package roots

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// aTree is a root /a/r with something beside it.
var aTree = map[string]string{
	"/a/r/d/e/file": "", "/a/r/file": "", "/a/out/file": "", "/a/file": "", "/file": "",
}

// Where a link leads. Outside the root nothing is touched, not even on a way
// that comes back.
func TestFollow(t *testing.T) {
	const leaves = "leaves"
	for name, c := range map[string]struct {
		links map[string]string // below /a/r
		path  string            // below /a/r
		want  string            // below /a/r, `leaves`, or the error
	}{
		"no link":                        {nil, "d/e/file", "d/e/file"},
		"nothing":                        {nil, "d/x", "file does not exist"},
		"below a file":                   {nil, "file/x", "not a directory"},
		"the root":                       {nil, "", ""},
		"a link to a file":               {map[string]string{"l": "d/e/file"}, "l", "d/e/file"},
		"a link to a directory":          {map[string]string{"l": "d/e"}, "l/file", "d/e/file"},
		"a link upwards":                 {map[string]string{"d/e/l": "../../file"}, "d/e/l", "file"},
		"a link to the root":             {map[string]string{"d/l": ".."}, "d/l/file", "file"},
		"dots and slashes":               {map[string]string{"l": ".//d/./e//"}, "l/file", "d/e/file"},
		"an absolute link inside":        {map[string]string{"l": "/a/r/d/e"}, "l/file", "d/e/file"},
		"an absolute link to the root":   {map[string]string{"l": "/a/r"}, "l/file", "file"},
		"an absolute link, not clean":    {map[string]string{"l": "/./a//r/./d/../file"}, "l", "file"},
		"a chain":                        {map[string]string{"l": "m", "m": "n/e", "n": "d"}, "l/file", "d/e/file"},
		"links in the middle of links":   {map[string]string{"l": "d/m/../e/file", "d/m": "e"}, "l", "d/e/file"},
		"dot dot behind a link":          {map[string]string{"l": "m/../e/file", "m": "d/e"}, "l", "d/e/file"},
		"dot dot behind an absolute one": {map[string]string{"l": "/a/r/m/../e/file", "m": "d/e"}, "l", "d/e/file"},
		"to nothing":                     {map[string]string{"l": "x"}, "l", "file does not exist"},
		"to nothing, then out":           {map[string]string{"l": "x/../../out/file"}, "l", "file does not exist"},
		"through a file":                 {map[string]string{"l": "file/../d"}, "l", "not a directory"},
		"a file with a slash":            {map[string]string{"l": "file/"}, "l", "not a directory"},
		"a file with a dot":              {map[string]string{"l": "file/."}, "l", "not a directory"},
		"a circle":                       {map[string]string{"l": "m", "m": "l"}, "l", "too many levels of symbolic links"},
		"itself":                         {map[string]string{"l": "l"}, "l/x", "too many levels of symbolic links"},
		"out":                            {map[string]string{"l": "../out/file"}, "l", leaves},
		"out, to a directory":            {map[string]string{"l": "../out"}, "l/file", leaves},
		"out, deeply":                    {map[string]string{"d/e/l": "../../../out"}, "d/e/l/file", leaves},
		"out, to nothing":                {map[string]string{"l": "../gone"}, "l", leaves},
		"out, to the directory above":    {map[string]string{"l": ".."}, "l", leaves},
		"out and back":                   {map[string]string{"l": "../r/file"}, "l", leaves},
		"out and back, absolute":         {map[string]string{"l": "/a/out/../r/file"}, "l", leaves},
		"out by the end of a chain":      {map[string]string{"l": "m", "m": "d/e/n", "d/e/n": "../../../file"}, "l", leaves},
		"out behind a link":              {map[string]string{"l": "m/../../x", "m": "d"}, "l", leaves},
		"out, absolute":                  {map[string]string{"l": "/a/out"}, "l/file", leaves},
		"out, absolute, above":           {map[string]string{"l": "/a"}, "l", leaves},
		"out, to the top":                {map[string]string{"l": "/"}, "l/a/r/file", leaves},
		"out, a name that begins alike":  {map[string]string{"l": "/a/rr"}, "l", leaves},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{files: maps.Clone(aTree)}
			for path, target := range c.links {
				m.files["/a/r/"+path] = "-> " + target
			}
			path := strings.TrimSuffix("/a/r/"+c.path, "/")
			got, err := newFinder(m, "").follow(path, "/a/r")
			switch {
			case errors.Is(err, errLeaves):
				got = leaves
			case err != nil:
				if path, ok := errors.AsType[*fs.PathError](err); ok {
					err = path.Err
				}
				got = err.Error()
			default:
				got = strings.TrimPrefix(strings.TrimPrefix(got, "/a/r"), "/")
			}
			if got != c.want {
				t.Errorf("%s leads to %q, want %q", c.path, got, c.want)
			}
			if diff := cmp.Diff([]string(nil), m.outside("/a/r")); diff != "" {
				t.Errorf("touched (-want +got):\n%s", diff)
			}
		})
	}
}

// As many links as the kernel follows, and one more.
func TestFollowManyLinks(t *testing.T) {
	m := &memory{files: map[string]string{"/r/0": ""}}
	for i := range 50 {
		m.files[fmt.Sprintf("/r/%d", i+1)] = fmt.Sprintf("-> %d", i)
	}
	for n, want := range map[string]bool{"40": true, "41": false} {
		if _, err := newFinder(m, "").follow("/r/"+n, "/r"); (err == nil) != want {
			t.Errorf("%s links: %v", n, err)
		}
	}
}

// A file of any of the searches, or a directory on the way to one, that is a
// link out of the root: it is there, reading it is refused by name, and nothing
// behind it is touched.
func TestLinksOutAreNeverFollowed(t *testing.T) {
	const target = "/a/out"
	for name, c := range map[string]struct {
		files map[string]string
		path  string // whose reading is refused; empty if nothing reads it
	}{
		"manifest":                    {map[string]string{"/a/r/p/Cargo.toml": "-> ../../out/Cargo.toml"}, "/a/r/p/Cargo.toml"},
		"manifest, absolute":          {map[string]string{"/a/r/p/Cargo.toml": "-> /a/out/Cargo.toml"}, "/a/r/p/Cargo.toml"},
		"manifest, by a chain":        {map[string]string{"/a/r/p/Cargo.toml": "-> ../x", "/a/r/x": "-> ../out/Cargo.toml"}, "/a/r/p/Cargo.toml"},
		"the workspace's manifest":    {map[string]string{"/a/r/p/Cargo.toml": aPackage, "/a/r/Cargo.toml": "-> ../out/Cargo.toml"}, "/a/r/Cargo.toml"},
		"a directory on the way":      {map[string]string{"/a/r/p": "-> ../out"}, "/a/r/p/Cargo.toml"},
		"a marker behind the link":    {map[string]string{"/a/r/p": "-> ../out", "/a/out/.cargo/root": ""}, "/a/r/p/Cargo.toml"},
		"a marker that is a link":     {map[string]string{"/a/r/p/Cargo.toml": "-> ../../out/Cargo.toml", "/a/r/p/.cargo": "-> ../../out"}, "/a/r/p/Cargo.toml"},
		"a configuration":             {map[string]string{"/a/r/p/Cargo.toml": aPackage, "/a/r/p/.cargo/config.toml": "-> ../../../out/config.toml"}, "/a/r/p/.cargo/config.toml"},
		"the configuration directory": {map[string]string{"/a/r/p/Cargo.toml": aPackage, "/a/r/.cargo": "-> ../out"}, "/a/r/.cargo/config"},
		"a toolchain file":            {map[string]string{"/a/r/p/Cargo.toml": aPackage, "/a/r/p/rust-toolchain": "-> ../../out/rust-toolchain"}, "/a/r/p/rust-toolchain"},
		"a checkout":                  {map[string]string{"/a/r/p/Cargo.toml": aPackage, "/a/r/.git": "-> ../out/.git"}, ""},
		"a path dependency": {
			map[string]string{"/a/r/p/Cargo.toml": aPackage + "[dependencies]\nd = { path = \"../d\" }\n", "/a/r/d": "-> ../out"}, "/a/r/d/Cargo.toml",
		},
		"a patch": {
			map[string]string{"/a/r/p/Cargo.toml": aPackage + "[patch.x]\nd = { path = \"d\" }\n", "/a/r/p/d": "-> ../../out"}, "/a/r/p/d/Cargo.toml",
		},
	} {
		t.Run(name, func(t *testing.T) {
			bothDefaults(t, func(t *testing.T, d Default) {
				m := &memory{files: maps.Clone(c.files)}
				for _, file := range []string{"Cargo.toml", "config", "config.toml", "rust-toolchain"} {
					m.files[target+"/"+file] = aPackage
				}
				m.files[target+"/.git/HEAD"] = ""
				req := Request{Cwd: "/a/r", Manifest: "/a/r/p/Cargo.toml", Roots: []string{"/a/r"}, Default: d}
				found, err := Find(m, req)
				if err == nil {
					_, err = Configure(m, Route{Start: "/a/r/p", Bound: found.Root}, "", nil)
				}
				if err == nil {
					_, err = ReadPackages(m, found, "")
				}
				if err == nil {
					if pin, ok := ToolchainFile(m, Route{Start: "/a/r/p", Bound: found.Root}); ok {
						_, err = ReadInside(m, pin, found.Root)
					}
				}
				if _, explained := Explain(m, &memory{files: m.files}, req); explained != nil && explained.Error() != err.Error() {
					t.Errorf("Explain says %v", explained)
				}
				said, ok := errors.AsType[*diag.Diagnostic](err)
				switch {
				case c.path == "":
					if err != nil {
						t.Error(err)
					}
				case !ok || said.Exit != diag.ExitPolicy || said.Help == "" || cmp.Diff([]diag.Position{{File: c.path}}, said.At) != "":
					t.Errorf("%v, want a refusal of %s with code 111", err, c.path)
				}
				if diff := cmp.Diff([]string(nil), m.outside("/a/r")); diff != "" {
					t.Errorf("touched (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A member, or what a pattern matches, that leads out is no member; package
// inspect refuses the link.
func TestMembersBehindLinks(t *testing.T) {
	m := &memory{files: map[string]string{
		"/a/r/Cargo.toml": "[workspace]\nmembers = [\"m/*\", \"out\", \"../out\", \"deep/**/q\"]\n",
		"/a/r/m/in":       "-> ../real", "/a/r/real/Cargo.toml": aPackage, "/a/r/m/out": "-> ../../out", "/a/r/out": "-> /a/out",
		"/a/r/deep/out": "-> ../../out", "/a/r/deep/round": "-> .", "/a/r/deep/back": "-> ..", "/a/r/deep/x/q/Cargo.toml": aPackage,
		"/a/out/Cargo.toml": notOurs, "/a/out/q/Cargo.toml": notOurs,
	}}
	found, err := Find(m, Request{Cwd: "/a/r", Roots: []string{"/a/r"}})
	if err != nil {
		t.Fatal(err)
	}
	packages, err := ReadPackages(m, found, "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"/a/r/m/in/Cargo.toml", "/a/r/deep/x/q/Cargo.toml"}, packages.Members); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string(nil), m.outside("/a/r")); diff != "" {
		t.Errorf("touched (-want +got):\n%s", diff)
	}
}

func TestAstray(t *testing.T) {
	m := &memory{files: maps.Clone(aTree)}
	for path, target := range map[string]string{
		"in": "d/e", "up": "d/../file", "d/e/top": "../..", "gone": "x", "round": "round", "absolute": "/a/r/file", "out": "../out/file",
		"d/e/deep": "../../../file", "back": "../r/file", "chain": "out", "target": "../out", "covered/x": "../../out", "also/covered/x": "../../../out",
	} {
		m.files["/a/r/"+path] = "-> " + target
	}
	got, err := Astray(m, "/a/r", []string{"target", "covered"})
	if err != nil {
		t.Fatal(err)
	}
	const absolute, out = "by an absolute path, which is another place on another machine", "out of the root"
	want := []Link{
		{"/a/r/absolute", "/a/r/file", absolute},
		{"/a/r/also/covered/x", "../../../out", out},
		{"/a/r/back", "../r/file", out},
		{"/a/r/chain", "out", out},
		{"/a/r/d/e/deep", "../../../file", out},
		{"/a/r/out", "../out/file", out},
		{"/a/r/target", "../out", out},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string(nil), m.outside("/a/r")); diff != "" {
		t.Errorf("touched (-want +got):\n%s", diff)
	}
	if _, err := Astray(m, "/a/r/gone", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of nothing: %v", err)
	}
}
