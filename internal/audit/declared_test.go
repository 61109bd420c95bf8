package audit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// writeTree writes files below a new directory.
func writeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFindDeclared(t *testing.T) {
	dir := writeTree(t, map[string]string{
		"debug/build/p-1/output":        "cargo:rerun-if-env-changed=OLD\nnoise\ncargo::rerun-if-env-changed=NEW\r\ncargo:rerun-if-env-changed=OLD\ncargo:rerun-if-changed=x\ncargo:rerun-if-env-changed=",
		"debug/build/p-1/root-output":   "/t/debug/build/p-1/out",
		"debug/build/p-1/out/output":    "cargo:rerun-if-env-changed=MADE_UP\n",
		"debug/deps/app-0123.d":         "app: src/main.rs\n\n# env-dep:UNSET\n# env-dep:SET=a=b\\nc\n# env-dep:\n",
		"debug/deps/long-0123.d":        "# env-dep:LONG=" + strings.Repeat("x", 1<<20) + "\n# env-dep:LAST=end",
		"debug/deps/libapp-0123.rlib":   "# env-dep:NOT\n",
		"debug/build/p-1/out/unreal.dd": "# env-dep:NOT\n",
	})
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "debug", "deps", "link.d")); err != nil {
		t.Fatal(err)
	}
	hash := HashValue("/t/debug/build/p-1/out")
	want := []Declared{
		{Name: "OLD", File: "debug/build/p-1/output", OutDirHash: hash},
		{Name: "NEW", File: "debug/build/p-1/output", OutDirHash: hash},
		{Name: "UNSET", File: "debug/deps/app-0123.d", Unit: "app-0123"},
		{Name: "SET", File: "debug/deps/app-0123.d", Unit: "app-0123"},
		{Name: "LONG", File: "debug/deps/long-0123.d", Unit: "long-0123"},
		{Name: "LAST", File: "debug/deps/long-0123.d", Unit: "long-0123"},
	}
	got, err := FindDeclared(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := FindDeclared(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a target directory that is not there is no error")
	}
}

func TestFindBytes(t *testing.T) {
	places := Places{Root: "/home/me/app", Cargo: "/home/me/.cargo"}
	// One hit lies across the end of a window, and one at the very end.
	across := strings.Repeat("x", window-5) + "/home/me/app/src" + strings.Repeat("y", 100) + "/home/me/app"
	const hash = "-0123456789abcdef"
	places.Target = writeTree(t, map[string]string{
		"debug/deps/libapp" + hash + ".rlib":         "/home/me/app/src/lib.rs\x00/home/me/app2/x\x00/home/me/.cargo/registry",
		"debug/deps/app" + hash:                      across,
		"debug/deps/libshared.so":                    "/home/me/app",
		"debug/deps/libmacro" + hash + ".so":         "/home/me/app", // runs in the compiler
		"debug/deps/build_script_build" + hash:       "/home/me/app",
		"debug/deps/libapp" + hash + ".rmeta":        "/home/me/app",
		"debug/app":                                  "/home/me/app", // a link to the one in deps
		"debug/build/app-1/build_script_main" + hash: "/home/me/app",
		"debug/deps/libclean" + hash + ".rlib":       "nothing",
	})
	want := []Bytes{
		{File: "debug/deps/app" + hash, Unit: "app" + hash, Place: "the path of the root", Path: "/home/me/app", Offset: window - 5, Count: 2},
		{File: "debug/deps/libapp" + hash + ".rlib", Unit: "app" + hash, Place: "the path of the root", Path: "/home/me/app", Offset: 0, Count: 1},
		{File: "debug/deps/libapp" + hash + ".rlib", Unit: "app" + hash, Place: "the path of CARGO_HOME", Path: "/home/me/.cargo", Offset: 40, Count: 1},
		{File: "debug/deps/libshared.so", Unit: "shared", Place: "the path of the root", Path: "/home/me/app", Offset: 0, Count: 1},
	}
	got, err := FindBytes(places)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEnvironment(t *testing.T) {
	for _, test := range []struct {
		name   string
		caller map[string]string
		want   []string
	}{
		{"started by hand", map[string]string{"A": "1", "RUSTUP_TOOLCHAIN": "nightly", "LD_LIBRARY_PATH": "/l"}, []string{"A=1", "LD_LIBRARY_PATH=/l", "RUSTUP_TOOLCHAIN=nightly"}},
		{"through rustup's proxy", map[string]string{
			"A": "1", "CARGO": "/r/toolchains/x/bin/cargo", "RUST_RECURSION_COUNT": "1", "RUSTUP_TOOLCHAIN": "x", "RUSTUP_TOOLCHAIN_SOURCE": "default", "LD_LIBRARY_PATH": "/r/toolchains/x/lib:/l",
		}, []string{"A=1", "LD_LIBRARY_PATH=/l"}},
		{"through rustup's proxy, nothing else in the path", map[string]string{
			"CARGO": "/r/toolchains/x/bin/cargo", "RUST_RECURSION_COUNT": "1", "LD_LIBRARY_PATH": "/r/toolchains/x/lib",
		}, []string{}},
		{"the user chose the toolchain", map[string]string{"RUSTUP_TOOLCHAIN": "x", "RUSTUP_TOOLCHAIN_SOURCE": "env", "RUST_RECURSION_COUNT": "1"}, []string{"RUSTUP_TOOLCHAIN=x"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, environment(test.caller)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
