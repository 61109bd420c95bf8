package bounded

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

const (
	// probeLimit is how long one cargo of the probe may take; it reads a few
	// files, which takes 10 to 40 ms.
	probeLimit = 30 * time.Second
	// probeGrace is how long output is waited for from what a stopped cargo
	// left running.
	probeGrace = time.Second
	// probeOutput is how many bytes of each stream are kept.
	probeOutput = 1 << 16
	// quotedLines and quotedBytes bound what a refusal quotes.
	quotedLines = 8
	quotedBytes = 240
)

// said is what one cargo answered.
type said struct {
	code           int
	stdout, stderr head
}

// run starts cargo below top. Its failure is an answer; the error is that it
// could not be run to an end.
func (p *probe) run(ctx context.Context, bound, dir string, args ...string) (*said, error) {
	limited, cancel := context.WithTimeoutCause(ctx, probeLimit, errors.New("it did not end within "+probeLimit.String()))
	defer cancel()
	command := exec.CommandContext(limited, p.cargo, args...)
	command.Dir = filepath.Join(p.top, filepath.FromSlash(dir))
	command.Env = append(p.env[:len(p.env):len(p.env)],
		Switch+"="+filepath.Join(p.top, bound), "CARGO_HOME="+filepath.Join(p.top, emptyHome), "PWD="+command.Dir,
		"RUSTUP_AUTO_INSTALL=0") // three proxies must not install a toolchain at once
	command.WaitDelay = probeGrace
	var answer said
	command.Stdout, command.Stderr = &answer.stdout, &answer.stderr
	err := command.Run()
	if ctx.Err() != nil {
		return nil, diag.Wrap(context.Cause(ctx), "proving that cargo keeps to a root")
	}
	if limited.Err() != nil {
		err = context.Cause(limited)
	}
	exit, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case failed && exit.ExitCode() > 0:
		answer.code = exit.ExitCode()
	case err != nil:
		return nil, p.refuse(&answer, "it cannot be run").Because(err)
	}
	return &answer, nil
}

// refuse is the verdict that the bound does not hold, with cargo's own words.
func (p *probe) refuse(answer *said, why string) *diag.Diagnostic {
	d := diag.New(diag.ExitIsolation, "it is not proved that `%s` keeps to a root: %s", p.cargo, why).
		WithHelp("check that `%s --version` works here and is an ordinary cargo, or use `--isolation namespaces`, which does not rely on it", quote(p.cargo))
	text := strings.TrimSpace(string(answer.stderr) + "\n" + string(answer.stdout))
	for i, line := range strings.Split(strings.ToValidUTF8(text, "\ufffd"), "\n") {
		if i == quotedLines {
			break
		}
		if len(line) > quotedBytes {
			line = strings.ToValidUTF8(line[:quotedBytes], "") + "..."
		}
		if line != "" {
			d = d.Note("it said: %s", line)
		}
	}
	return d
}

// probeEnv is an environment without what could answer in place of the planted
// files. What rustup finds its toolchain by stays: RUSTUP_HOME, HOME and
// RUSTUP_TOOLCHAIN.
func probeEnv(env []string) []string {
	var kept []string
	for _, pair := range env {
		name, _, _ := strings.Cut(pair, "=")
		if runtime.GOOS == "windows" {
			name = strings.ToUpper(name)
		}
		if !strings.HasPrefix(name, "CARGO") && !strings.HasPrefix(name, "__CARGO") &&
			!strings.HasPrefix(name, "RUSTC") && !strings.HasPrefix(name, "RUSTDOC") &&
			name != "RUSTUP_AUTO_INSTALL" && name != "PWD" {
			kept = append(kept, pair)
		}
	}
	return kept
}

// head keeps the first bytes of a stream and takes the rest without keeping it,
// so that a program cannot fill the memory and is not stopped by a full pipe.
type head []byte

func (h *head) Write(data []byte) (int, error) {
	*h = append(*h, data[:min(len(data), probeOutput-len(*h))]...)
	return len(data), nil
}
