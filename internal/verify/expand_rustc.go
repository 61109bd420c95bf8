package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
)

// To have the source of one unit after expansion, and to change nothing else, cargo
// is given a wrapper of rustc (RUSTC_WRAPPER): this tool, copied into the copy of the
// root. For the units in the list beside it, it runs rustc once more before, with an
// option for which rustc wants to be a nightly one or RUSTC_BOOTSTRAP=1. That variable
// is in the environment of this one process, since build scripts choose features by
// it; `cargo rustc -- -Zunpretty` would show it to all.
//
// What a build can see of it: one name more at the top of the root, RUSTC_WRAPPER in
// the environment of build scripts, and that macros of these units run twice.
const (
	standInDir   = ".hermetic-expansion"
	standInUnits = "units.json"
	standInRustc = worldRoot + "/" + standInDir + "/rustc"
)

// Names of what it leaves in the target directory, behind the unit's stem.
const (
	sourceSuffix = ".rs"   // only where rustc succeeded
	saidSuffix   = ".said" // what it printed beside
)

// expansionStem is how names begin for the unit at an index of the list. What follows
// is cargo's digest of the unit, if its files have one in their names.
func expansionStem(unit int) string { return fmt.Sprintf("expansion-%d.", unit) }

// standIn puts the wrapper and its list into a copy of the root, and asks for it.
func standIn(c *circumstances, units []Unit) error {
	dir := filepath.Join(c.root, standInDir)
	if err := os.Mkdir(dir, 0o755); err != nil { // also if the root has one
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	program, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	data, err := json.Marshal(units)
	if err != nil {
		return err
	}
	c.args = append(c.args, "--allow-env=RUSTC_WRAPPER="+standInRustc)
	return errors.Join(
		os.WriteFile(filepath.Join(dir, path.Base(standInRustc)), program, 0o755),
		os.WriteFile(filepath.Join(dir, standInUnits), data, 0o644),
	)
}

// IsStandIn reports whether this process was started as that wrapper.
func IsStandIn(args []string) bool { return len(args) > 1 && args[0] == standInRustc }

// StandIn expands if it is one of the units, and then becomes the rustc that cargo
// asked for. It returns only if it could not.
func StandIn(args []string) error {
	data, err := os.ReadFile(filepath.Join(filepath.Dir(args[0]), standInUnits))
	if err != nil {
		return err
	}
	var units []Unit
	if err := json.Unmarshal(data, &units); err != nil {
		return err
	}
	if i := slices.IndexFunc(units, Unit.compiled); i >= 0 {
		if err := expandTo(path.Join(worldTarget, expansionStem(i)), args[1], args[2:]); err != nil {
			return err
		}
	}
	return build.Become(args[1:])
}

// compiled reports whether cargo started this process to compile a unit. What a build
// script starts has no crate.
func (u Unit) compiled() bool {
	crate := os.Getenv("CARGO_CRATE_NAME")
	if u.Package != os.Getenv("CARGO_PKG_NAME") || u.Version != os.Getenv("CARGO_PKG_VERSION") || crate == "" {
		return false
	}
	if u.Kind == scriptBuild {
		return strings.HasPrefix(crate, "build_script_")
	}
	return u.Crate == crate
}

// expandTo writes the source after expansion, or only what rustc says if it cannot.
// That is no error: the build goes on.
func expandTo(stem, rustc string, args []string) error {
	for _, arg := range args {
		if id, ok := strings.CutPrefix(arg, "extra-filename="); ok {
			stem += path.Base(id)
		}
	}
	var source, said bytes.Buffer
	cmd := exec.Command(rustc, append(slices.Clone(args), "-Zunpretty=expanded")...)
	cmd.Stdout, cmd.Stderr, cmd.Env = &source, &said, append(os.Environ(), "RUSTC_BOOTSTRAP=1")
	if err := cmd.Run(); cmd.ProcessState == nil {
		return err // it did not even begin
	}
	if cmd.ProcessState.Success() {
		if err := os.WriteFile(stem+sourceSuffix, source.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(stem+saidSuffix, said.Bytes(), 0o644)
}

// mostRefusal is how much of what rustc said is looked at, in bytes.
const mostRefusal = 1 << 20

// refusal is the error for a unit that rustc did not expand: the first error of what
// it said, which is a JSON value a line when cargo asks.
func refusal(said string) error {
	f, err := os.Open(said)
	if err != nil {
		return err
	}
	defer f.Close() // only read
	data, err := io.ReadAll(io.LimitReader(f, mostRefusal))
	if err != nil {
		return err
	}
	for line := range bytes.Lines(data) {
		var d struct{ Level, Message string }
		if err := json.Unmarshal(line, &d); err != nil {
			d.Level, d.Message, _ = strings.Cut(string(bytes.TrimSpace(line)), ": ")
		}
		if strings.HasPrefix(d.Level, "error") {
			return errors.New("rustc refused: " + d.Message)
		}
	}
	return errors.New("rustc failed and named no error")
}

// mostReason is how much of a reason is shown, in bytes.
const mostReason = 300

// cut keeps the first line of a reason, and not more than people read.
func cut(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	if len(text) > mostReason {
		text = strings.ToValidUTF8(text[:mostReason], "") + " ..."
	}
	return text
}
