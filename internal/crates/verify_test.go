package crates

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// vendored is what cargo delivers: a tree, its archives, and the lock file that
// both belong to.
type vendored struct {
	t              *testing.T
	tree, archives string
	lock           *cargo.Lockfile
}

// good has one registry package and one git package.
func good(t *testing.T) *vendored {
	dir := t.TempDir()
	// A store may lie in a directory whose name is a pattern.
	v := &vendored{t, filepath.Join(dir, "[tree]"), filepath.Join(dir, "[archives]*"), &cargo.Lockfile{}}
	files := map[string]string{"Cargo.toml": "[package]\n", "src/lib.rs": "pub fn f() {}\n"}
	crate := archive(t,
		entry{name: "p-1.0.0/Cargo.toml", content: files["Cargo.toml"]},
		entry{name: "p-1.0.0/src/lib.rs", content: files["src/lib.rs"]},
		entry{name: "p-1.0.0/.gitignore", content: "target\n"}, // cargo vendor leaves it out
	)
	sum := hexSum(string(crate))
	v.write(filepath.Join(v.archives, "index.example.org-0123", "p-1.0.0.crate"), string(crate))
	v.lock.External = []cargo.LockedPackage{
		{Name: "p", Version: "1.0.0", Source: "registry+https://example.org/index", Checksum: sum},
		{Name: "g", Version: "0.1.0", Source: "git+https://example.org/g#0123"},
	}
	for name, content := range files {
		v.write(filepath.Join(v.tree, "p-1.0.0", name), content)
		v.write(filepath.Join(v.tree, "g-0.1.0", name), content)
	}
	v.list("p-1.0.0", files, &sum)
	v.list("g-0.1.0", files, nil)
	return v
}

func (v *vendored) write(file, content string) {
	v.t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		v.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		v.t.Fatal(err)
	}
}

// list writes the checksum file of a package, in cargo's form.
func (v *vendored) list(dir string, files map[string]string, archive *string) {
	v.t.Helper()
	sums := map[string]string{}
	for name, content := range files {
		sums[name] = hexSum(content)
	}
	data, err := json.Marshal(map[string]any{"files": sums, "package": archive})
	if err != nil {
		v.t.Fatal(err)
	}
	v.write(filepath.Join(v.tree, dir, checksumFile), string(data))
}

// verify does what fetch does once cargo is done.
func (v *vendored) verify() error {
	packed, err := archives{cache: v.archives}.read(v.lock)
	if err != nil {
		return err
	}
	return verify(v.tree, packed, v.lock)
}

