//go:build unix

package ui

import (
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hostile is what a guard makes visible.
const hostile, harmless = "\x1b]0;x\x07Hermetic \xff\n", `\x1b]0;x\x07Hermetic \xff` + "\n"

// What is guarded: every terminal, stderr always, stdout not where it is data.
func TestStreamsGuard(t *testing.T) {
	for name, c := range map[string]struct {
		color              string
		terminal, separate bool
		out, err           string
	}{
		"to files":             {"auto", false, false, hostile, harmless},
		"to files, plain":      {"never", false, true, hostile, harmless},
		"to files, in colour":  {"always", false, true, harmless, harmless},
		"to a terminal":        {"auto", true, true, harmless, harmless},
		"to a terminal, plain": {"never", true, true, harmless, harmless},
	} {
		t.Run(name, func(t *testing.T) {
			out, errs := file(t), file(t)
			shown := content
			if c.terminal {
				one, two := newTerminal(t, 80), newTerminal(t, 80)
				out, errs = one.File, two.File
				shown = func(t *testing.T, f *os.File) string {
					tty := one
					if f == two.File {
						tty = two
					}
					return strings.ReplaceAll(tty.text(), "\r\n", "\n")
				}
			}
			direct := func(w io.Writer) (io.WriteCloser, error) { return &through{w}, nil }
			s := &Streams{Stdout: out, Stderr: errs, Color: c.color, Separate: c.separate, FilterOut: direct, FilterErr: direct}
			open(t, s)
			say(t, s.ChildOut, hostile)
			say(t, s.ChildErr, hostile)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff([]string{c.out, c.err}, []string{shown(t, out), shown(t, errs)}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// through changes nothing.
type through struct{ io.Writer }

func (*through) Close() error { return nil }

// Two streams that are kept apart and lead to one terminal share its lines.
func TestStreamsGuardTogether(t *testing.T) {
	tty := newTerminal(t, 80)
	direct := func(w io.Writer) (io.WriteCloser, error) { return &through{w}, nil }
	s := &Streams{Stdout: tty.File, Stderr: tty.File, Color: "auto", Separate: true, FilterOut: direct, FilterErr: direct}
	open(t, s)
	if s.ChildOut == s.ChildErr {
		t.Fatal("one end for two streams that are kept apart")
	}
	var both sync.WaitGroup
	for _, f := range []*os.File{s.ChildOut, s.ChildErr} {
		both.Go(func() {
			for range 500 {
				if _, err := io.WriteString(f, "Hermetic x\n"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	both.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(tty.text()) {
		if strings.HasPrefix(line, "Hermetic ") {
			t.Fatalf("a line of ours: %q", line)
		}
	}
}
