package build

import (
	"fmt"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toolchain"
)

// otherBuild says that a toolchain of the locked release is another build of it.
func otherBuild(l *lock.Lock, t *toolchain.Installed, channel string) *diag.Diagnostic {
	d := diag.New(diag.ExitLock, "the installed Rust %s is another build than the locked one: commit %.9s, not %.9s", t.Release, t.Commit, l.Toolchain.Commit)
	if t.Host != l.Toolchain.Host {
		d = diag.New(diag.ExitLock, "the installed Rust %s is for another host than the locked one: %s, not %s", t.Release, t.Host, l.Toolchain.Host)
	}
	return d.Note("to get the one that was released: %s", reinstallRust(t.Name, channel)).
		Note("installed: commit %s for %s", t.Commit, t.Host).
		Note("locked:    commit %s for %s", l.Toolchain.Commit, l.Toolchain.Host).
		Note("the store does not hold the locked layer: %s", l.Toolchain.Layer).
		WithHelp("%s", rustHelp)
}

// otherFiles says that a toolchain is the locked build by name, and has other files.
func otherFiles(l *lock.Lock, t *toolchain.Installed, channel string, here digest.Digest) *diag.Diagnostic {
	return diag.New(diag.ExitLock, "the files of the installed Rust %s (%.9s) differ from the locked ones", t.Release, t.Commit).
		Note("to get those that were released: %s", reinstallRust(t.Name, channel)).
		Note("installed: %s in toolchain `%s`", here, t.Name).
		Note("locked:    %s", l.Toolchain.Layer).
		WithHelp("%s", rustHelp)
}

var rustHelp = fmt.Sprintf("get the locked toolchain from who has it (%s), or lock what is here: cargo hermetic lock --update", pullHint("toolchain"))

// reinstallRust are the commands that give a toolchain its files back: rustup
// changes nothing in one that it takes for installed.
func reinstallRust(name, channel string) string {
	return fmt.Sprintf("rustup toolchain uninstall %s && rustup toolchain install %s", name, channel)
}