func (v *vendored) must(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

func TestVerifyGood(t *testing.T) {
	v := good(t)
	if err := v.verify(); err != nil {
		t.Error(err)
	}
	// Another registry's archive of the same name is no trouble.
	v.write(filepath.Join(v.archives, "a-other", "p-1.0.0.crate"), "other")
	if err := v.verify(); err != nil {
		t.Error(err)
	}
	if err := verify(t.TempDir(), nil, &cargo.Lockfile{}); err != nil {
		t.Errorf("nothing: %v", err)
	}
}

func TestVerifyRefuses(t *testing.T) {
	const crate = "index.example.org-0123/p-1.0.0.crate"
	forged := func(v *vendored, dir string) { // the list agrees with the change
		v.write(filepath.Join(v.tree, dir, "src/lib.rs"), "evil")
		sum := v.lock.External[0].Checksum
		v.list(dir, map[string]string{"Cargo.toml": "[package]\n", "src/lib.rs": "evil"}, &sum)
	}
	for name, c := range map[string]struct {
		harm    func(v *vendored)
		exit    int
		message string
	}{
		"changed file":          {func(v *vendored) { v.write(v.tree+"/p-1.0.0/src/lib.rs", "evil") }, diag.ExitLock, `the file "src/lib.rs" was changed`},
		"changed file and list": {func(v *vendored) { forged(v, "p-1.0.0") }, diag.ExitLock, `the file "src/lib.rs" was changed`},
		"changed file of git":   {func(v *vendored) { v.write(v.tree+"/g-0.1.0/src/lib.rs", "evil") }, diag.ExitLock, `the file "src/lib.rs" was changed`},
		"extra file":            {func(v *vendored) { v.write(v.tree+"/p-1.0.0/build.rs", "fn main() {}") }, diag.ExitLock, `the file "build.rs" is not in the package`},
		"extra file of git":     {func(v *vendored) { v.write(v.tree+"/g-0.1.0/build.rs", "fn main() {}") }, diag.ExitLock, `the file "build.rs" is not in the package`},
		"extra file deep":       {func(v *vendored) { v.write(v.tree+"/p-1.0.0/a/b/.c", "") }, diag.ExitLock, `"a/b/.c" is not in the package`},
		"second checksum file":  {func(v *vendored) { v.write(v.tree+"/p-1.0.0/src/"+checksumFile, "{}") }, diag.ExitLock, "is not in the package"},
		"link":                  {func(v *vendored) { v.must(os.Symlink("lib.rs", v.tree+"/p-1.0.0/src/l.rs")) }, diag.ExitPolicy, `"src/l.rs" is a link or a special file`},
		"link to a directory":   {func(v *vendored) { v.must(os.Symlink("src", v.tree+"/p-1.0.0/s")) }, diag.ExitPolicy, "is a link or a special file"},
		"link of git":           {func(v *vendored) { v.must(os.Symlink("/etc/passwd", v.tree+"/g-0.1.0/l")) }, diag.ExitPolicy, "is a link or a special file"},
		"link as package": {func(v *vendored) {
			v.must(os.Rename(v.tree+"/p-1.0.0", v.tree+"/../q"))
			v.must(os.Symlink("../q", v.tree+"/p-1.0.0"))
		}, diag.ExitLock, `cargo vendor delivered "p-1.0.0", which is no directory`},
		"no archive":              {func(v *vendored) { v.must(os.Remove(v.archives + "/" + crate)) }, diag.ExitLock, "there is no archive to check it against"},
		"no archives at all":      {func(v *vendored) { v.must(os.RemoveAll(v.archives)) }, diag.ExitLock, "there is no archive to check it against"},
		"another archive":         {func(v *vendored) { v.write(v.archives+"/"+crate, "other") }, diag.ExitLock, "the archive has another checksum"},
		"another checksum":        {func(v *vendored) { v.lock.External[0].Checksum = strings.Repeat("0", 64) }, diag.ExitLock, "the archive has another checksum"},
		"no checksum in the lock": {func(v *vendored) { v.lock.External[0].Checksum = "" }, diag.ExitLock, "another checksum"},
		"list without checksum":   {func(v *vendored) { v.list("p-1.0.0", nil, nil) }, diag.ExitLock, "the registry's archive has another checksum"},
		"no list":                 {func(v *vendored) { v.must(os.Remove(v.tree + "/p-1.0.0/" + checksumFile)) }, diag.ExitFailed, checksumFile},
		"broken list":             {func(v *vendored) { v.write(v.tree+"/g-0.1.0/"+checksumFile, "{") }, diag.ExitFailed, "reading `" + checksumFile + "`"},
		"empty list of git":       {func(v *vendored) { v.list("g-0.1.0", nil, nil) }, diag.ExitLock, "is not in the package"},
		"package not in lock":     {func(v *vendored) { v.write(v.tree+"/q-1.0.0/x", "") }, diag.ExitLock, `cargo vendor delivered "q-1.0.0", which Cargo.lock does not name`},
		"file beside packages":    {func(v *vendored) { v.write(v.tree+"/.cargo-ok", "") }, diag.ExitLock, `cargo vendor delivered ".cargo-ok", which is no directory`},
		"missing package":         {func(v *vendored) { v.must(os.RemoveAll(v.tree + "/p-1.0.0")) }, diag.ExitLock, "cargo vendor did not deliver `p 1.0.0`"},
		"missing git package":     {func(v *vendored) { v.must(os.RemoveAll(v.tree + "/g-0.1.0")) }, diag.ExitLock, "cargo vendor did not deliver `g 0.1.0`"},
		"another version":         {func(v *vendored) { v.must(os.Rename(v.tree+"/p-1.0.0", v.tree+"/p-1.0.1")) }, diag.ExitLock, "did not deliver"},
		"one tree for two":        {func(v *vendored) { v.lock.External = append(v.lock.External, v.lock.External[0]) }, diag.ExitLock, "did not deliver"},
		"no tree":                 {func(v *vendored) { v.must(os.RemoveAll(v.tree)) }, diag.ExitFailed, ""},
		"archive with a link": {func(v *vendored) {
			data := string(archive(v.t, entry{"p-1.0.0/l", "/etc/passwd", '2'}))
			sum := hexSum(data)
			v.lock.External[0].Checksum = sum
			v.write(v.archives+"/"+crate, data)
			v.list("p-1.0.0", nil, &sum)
		}, diag.ExitPolicy, "the archive holds a link"},
	} {
		t.Run(name, func(t *testing.T) {
			v := good(t)
			c.harm(v)
			err := v.verify()
			if err == nil {
				t.Fatal("accepted")
			}
			if exit := diag.ExitCode(err); exit != c.exit || !strings.Contains(err.Error(), c.message) {
				t.Errorf("exit code %d and %q, want %d and %q", exit, err, c.exit, c.message)
			}
		})
	}
}

// What cargo would trust without looking is gone before it runs, and what is
// right stays, so that nothing is downloaded twice.
func TestForget(t *testing.T) {
	v := good(t)
	downloads := filepath.Join(t.TempDir(), "[down]loads*")
	const cache = "registry/cache/index.example.org-0123/"
	crate, err := os.ReadFile(filepath.Join(v.archives, "index.example.org-0123", "p-1.0.0.crate"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]bool{ // whether it stays
		cache + "p-1.0.0.crate":                        true,
		"registry/cache/other/p-1.0.0.crate":           false, // not what the lock says
		cache + "q-1.0.0.crate":                        true,  // of another project
		cache + "p-1.0.0.crate.part":                   true,
		"registry/index/index.example.org-0123/config": true,
		"registry/src/index.example.org-0123/p/lib.rs": false,
		"git/db/g/HEAD":                                true,
		"git/checkouts/g/0123/lib.rs":                  false,
	}
	for name := range files {
		content := "x"
		if name == cache+"p-1.0.0.crate" {
			content = string(crate)
		}
		v.write(filepath.Join(downloads, name), content)
	}
	if err := forget(downloads, v.lock); err != nil {
		t.Fatal(err)
	}
	for name, stays := range files {
		if _, err := os.Lstat(filepath.Join(downloads, name)); (err == nil) != stays {
			t.Errorf("%s: %v, want it to stay: %t", name, err, stays)
		}
	}
	if err := forget(filepath.Join(downloads, "nothing"), v.lock); err != nil {
		t.Errorf("the first fetch: %v", err)
	}
}

// Cargo is told of no file of a package that was verified, and still of the archive
// by which it knows a package of a registry.
func TestForgetFiles(t *testing.T) {
	v := good(t)
	if err := forgetFiles(v.tree); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		"p-1.0.0": `{"files":{},"package":"` + v.lock.External[0].Checksum + `"}`,
		"g-0.1.0": `{"files":{},"package":null}`,
	} {
		got, err := os.ReadFile(filepath.Join(v.tree, dir, checksumFile))
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, %v, want %s", dir, got, err, want)
		}
	}
	v.write(filepath.Join(v.tree, "p-1.0.0", checksumFile), "{")
	if err := forgetFiles(v.tree); err == nil {
		t.Error("a list that cannot be read was forgotten")
	}
}
