//go:build !windows

package roots

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever lies above an explicit root changes nothing and is not looked at,
// wherever the root comes from.
func TestNothingAboveExplicitRoot(t *testing.T) {
	inside := map[string]string{"/a/b/r/Cargo.toml": aWorkspace, "/a/b/r/p/Cargo.toml": aPackage}
	above := map[string]string{}
	for _, dir := range []string{"", "/a", "/a/b"} {
		above[dir+notOursToml] = notOurs
		above[dir+"/.git"] = "denied"
		above[dir+"/.cargo/root"] = ""
	}
	for name, req := range map[string]Request{
		"flag":     {Cwd: "/a/b/r/p", Roots: []string{"/a/b/r"}},
		"variable": {Cwd: "/a/b/r/p", Variable: []string{"/a/b/r"}},
		"marker":   {Cwd: "/a/b/r/p"},
		"manifest": {Cwd: "/", Manifest: "/a/b/r/p/Cargo.toml", Roots: []string{"/a/b/r"}},
	} {
		files := maps.Clone(inside)
		if name == "marker" {
			files["/a/b/r/.cargo/root"] = ""
		}
		plain := &memory{files: maps.Clone(files)}
		maps.Copy(files, above)
		loud := &memory{files: files}
		want, err := Find(plain, req)
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := Find(loud, req)
		if err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" || got.Root != "/a/b/r" {
			t.Errorf("%s: %+v (-want +got):\n%s", name, got, diff)
		}
		if diff := cmp.Diff([]string(nil), loud.outside("/a/b/r")); diff != "" {
			t.Errorf("%s: looked at (-want +got):\n%s", name, diff)
		}
	}
}
