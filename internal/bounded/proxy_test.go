package bounded

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestProxyTellsSource runs rustup's proxy with an external verb that prints its
// environment, which is what we are.
func TestProxyTellsSource(t *testing.T) {
	proxy, toolchain := proxyCargo(t), filepath.Dir(filepath.Dir(directCargo(t)))
	verb := script(t, "cargo-tell", "exec env\n")
	name := filepath.Base(toolchain)
	if err := exec.Command("rustup", "run", name, "cargo", "--version").Run(); err != nil {
		t.Skipf("the toolchain %s has no name: %v", name, err)
	}
	for how, c := range map[string]struct {
		args   []string
		env    string // RUSTUP_TOOLCHAIN
		file   string // rust-toolchain.toml
		chosen bool
	}{
		"default":        {args: []string{"tell"}},
		"command line":   {args: []string{"+" + name, "tell"}, chosen: true},
		"environment":    {args: []string{"tell"}, env: toolchain, chosen: true},
		"toolchain file": {args: []string{"tell"}, file: "[toolchain]\nchannel = \"" + name + "\"\n"},
	} {
		t.Run(how, func(t *testing.T) {
			env, dir := hostEnv(t), t.TempDir()
			for _, stale := range []string{toolchainVariable, sourceVariable, recursionVariable} {
				delete(env, stale)
			}
			env["PATH"] = filepath.Dir(verb) + string(filepath.ListSeparator) + env["PATH"]
			if c.env != "" {
				env[toolchainVariable] = c.env
			}
			if c.file != "" {
				write(t, dir, map[string]string{"rust-toolchain.toml": c.file})
			}
			out, said, ok := start(t, &Command{Path: proxy, Args: c.args, Dir: dir, Env: list(env)})
			if !ok {
				t.Fatalf("the proxy failed:\n%s", said)
			}
			told := map[string]string{}
			for line := range strings.Lines(out) {
				key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
				told[key] = value
			}
			if told[toolchainVariable] == "" || told["CARGO"] == "" {
				t.Fatalf("the proxy says nothing:\n%s", out)
			}
			if got := ChosenByUser(told); got != c.chosen {
				t.Errorf("chosen by the user: %v, want %v (source %q)", got, c.chosen, told[sourceVariable])
			}
			got, err := environ(told, "/bound", "")
			if err != nil {
				t.Fatal(err)
			}
			_, kept := got[toolchainVariable]
			if kept != c.chosen {
				t.Errorf("%s is kept: %v, want %v", toolchainVariable, kept, c.chosen)
			}
			for _, gone := range []string{"CARGO", sourceVariable, recursionVariable} {
				if value, ok := got[gone]; ok {
					t.Errorf("%s=%s is left", gone, value)
				}
			}
			if strings.Contains(got["LD_LIBRARY_PATH"], filepath.Join(name, "lib")) {
				t.Errorf("LD_LIBRARY_PATH=%s is left", got["LD_LIBRARY_PATH"])
			}
		})
	}
}
