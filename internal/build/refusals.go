package build

import (
	"strings"
	"sync"

	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// refusals watches what cargo prints for a refusal by the kernel, so that a
// failed build says in one line why the file system was read-only. The
// supervisor will know instead of guess.
type refusals struct {
	mu       sync.Mutex
	unit     string // the build script or test that cargo named last
	readOnly bool
	offline  bool
	unlocked bool
}

// line looks at one line of output. It is called from both streams.
func (r *refusals) line(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, after, ok := strings.Cut(text, "failed to run custom build command for `"); ok {
		r.unit, _, _ = strings.Cut(after, " (") // without its place
		r.unit, _, _ = strings.Cut(r.unit, "`")
	}
	// strerror(EROFS), and Rust's form of it.
	if strings.Contains(text, "Read-only file system") || strings.Contains(text, "os error 30") {
		r.readOnly = true
	}
	// cargo advises to remove a flag that nobody gave.
	if strings.Contains(text, "because --locked was passed") {
		r.unlocked = true
	}
	// ENETUNREACH, and what name resolution says without a network.
	if strings.Contains(text, "os error 101") || strings.Contains(text, "Network is unreachable") || strings.Contains(text, "failure in name resolution") {
		r.offline = true
	}
}

// explain says in a line each what was refused.
func (r *refusals) explain(shell *ui.Shell) {
	r.mu.Lock()
	defer r.mu.Unlock()
	who := "the build"
	if r.unit != "" {
		who = "`" + ui.Escape(r.unit) + "`"
	}
	if r.readOnly {
		shell.Note("%s tried to write outside its outputs, and the kernel refused: in a hermetic build only OUT_DIR, the target directory and the temporary directory can be written", who)
	}
	if r.unlocked {
		shell.Note("Cargo.lock does not agree with the manifests, and a hermetic build never changes it; bring it up to date with `cargo update --workspace`, and commit it")
	}
	if r.offline {
		shell.Note("%s tried to reach the network, and there is none in a hermetic build: put what it downloads into the root", who)
	}
}
