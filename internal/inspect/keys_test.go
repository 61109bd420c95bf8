//go:build !windows

package inspect

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every line of the table, in both directions where it has two.
func TestKeys(t *testing.T) {
	for name, test := range map[string]struct {
		config string
		want   []string // refusals
	}{
		"empty":                {"", nil},
		"compiler":             {"build.rustc = \"rustc\"\n", []string{"`build.rustc` is not allowed: the compiler is pinned in `hermetic.lock`"}},
		"rustdoc":              {"build.rustdoc = \"tools/doc\"\n", []string{"`build.rustdoc` is not allowed: rustdoc is pinned in `hermetic.lock`"}},
		"wrapper on the PATH":  {"build.rustc-wrapper = \"sccache\"\n", nil},
		"no wrapper":           {"build.rustc-wrapper = \"\"\n", nil},
		"wrapper in the root":  {"build.rustc-workspace-wrapper = \"tools/wrap\"\n", nil},
		"wrapper outside":      {"build.rustc-wrapper = \"../wrap\"\n", []string{"`build.rustc-wrapper` names a program that is outside the root: `../wrap`"}},
		"wrapper of the host":  {"build.rustc-wrapper = \"/usr/local/bin/sccache\"\n", []string{"`build.rustc-wrapper` names a program that is outside the root: `/usr/local/bin/sccache`"}},
		"linker of the system": {"target.x.linker = \"/usr/bin/gcc\"\n", nil},
		"linker by detour":     {"target.x.linker = \"/usr/bin/../../opt/ld\"\n", []string{"`target.x.linker` names a program that is outside the root: `/usr/bin/../../opt/ld`"}},
		"linker for a cfg":     {"target.'cfg(unix)'.linker = \"/opt/ld\"\n", []string{"`target.\"cfg(unix)\".linker` names a program that is outside the root: `/opt/ld`"}},
		"runner with words":    {"target.x.runner = \"../run -v\"\n", []string{"`target.x.runner` names a program that is outside the root: `../run`"}},
		"runner as a list":     {"target.x.runner = [\"run\", \"../argument\"]\n", nil},
		"host":                 {"host.runner = \"/x\"\n", []string{"`host.runner` names a program that is outside the root: `/x`"}},
		"preload":              {"env.LD_PRELOAD = \"x.so\"\n", []string{"`env.LD_PRELOAD` is not allowed: it loads code into every program that the build runs"}},
		"preload as a table":   {"env.LD_AUDIT = { value = \"x.so\", relative = true }\n", []string{"`env.LD_AUDIT.relative` is not allowed: it loads code into every program that the build runs", "`env.LD_AUDIT.value` is not allowed: it loads code into every program that the build runs"}},
		"library path inside":  {"env.LD_LIBRARY_PATH = { value = \"lib\", relative = true }\n", nil},
		"library path outside": {"env.LD_LIBRARY_PATH = { value = \"../lib\", relative = true }\n", []string{"`env.LD_LIBRARY_PATH.value` is outside the root: `../lib`"}},
		"library path of host": {"env.LD_LIBRARY_PATH = \"/opt/lib\"\n", []string{"`env.LD_LIBRARY_PATH` names directories by what is no path of the root: `/opt/lib`"}},
		"ordinary variable":    {"env.CC = \"clang\"\n", nil},
		"credentials":          {"registry.global-credential-providers = [\"cargo:token\", \"/bin/steal\"]\n", []string{"`registry.global-credential-providers` is not allowed: it runs a program with the user's credentials: `/bin/steal`"}},
		"credentials, command": {"registries.r.credential-provider = \"cargo:token-from-stdout sh\"\n", []string{"`registries.r.credential-provider` is not allowed: it runs a program with the user's credentials: `cargo:token-from-stdout sh`"}},
		"credentials of cargo": {"registries.r.credential-provider = \"cargo:token\"\n", nil},
		"credentials, alias":   {"credential-alias.x = [\"sh\"]\n", []string{"`credential-alias.x` is not allowed: it runs a program with the user's credentials"}},
		"paths":                {"paths = [\"in\", \"../out\"]\n", []string{"`paths` is outside the root: `../out`"}},
		"patch":                {"patch.crates-io.x.path = \"../x\"\n", []string{"`patch.crates-io.x.path` is outside the root: `../x`"}},
		"vendored":             {"source.v.directory = \"vendor\"\nsource.w.directory = \"/v\"\nsource.l.local-registry = \"../l\"\n", []string{"`source.l.local-registry` is outside the root: `../l`", "`source.w.directory` is outside the root: `/v`"}},
		"what does nothing":    {"build.target-dir = \"/elsewhere\"\nalias.b = \"x\"\nterm.quiet = true\n", nil},
		"what is the root's":   {"build.rustflags = [\"-g\"]\nprofile.dev.debug = 0\nunknown.key = 1\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "root")
			plant(t, root, map[string]string{"Cargo.toml": pack("p"), ".cargo/config.toml": test.config})
			r, err := inspectAt(t, root)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, line := range told(t, root, r) {
				_, message, _ := strings.Cut(line, ": the configuration key ")
				got = append(got, message)
			}
			if diff := cmp.Diff(test.want, got, cmp.Transformer("sorted", sorted)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func sorted(list []string) map[string]int {
	count := map[string]int{}
	for _, s := range list {
		count[s]++
	}
	return count
}

// A rule that can never match would be a lie to its reader.
func TestEveryRuleCounts(t *testing.T) {
	for i, r := range rules {
		at := strings.Split(strings.NewReplacer("**", "x", "*", "x").Replace(r.keys), ".")
		if got := ruleFor(at); got.keys != r.keys && !strings.HasSuffix(r.keys, "**") {
			t.Errorf("line %d, `%s`, is hidden by `%s`", i, r.keys, got.keys)
		}
	}
	if got := ruleFor([]string{"no", "such", "key"}); got.verdict != acts {
		t.Errorf("%+v", got)
	}
}

func TestSettings(t *testing.T) {
	root := filepath.Join(t.TempDir(), "root")
	plant(t, root, map[string]string{
		"Cargo.toml":         pack("p"),
		".cargo/config.toml": "[build]\nrustflags = [\"-g\"]\ntarget-dir = \"x\"\n[source.m]\nregistry = \"sparse+https://m.example/\"\n",
	})
	r, err := inspectAt(t, root)
	if err != nil || r.Err() != nil {
		t.Fatal(err, r.Err())
	}
	file := filepath.Join(root, ".cargo", "config.toml")
	want := []Setting{
		{"build.rustflags", file, 2, "acts", "part of the root"},
		{"build.target-dir", file, 3, "idle", "outputs are in `target/hermetic`"},
		{"source.m.registry", file, 5, "fetches", "where crates come from"},
	}
	if diff := cmp.Diff(want, r.Settings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
