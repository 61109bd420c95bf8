package ui

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// all prints one message of every kind.
func all(s *Shell) {
	s.Status("Hermetic", "rustc %s", "1.95.0")
	s.Status("Compiling", "a\nerror: forged")
	s.Warn("the directory `%s` is odd", "a\x1b[2Jb")
	s.Note("see `%s`", "x")
	s.Error(errors.New("failed"))
	s.Error(nil)
}

func TestShell(t *testing.T) {
	for name, c := range map[string]struct {
		verbosity Verbosity
		color     bool
		want      string
	}{
		"plain": {Normal, false, "" +
			"    Hermetic rustc 1.95.0\n" +
			"   Compiling a\\x0aerror: forged\n" +
			"warning: the directory `a\\x1b[2Jb` is odd\n" +
			"note: see `x`\n" +
			"error: failed\n"},
		"colour": {VeryVerbose, true, "" +
			"\x1b[1m\x1b[92m    Hermetic\x1b[0m rustc 1.95.0\n" +
			"\x1b[1m\x1b[92m   Compiling\x1b[0m a\\x0aerror: forged\n" +
			"\x1b[1m\x1b[33mwarning\x1b[0m: the directory `a\\x1b[2Jb` is odd\n" +
			"\x1b[1m\x1b[92mnote\x1b[0m: see `x`\n" +
			"\x1b[1m\x1b[91merror\x1b[0m: failed\n"},
		"quiet": {Quiet, false, "error: failed\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			s := NewShell(&b, c.verbosity, c.color)
			all(s)
			if diff := cmp.Diff(c.want, b.String()); diff != "" {
				t.Error(diff)
			}
			if s.Verbosity() != c.verbosity || s.Err() != nil {
				t.Error(s.Verbosity(), s.Err())
			}
		})
	}
}

// writes counts writes and fails from the second on.
type writes struct{ n int }

func (w *writes) Write(p []byte) (int, error) {
	if w.n++; w.n > 1 {
		return 0, fs.ErrClosed
	}
	return len(p), nil
}

func TestShellWrites(t *testing.T) {
	var w writes
	s := NewShell(&w, Normal, true)
	s.Error(diag.New(1, "a").Note("b").WithHelp("c"))
	if w.n != 1 || s.Err() != nil {
		t.Errorf("%d writes for one message, %v", w.n, s.Err())
	}
	s.Warn("x")
	if !errors.Is(s.Err(), fs.ErrClosed) {
		t.Error(s.Err())
	}
}

func TestError(t *testing.T) {
	policy := diag.New(diag.ExitPolicy, "unknown key `%s`", "a\nb").In("hermetic.toml", 3, 1).In("other\x1b", 0, 0).
		Note("first").Note("second\nnote: forged").WithHelp("remove it:\n  rm x\r")
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"diagnostic": {policy, "error: unknown key `a\\x0ab`\n" +
			" --> hermetic.toml:3:1\n" +
			" --> other\\x1b\n" +
			"  = note: first\n" +
			"  = note: second\\x0anote: forged\n" +
			"\n" +
			"help: remove it:\n" +
			"        rm x\n"},
		"chain": {diag.Wrap(diag.Wrap(fs.ErrNotExist, "failed to read `%s`", "f\n"), "failed to lock"),
			"error: failed to lock\n\nCaused by:\n  failed to read `f\\x0a`\n\nCaused by:\n  file does not exist\n"},
		"diagnostic in the middle": {diag.Wrap(diag.New(1, "below").In("f", 1, 0).Note("n").WithHelp("h").Because(errors.New("root")), "above"), "" +
			"error: above\n\nCaused by:\n  below\n   --> f:1\n    = note: n\n\nCaused by:\n  root\n\nhelp: h\n"},
		"two help lines, one of them twice": {diag.New(1, "a").WithHelp("x").Because(diag.New(1, "b").WithHelp("y").Because(diag.New(1, "c").WithHelp("x"))), "" +
			"error: a\n\nCaused by:\n  b\n\nCaused by:\n  c\n\nhelp: x\n\nhelp: y\n"},
		"lines of another program": {diag.Wrap(errors.New("dpkg: one\r\n\nerror: \x1b[31mtwo\n\n"), "failed"), "" +
			"error: failed\n\nCaused by:\n  dpkg: one\n\n  error: \\x1b[31mtwo\n"},
		"plain error of several lines": {errors.New("one\nerror: two"), "error: one\n  error: two\n"},
		"joined": {diag.Wrap(errors.Join(errors.New("one"), diag.New(110, "two").In("f", 2, 3).WithHelp("h")), "both"), "" +
			"error: both\n\nCaused by:\n  one\n  f:2:3: two\n   --> f:2:3\n\nhelp: h\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			NewShell(&b, Normal, false).Error(c.err)
			if diff := cmp.Diff(c.want, b.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
	var b bytes.Buffer
	NewShell(&b, Quiet, true).Error(diag.New(1, "a").In("f", 1, 2).Note("n").WithHelp("h"))
	want := "\x1b[1m\x1b[91merror\x1b[0m: a\n \x1b[1m\x1b[94m--> \x1b[0mf:1:2\n" +
		"  \x1b[1m\x1b[94m= \x1b[0m\x1b[1mnote\x1b[0m: n\n\n\x1b[1m\x1b[96mhelp\x1b[0m: h\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"a\\b `c` \"d\"":           "a\\b `c` \"d\"",
		"é 日本 🦀\u0301":             "é 日本 🦀\u0301",
		"a\tb":                     "a\tb",
		"a\r\nb\x00\x7f":           `a\x0d\x0ab\x00\x7f`,
		"\x1b[31m":                 `\x1b[31m`,
		"\u009b31m":                `\u{9b}31m`, // the C1 form of ESC [
		"\u202egpj.exe\u2066":      `\u{202e}gpj.exe\u{2066}`,
		"\u2028\u200b\ufeff\u00a0": `\u{2028}\u{200b}\u{feff}\u{a0}`,
		"a\xffb\xc3":               `a\xffb\xc3`,
		"\ufffd":                   "\ufffd",
	} {
		if diff := cmp.Diff(want, Escape(in)); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
}

// FuzzError checks that whatever stands in an error, its text has only the
// lines that we begin.
func FuzzError(f *testing.F) {
	for _, s := range []string{"", "a", "\n", "\nerror: x", "a\r\nb", "\x1b[2J", "\xff", "\u2028error: x", "\n\nhelp: run x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		err := diag.Wrap(diag.New(1, "%s", s).In(s, 1, 1).Note("%s", s).WithHelp("%s", s).Because(errors.New(s)), "%s", s)
		var b bytes.Buffer
		shell := NewShell(&b, Normal, false)
		shell.Error(err)
		shell.Warn("%s", s)
		text := b.String()
		if !utf8.ValidString(text) {
			t.Fatalf("%q is not UTF-8", text)
		}
		counts := map[string]int{}
		for _, r := range text {
			if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
				t.Fatalf("%q holds %U", text, r)
			}
		}
		for line := range strings.Lines(text) {
			if line != "\n" && line[0] != ' ' {
				word, _, _ := strings.Cut(line, ":")
				counts[word]++
			}
		}
		want := map[string]int{"error": 1, "Caused by": 2, "help": 1, "warning": 1}
		if s == "" {
			delete(want, "help")
		}
		if diff := cmp.Diff(want, counts); diff != "" {
			t.Fatalf("%s\n%s", text, diff)
		}
	})
}
