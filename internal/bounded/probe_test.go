package bounded

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// left are the names below the temporary directory after a probe.
func left(t *testing.T, tmp string) []string {
	t.Helper()
	entries, err := os.ReadDir(tmp)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestProbeAccepts(t *testing.T) {
	// What the user has set must not answer in place of the probe's files.
	hostile := hostEnv(t)
	write(t, hostile["CARGO_HOME"], map[string]string{"config.toml": "[build]\ntarget-dir = \"of-the-user\"\n[term]\nverbose = 3\n"})
	maps.Copy(hostile, map[string]string{
		"CARGO_TARGET_DIR": "elsewhere", "CARGO_BUILD_TARGET_DIR": "elsewhere", "RUSTC_WRAPPER": "no-such-program", Switch: "/nowhere",
	})
	for name, cargo := range map[string]func(*testing.T) string{"direct": directCargo, "proxy": proxyCargo} {
		for kind, env := range map[string]map[string]string{"plain": hostEnv(t), "hostile": hostile} {
			t.Run(name+" "+kind, func(t *testing.T) {
				tmp := t.TempDir()
				if err := Probe(t.Context(), cargo(t), list(env), tmp); err != nil {
					t.Errorf("%v\n%v", err, notes(err))
				}
				if diff := cmp.Diff([]string(nil), left(t, tmp)); diff != "" {
					t.Errorf("left behind (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestProbeThroughLink gives the probe a temporary directory behind a link, as
// macOS does: the bound must still be one.
func TestProbeThroughLink(t *testing.T) {
	cargo := directCargo(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if err := Probe(t.Context(), cargo, list(hostEnv(t)), link); err != nil {
		t.Errorf("%v\n%v", err, notes(err))
	}
}

func notes(err error) string {
	if d, ok := errors.AsType[*diag.Diagnostic](err); ok {
		return strings.Join(d.Notes, "\n")
	}
	return ""
}

// TestProbeRefuses runs cargos that do not keep the bound, in every way that a
// single check of the probe has to notice by itself.
func TestProbeRefuses(t *testing.T) {
	cargo := directCargo(t)
	unbounded := "unset " + Switch + "\nexec '" + cargo + "' \"$@\"\n"
	only := func(pattern string) string {
		return "case \"$*\" in " + pattern + ") unset " + Switch + ";; esac\nexec '" + cargo + "' \"$@\"\n"
	}
	for name, c := range map[string]struct{ program, why, quoted string }{
		"bound dropped":      {script(t, "cargo", unbounded), "it fails where everything up to the bound is in order", ".cargo/config.toml"},
		"configuration only": {script(t, "cargo", only("metadata*")), "it fails where everything up to the bound is in order", ".cargo/config.toml"},
		"workspace only":     {script(t, "cargo", only("'locate-project --workspace'")), "it looks for a workspace above the bound", ""},
		"manifest only":      {script(t, "cargo", only("locate-project")), "it found a manifest above the bound", "Cargo.toml"},
		"bound one too low":  {script(t, "cargo", "export "+Switch+"=\"$PWD\"\nexec '"+cargo+"' \"$@\"\n"), "it fails where", "could not find"},
		"bound ignores configuration": {
			script(t, "cargo", "CARGO_TARGET_DIR=/other exec '"+cargo+"' \"$@\"\n"), "it did not use the configuration at the bound, but the target directory \"/other\"", ""},
		"nonsense":      {script(t, "cargo", "echo nonsense\n"), "it does not answer as cargo does", "nonsense"},
		"much nonsense": {script(t, "cargo", "yes nonsense | head -c 3000000\n"), "it does not answer as cargo does", "nonsense"},
		"silent":        {script(t, "cargo", "exit 0\n"), "it does not answer as cargo does", ""},
		"failing":       {script(t, "cargo", "echo no >&2\nexit 3\n"), "it fails where", "no"},
		"killed":        {script(t, "cargo", "kill -9 $$\n"), "it cannot be run", ""},
		"missing":       {filepath.Join(t.TempDir(), "cargo"), "it cannot be run", ""},
	} {
		t.Run(name, func(t *testing.T) {
			tmp := t.TempDir()
			err := Probe(t.Context(), c.program, list(hostEnv(t)), tmp)
			if diag.ExitCode(err) != diag.ExitIsolation || !strings.Contains(err.Error(), c.why) || !strings.Contains(notes(err), c.quoted) {
				t.Errorf("got %v (exit %d)\n%s\nwant exit %d, %q, quoting %q", err, diag.ExitCode(err), notes(err), diag.ExitIsolation, c.why, c.quoted)
			}
			if d, ok := errors.AsType[*diag.Diagnostic](err); ok && (d.Help == "" || len(d.Notes) > quotedLines) {
				t.Errorf("help %q, %d notes", d.Help, len(d.Notes))
			}
			if diff := cmp.Diff([]string(nil), left(t, tmp)); diff != "" {
				t.Errorf("left behind (-want +got):\n%s", diff)
			}
		})
	}
}

// TestProbeStops ends a probe whose cargo does not end.
func TestProbeStops(t *testing.T) {
	started := filepath.Join(t.TempDir(), "started")
	if err := os.Mkdir(started, 0o755); err != nil {
		t.Fatal(err)
	}
	hanging := script(t, "cargo", "mkfifo fifo; : > '"+started+"'/$$; exec cat fifo\n")
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("the user has gone")
	go func() {
		for ctx.Err() == nil {
			if entries, err := os.ReadDir(started); err != nil || len(entries) == 3 {
				cancel(stop)
			}
		}
	}()
	tmp := t.TempDir()
	err := Probe(ctx, hanging, list(hostEnv(t)), tmp)
	if !errors.Is(err, stop) || diag.ExitCode(err) == diag.ExitIsolation {
		t.Errorf("got %v, want %v and not the code of a refusal", err, stop)
	}
	if diff := cmp.Diff([]string(nil), left(t, tmp)); diff != "" {
		t.Errorf("left behind (-want +got):\n%s", diff)
	}
}

func TestProbeNeedsPlace(t *testing.T) {
	if err := Probe(t.Context(), directCargo(t), nil, filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the directory does not exist", err)
	}
	if err := Probe(t.Context(), "cargo", nil, t.TempDir()); err == nil {
		t.Error("a relative program was accepted")
	}
}

// TestProbeEnv keeps what rustup needs and drops what would answer.
func TestProbeEnv(t *testing.T) {
	got := probeEnv([]string{"CARGO_HOME=/c", "HOME=/h", "PATH=/bin", "RUSTC_WRAPPER=w", "RUSTDOC=d", "RUSTUP_AUTO_INSTALL=1", "RUSTUP_HOME=/r", "RUSTUP_TOOLCHAIN=stable", Switch + "=/x"})
	want := []string{"HOME=/h", "PATH=/bin", "RUSTUP_HOME=/r", "RUSTUP_TOOLCHAIN=stable"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !slices.IsSorted(got) {
		t.Error("the order changed")
	}
}
