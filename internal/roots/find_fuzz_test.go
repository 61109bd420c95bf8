//go:build !windows

package roots

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo/config"
)

// bytesOf hands out choices from fuzzed bytes; none left is the first choice.
type bytesOf struct{ data []byte }

func (b *bytesOf) below(n int) int {
	if len(b.data) == 0 {
		return 0
	}
	choice := int(b.data[0]) % n
	b.data = b.data[1:]
	return choice
}

func (b *bytesOf) of(list ...string) string { return list[b.below(len(list))] }

// dir is some directory below another, perhaps itself.
func (b *bytesOf) dir(below string) string {
	for range b.below(4) {
		below += "/" + b.of("a", "b", "target", "package")
	}
	return below
}

// relation is a path that a manifest or a link may name.
func (b *bytesOf) relation() string {
	return b.of(".", "..", "../..", "../a", "../b", "a", "b", "a/../b", "*", "../*", "**", "/", "/r", "/r/a", "/out", "../../../out", "../out")
}

// manifest is some Cargo.toml.
func (b *bytesOf) manifest() string {
	text := b.of("", "", "[package]\nname = \"p\"\n", "[package]\nname = \"p\"\n", "[package]\nname = \"p\"\nworkspace = \""+b.relation()+"\"\n", notOurs)
	if b.below(3) == 0 {
		text += "[dependencies]\nd = { path = \"" + b.relation() + "\" }\ns.workspace = true\n"
	}
	if b.below(3) == 0 {
		text += "[workspace]\nmembers = [\"" + b.relation() + "\", \"" + b.relation() + "\"]\nexclude = [\"" + b.relation() + "\"]\n"
		text += "[workspace.dependencies]\ns = { path = \"" + b.relation() + "\" }\n[patch.x]\nd = { path = \"" + b.relation() + "\" }\n"
	}
	return text
}

// tree is a file system around /r: what searches look for, and links, there and
// beside it.
func (b *bytesOf) tree() map[string]string {
	files := map[string]string{"/r/here": "", "/out/here": "", "/Cargo.toml": notOurs, "/.cargo/config.toml": notOurs, "/out/Cargo.toml": notOurs}
	for range 3 + b.below(14) {
		dir := b.dir(b.of("/r", "/r", "/r", "/out", ""))
		switch b.below(8) {
		case 0, 1, 2:
			put(files, dir+"/Cargo.toml", b.manifest())
		case 3:
			put(files, dir+"/.cargo/"+b.of("root", "config", "config.toml"), b.of("", "include = [\""+b.relation()+"/x.toml\"]", notOurs))
		case 4:
			put(files, dir+"/"+b.of("rust-toolchain", "rust-toolchain.toml", ".git", ".git/HEAD"), "")
		case 5:
			put(files, dir+"/", b.of("", "everybody"))
		default:
			put(files, dir+"/"+b.of("a", "b", "Cargo.toml", ".cargo", ".git", ".cargo/root", "rust-toolchain"), "-> "+b.relation())
		}
	}
	return files
}

// physical is a directory of the tree without links in its path: what the kernel
// says of where one stands.
func physical(m *memory, dir string) string {
	for {
		if at, touched, err := m.trail(dir, true); err == nil && len(touched) == 0 && m.isDir(at) {
			return at
		}
		dir = filepath.Dir(dir)
	}
}

// FuzzFind searches random trees. Nothing panics or runs for ever; what is found
// is in its root, every route ends above its start; and with an explicit root
// that holds the starts nothing outside is looked at, by any search.
func FuzzFind(f *testing.F) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 300 { // so that an ordinary run of the tests asks something too
		f.Add(randomBytes(random, 120))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 300 {
			return
		}
		b := &bytesOf{data}
		explicit := b.below(2) == 0
		req := Request{Default: Default(b.below(2)), Covered: []string{"target", ".git"}}
		if req.Default == Hermetic { // for the draft its configuration counts, wherever it lies
			req.Cargo = b.of("", "", "/r/a")
		}
		cwd, named := b.dir(b.of("/r", "/r", "/out")), ""
		if b.below(3) == 0 {
			named = b.dir("/r") + "/Cargo.toml"
		}
		var list []string
		for range b.below(3) {
			list = append(list, b.dir(b.of("/r", "/out")))
		}
		m := &memory{files: b.tree()}
		req.Cwd, req.Manifest = physical(m, cwd), named
		if explicit {
			list = append(list, "/r")
			req.Cwd = physical(m, "/r"+strings.TrimPrefix(cwd, "/out"))
			if !Within("/r", req.Cwd) {
				return
			}
		}
		for _, dir := range list { // by a path without links: those of a root are its own
			if dir = physical(m, dir); b.below(2) == 0 {
				req.Roots = append(req.Roots, dir)
			} else {
				req.Variable = append(req.Variable, dir)
			}
		}
		found, err := Find(m, req)
		for _, route := range []Route{found.Config, found.Manifests} {
			if route.Start != "" && !Within(route.Bound, route.Start) {
				t.Errorf("%+v ends beside its start", route)
			}
		}
		if err == nil && (!Within(found.Root, found.Manifest) || !Within(found.Root, found.Workspace)) {
			t.Errorf("the root does not hold what was found: %+v", found)
		}
		report, again := Explain(m, &memory{files: m.files}, req)
		if (err == nil) != (again == nil) {
			t.Errorf("Find says %v, Explain %v", err, again)
		}
		if _, err := report.JSON(); err != nil || report.Text() == "" && found.Config.Start != "" {
			t.Errorf("%v", err)
		}
		if found.Config.Start != "" { // whatever comes of it: it looks where it may
			_, _ = Configure(m, found.Config, "", func(i config.Include) bool { return Within(found.Config.Bound, i.Path) })
			ToolchainFile(m, found.Config)
		}
		if err == nil {
			_, _ = ReadPackages(m, found, req.Cargo)
			_, _ = Astray(m, found.Root, req.Covered)
		}
		if !explicit || req.Manifest != "" && !Within("/r", req.Manifest) {
			return
		}
		if diff := cmp.Diff([]string(nil), without(m.outside("/r"), asked(req)...)); diff != "" {
			t.Errorf("looked at (-want +got):\n%s\n%+v\n%v", diff, req, m.files)
		}
	})
}
