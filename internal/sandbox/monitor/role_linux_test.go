package monitor

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

func TestRoleOf(t *testing.T) {
	for _, c := range []struct {
		exe    string
		parent observation.Role
		want   observation.Role
	}{
		{"/t/bin/cargo", "", observation.Cargo},
		{"/t/bin/rustc", observation.Cargo, observation.Rustc},
		{"/t/bin/clippy-driver", observation.Cargo, observation.Rustc},
		{"/t/bin/rustdoc", observation.Cargo, observation.Rustdoc},
		{"/w/target/debug/build/x-0123/build-script-build", observation.Cargo, observation.BuildScript},
		{"/w/target/debug/build/x-0123/build_script_main-0123", observation.Cargo, observation.BuildScript},
		{"/w/target/debug/deps/tests-0123", observation.Cargo, observation.Test},
		{"/w/target/debug/examples/e", observation.Cargo, observation.Test},
		{"/tmp/rustdoctest/rust_out", observation.Rustdoc, observation.Test},
		{"/usr/bin/x86_64-linux-gnu-gcc-12", observation.BuildScript, observation.CCompiler},
		{"/usr/bin/x86_64-linux-gnu-gcc-12", observation.Rustc, observation.Linker},
		{"/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus", observation.CCompiler, observation.CCompiler},
		{"/usr/lib/gcc/x86_64-linux-gnu/12/collect2", observation.CCompiler, observation.Linker},
		{"/usr/bin/ld.lld-18", observation.Linker, observation.Linker},
		{"/usr/bin/as", observation.CCompiler, observation.CCompiler},
		{"/usr/bin/make", observation.BuildScript, observation.BuildScript},
		{"/usr/bin/make", observation.Test, observation.Test},
		{"/usr/bin/git", observation.Cargo, observation.Program},
		{"", observation.Cargo, observation.Program},
	} {
		p := &program{Process: observation.Process{Role: c.parent}}
		if got := roleOf(c.exe, p); got != c.want {
			t.Errorf("%s of %q: got %s, want %s", c.exe, c.parent, got, c.want)
		}
	}
}

func TestUnitOf(t *testing.T) {
	parent := &program{Process: observation.Process{Unit: observation.Unit{Package: "parent"}}}
	env := map[string]string{"CARGO_PKG_NAME": "a", "CARGO_PKG_VERSION": "1.0.0", "CARGO_CRATE_NAME": "a_lib", "CARGO_MANIFEST_DIR": "/w/a"}
	want := observation.Unit{Package: "a", Version: "1.0.0", Crate: "a_lib", Dir: "/w/a"}
	if diff := cmp.Diff(want, unitOf(env, parent)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(parent.Unit, unitOf(map[string]string{"CARGO_PKG_VERSION": "1.0.0"}, parent)); diff != "" {
		t.Errorf("its own (-want +got)\n%s", diff)
	}
}

// TestChanges: hashes of values, never the values.
func TestChanges(t *testing.T) {
	set, unset := changes(map[string]string{"A": "1", "B": "2", "C": "3"}, map[string]string{"A": "1", "B": "secret", "D": ""})
	if diff := cmp.Diff([]observation.Variable{{Name: "B", Hash: "2bb80d537b1da3e3"}, {Name: "D", Hash: "e3b0c44298fc1c14"}}, set); diff != "" {
		t.Errorf("set (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"C"}, unset); diff != "" {
		t.Errorf("unset (-want +got)\n%s", diff)
	}
}

func TestUUID(t *testing.T) {
	for id, want := range map[[16]byte]string{
		{}: "00000000-0000-4000-8000-000000000000\n",
		{0xff, 1, 2, 3, 4, 5, 0xff, 7, 0xff, 9, 10, 11, 12, 13, 14, 15}: "ff010203-0405-4f07-bf09-0a0b0c0d0e0f\n",
	} {
		if got := uuid(id); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
