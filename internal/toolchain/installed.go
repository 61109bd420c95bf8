package toolchain

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Installed is a toolchain as rustup has laid it down.
type Installed struct {
	Name       string   // rustup's name of the directory
	Dir        string   // real path, links resolved
	Release    string   // as `rustc -vV` says: `1.95.0`, `1.97.0-nightly`
	Commit     string   // full commit hash of rustc
	Host       string   // target triple it runs on
	Date       string   // YYYY-MM-DD of the release manifest; empty if unknown
	Components []string // rustup's names, sorted

	custom bool // a directory of which rustup knows nothing
}

// Channel returns the exact channel that names t.
func (t *Installed) Channel() string {
	if Exact(t.Release) {
		return t.Release
	}
	return "nightly-" + t.Date
}

// is reports whether t is what an exact channel names.
func (t *Installed) is(channel string) bool {
	if dated().MatchString(channel) {
		kind, date, _ := strings.Cut(channel, "-")
		return t.Date == date && strings.HasPrefix(t.Name, kind)
	}
	return t.Release == channel
}

// rustcTimeout bounds `rustc -vV` of a toolchain that may be broken; it takes
// about 15 ms.
const rustcTimeout = 20 * time.Second

// Inspect reads the toolchain of one directory. Its rustc is asked for its
// version with an empty environment; nothing else is run.
func Inspect(ctx context.Context, name, dir string) (*Installed, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, rustcTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(real, "bin", "rustc"), "-vV")
	cmd.Env = []string{}
	cmd.Dir = "/"
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return nil, diag.Wrap(err, "asking the toolchain `%s` for its version", name)
	}
	t := &Installed{Name: name, Dir: real}
	if err := t.Said(out); err != nil {
		return nil, err
	}
	t.Date = manifestDate(real)
	t.Components, err = components(real)
	return t, err
}

// Said takes what `rustc -vV` printed.
func (t *Installed) Said(out []byte) error {
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "release":
			t.Release = value
		case "commit-hash":
			t.Commit = value
		case "host":
			t.Host = value
		}
	}
	if t.Release == "" || t.Host == "" {
		return diag.New(diag.ExitFailed, "the toolchain `%s` does not say its release", t.Name)
	}
	return nil
}

// components reads the list that rustup keeps, one name a line.
func components(dir string) ([]string, error) {
	data, err := os.ReadFile(filepath.Join(dir, "lib", "rustlib", "components"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // linked by path, not installed: capture refuses it
	}
	if err != nil {
		return nil, err
	}
	list := strings.Fields(string(data))
	slices.Sort(list)
	return list, nil
}

// manifestDate reads the release date from the head of the channel manifest.
func manifestDate(dir string) string {
	f, err := os.Open(filepath.Join(dir, "lib", "rustlib", "multirust-channel-manifest.toml"))
	if err != nil {
		return ""
	}
	defer f.Close()
	head := make([]byte, 512)
	n, _ := f.Read(head)
	for s := bufio.NewScanner(bytes.NewReader(head[:n])); s.Scan(); {
		if date, ok := strings.CutPrefix(s.Text(), "date = "); ok {
			return strings.Trim(date, `"`)
		}
	}
	return ""
}

var beginsWithDate = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\d{4}-\d{2}-\d{2}`) })

// names lists rustup's toolchain directories, those that begin with first at
// the front.
func names(rustupHome, first string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(rustupHome, "toolchains"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	slices.SortStableFunc(list, func(a, b string) int {
		switch x, y := strings.HasPrefix(a, first), strings.HasPrefix(b, first); {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	})
	return list, nil
}

// Find returns the installed toolchains that are what the pin names, best
// guess first. None is an error with the line that installs it.
func Find(ctx context.Context, rustupHome string, pin Pin) ([]*Installed, error) {
	list, err := names(rustupHome, pin.Channel)
	if err != nil {
		return nil, diag.Wrap(err, "listing the toolchains of rustup")
	}
	var found []*Installed
	var others []string
	seen := map[string]bool{}
	for _, name := range list {
		t, err := Inspect(ctx, name, filepath.Join(rustupHome, "toolchains", name))
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			others = append(others, name+" (does not run here)")
		case seen[t.Dir]:
		case t.is(pin.Channel):
			seen[t.Dir] = true
			found = append(found, t)
		default:
			others = append(others, t.Release)
		}
	}
	if len(found) == 0 {
		return nil, notInstalled(pin, others)
	}
	return found, nil
}

func notInstalled(pin Pin, others []string) error {
	d := diag.New(diag.ExitFailed, "Rust %s is not installed", pin.Channel)
	if pin.File != "" {
		d = d.Note("it is pinned in `%s`", pin.File)
	}
	if len(others) > 0 {
		d = d.Note("rustup has: %s", strings.Join(slices.Compact(others), ", "))
	} else {
		d = d.Note("rustup has no toolchain at all; cargo-hermetic takes toolchains from rustup")
	}
	line := "rustup toolchain install " + pin.Channel + " --profile minimal"
	for _, c := range pin.Components {
		line += " --component " + c
	}
	for _, t := range pin.Targets {
		line += " --target " + t
	}
	return d.WithHelp("%s", line)
}

// Active returns the toolchain that rustup would choose now for dir: the
// variable RUSTUP_TOOLCHAIN (also what `cargo +name` sets), an override of
// dir or a directory above it, the default. Toolchain files are not its
// business: where there is one, there is a pin.
func Active(ctx context.Context, rustupHome, variable, dir string) (*Installed, error) {
	name := variable
	if name == "" {
		settings, err := ReadSettings(rustupHome)
		if err != nil {
			return nil, err
		}
		for d := dir; name == ""; d = filepath.Dir(d) {
			name = settings.Overrides[d]
			if d == filepath.Dir(d) {
				break
			}
		}
		if name == "" {
			name = settings.Default
		}
	}
	if name == "" {
		return nil, diag.New(diag.ExitFailed, "no Rust toolchain is active").
			WithHelp("rustup default stable")
	}
	if filepath.IsAbs(name) {
		return Inspect(ctx, filepath.Base(name), name)
	}
	list, err := names(rustupHome, name)
	if err != nil {
		return nil, diag.Wrap(err, "listing the toolchains of rustup")
	}
	for _, candidate := range list {
		// What follows a channel is the host, but in `nightly-2026-04-16-HOST` a
		// date: another channel.
		rest, ok := strings.CutPrefix(candidate, name+"-")
		if candidate == name || ok && !beginsWithDate().MatchString(rest) {
			return Inspect(ctx, candidate, filepath.Join(rustupHome, "toolchains", candidate))
		}
	}
	return nil, diag.New(diag.ExitFailed, "the active Rust toolchain `%s` is not installed", name).
		WithHelp("rustup toolchain install %s", name)
}
