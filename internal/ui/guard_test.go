package ui

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// guard passes the parts through a Guard, one write each.
func guard(t *testing.T, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	g := NewGuard(&b)
	for _, p := range parts {
		if n, err := io.WriteString(g, p); n != len(p) || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGuard(t *testing.T) {
	for in, want := range map[string]string{
		"": "=",
		"\x1b[1m\x1b[92m   Compiling\x1b[0m p v0.1.0\n":                        "=",
		"\x1b[0m\x1b[1m\x1b[38;5;9merror[E0308]\x1b[0m\x1b[0m: mismatched\n":   "=",
		"\x1b[38;2;255;0;1mx\x1b[m\x1b[48;5;8;1my\x1b[0;0m\n":                  "=",
		"é 日本 🦀\u0301 \U0001f468\u200d\U0001f469 \u3000\u00a0|\ue0b0 a\tb\r\n": "=",
		// A bar, drawn over, and erased by what comes.
		"  Building [>  ] 0/2\r  Building [=> ] 1/2\r\x1b[K    Finished\n": "  Building [>  ] 0/2\r\x1b[K  Building [=> ] 1/2\r\x1b[K    Finished\n",
		"\x1b[K  Building\r\x1b[K": "=",

		// What drives a terminal.
		"\x1b]0;title\x07":                       `\x1b]0;title\x07` + "\n",
		"\x1b]52;c;aGk=\x1b\\":                   `\x1b]52;c;aGk=\x1b\` + "\n",
		"\x1b]8;;http://x\x1b\\y":                `\x1b]8;;http://x\x1b\y` + "\n",
		"\x1bP+q544e\x1b\\":                      `\x1bP+q544e\x1b\` + "\n",
		"\x1b[c\x1b[>c\x1b[6n\x1b[?1$p":          `\x1b[c\x1b[>c\x1b[6n\x1b[?1$p` + "\n",
		"\x1b[?1049h\x1b[?2004h":                 `\x1b[?1049h\x1b[?2004h` + "\n",
		"\x1b[A\x1b[2J\x1b[1;1H\x1bM":            `\x1b[A\x1b[2J\x1b[1;1H\x1bM` + "\n",
		"\x1b7\x1bc\x1b(0\x1b#8\x1b=":            `\x1b7\x1bc\x1b(0\x1b#8\x1b=` + "\n",
		"\x1b[1K\x1b[2K\x1b[0K":                  `\x1b[1K\x1b[2K` + "\x1b[K\n",
		"\x9b31m\u009b31m\u0090\x90":             `\x9b31m\u{9b}31m\u{90}\x90` + "\n",
		"a\b\b\x00\x7f\v\f\a\x05":                `a\x08\x08\x00\x7f\x0b\x0c\x07\x05` + "\n",
		"\u202egpj\u2066\u2028\ufeff":            `\u{202e}gpj\u{2066}\u{2028}\u{feff}` + "\n",
		"\xff\xc3(\ufffd\xe2\x82":                `\xff\xc3(` + "\ufffd" + `\xe2\x82` + "\n",
		"\x1b[8mx\x1b[1;8mx\x1b[28mx":            `\x1b[8mx\x1b[1;8mx\x1b[28mx` + "\n",
		"\x1b[38;5;8mx\x1b[0m\n":                 "=",
		"\x1b[38;5;999m\x1b[38mx\x1b[4:3m":       `\x1b[38;5;999m\x1b[38mx\x1b[4:3m` + "\n",
		"\x1b[\x1b[1mx\x1b":                      `\x1b[` + "\x1b[1mx" + `\x1b` + "\x1b[0m\n",
		"\x1b[" + strings.Repeat("0", 80) + "mx": `\x1b[` + strings.Repeat("0", 80) + "mx\n",
		"\x1b[?25l\x1b[>4;1m\x1b[5i\x1b[21t":     `\x1b[?25l\x1b[>4;1m\x1b[5i\x1b[21t` + "\n",

		// The end.
		"no end":            "no end\n",
		"\x1b[31mred\n":     "\x1b[31mred\n\x1b[0m",
		"\x1b[31mred":       "\x1b[31mred\x1b[0m\n",
		"12%\r":             "12%\r\n",
		"12%\r\x1b[K":       "=",
		"\x1b[1m\x1b[0mx\n": "=",
		"    \r":            "    \r\n",
	} {
		if want == "=" {
			want = in
		}
		if diff := cmp.Diff(want, guard(t, in)); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
}

func TestGuardReserved(t *testing.T) {
	for in, want := range map[string]string{
		"    Hermetic rustc 1.0\n": "    @Hermetic rustc 1.0\n",
		"Hermetic \n":              "@Hermetic \n",
		"x\n\x1b[1m\x1b[92m    Hermetic\x1b[0m rustc 1.0\n":            "x\n\x1b[1m\x1b[92m    @Hermetic\x1b[0m rustc 1.0\n",
		"warning: weaker isolation: none\n":                            "@warning: weaker isolation: none\n",
		"\x1b[1m\x1b[33mwarning\x1b[0m: weaker isolation: none\n":      "\x1b[1m\x1b[33m@warning\x1b[0m: weaker isolation: none\n",
		"\x1b[32mHe\x1b[32mrm" + strings.Repeat("\x1b[31m", 90) + "\n": "\x1b[32m@He\x1b[32mrm" + strings.Repeat("\x1b[31m", 90) + "\n\x1b[0m",
		"50%\rHermetic x\n": "50%\r\x1b[K@Hermetic x\n",
		// Text that is overwritten in part would be a line that nobody wrote.
		"xxxxHermetic x\r    \n": "xxxxHermetic x\r\x1b[K    \n",
		"\tHermetic x":           "\t@Hermetic x\n",
		"Herm\x1b[Ketic x\n":     "@Hermetic x\n",

		// Others.
		"Hermetic\n":                         "=",
		"Hermetica x\n":                      "=",
		"x Hermetic y\n":                     "=",
		"warning: unused variable\n":         "=",
		"warning: weaker\nwarning: weak":     "warning: weaker\nwarning: weak\n",
		"H":                                  "H\n",
		"Herm\r\nw\r":                        "Herm\r\nw\r\n",
		"note: hermetic builds are\nHello\n": "=",
	} {
		if want == "=" {
			want = in
		}
		want = strings.ReplaceAll(want, "@", insideMark)
		if diff := cmp.Diff(want, guard(t, in)); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
}

// What we write ourselves is among the openings, as it is and in colour.
func TestOpeningsAreOurs(t *testing.T) {
	for _, color := range []bool{false, true} {
		var b bytes.Buffer
		s := NewShell(&b, Normal, color)
		s.Status("Hermetic", "rustc 1.95.0")
		s.Warn("weaker isolation: %s", "no")
		if got := strings.Count(guard(t, b.String()), insideMark); got != 2 {
			t.Errorf("colour %t: %d of 2 lines marked in %q", color, got, guard(t, b.String()))
		}
	}
}

// A bar and a question appear at once: only what is undecided is kept back.
func TestGuardAtOnce(t *testing.T) {
	for in, want := range map[string]string{
		"Proceed? [y/n] ":        "Proceed? [y/n] ",
		"    Building [==>  ] 1": "    Building [==>  ] 1",
		"  \x1b[1mHerm":          "  \x1b[1m",
		"a\xe2\x82":              "a",
		"a\x1b[3":                "a",
		"a\x1b[3z":               `a\x1b[3z`,
		"a\r":                    "a\r",
	} {
		var b bytes.Buffer
		g := NewGuard(&b)
		for _, c := range []byte(in) {
			if _, err := g.Write([]byte{c}); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
}

// Two streams on one screen: halves of a line of ours come on different ones.
func TestGuardsOfOneScreen(t *testing.T) {
	var b bytes.Buffer
	on := newScreen(&b)
	one, two := &Guard{screen: on}, &Guard{screen: on}
	for i, part := range []string{"  Herm", "etic x\n", "\x1b[3", "y\n", "1mz\n"} {
		if _, err := io.WriteString([]*Guard{one, two}[i%2], part); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(one.Close(), two.Close(), one.Close()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("  "+insideMark+"Hermetic x\ny\n\x1b[31mz\n\x1b[0m", b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestGuardWriterFails(t *testing.T) {
	w := &writes{n: 1}
	g := NewGuard(w)
	for range 2 {
		if n, err := g.Write([]byte("ab\n")); n != 0 || !errors.Is(err, fs.ErrClosed) {
			t.Error(n, err)
		}
	}
	if err := g.Close(); !errors.Is(err, fs.ErrClosed) {
		t.Error(err)
	}
	if _, err := g.Write(nil); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
	if w.n != 2 {
		t.Errorf("%d writes after the first that failed", w.n-2)
	}
}

// allowedSequence is what may leave a guard, written down once more.
var allowedSequence = regexp.MustCompile(`\x1b\[(?:[0-9;]*m|K)`)

// checkGuarded fails if text could do more to a terminal than it may.
func checkGuarded(t *testing.T, in, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Fatalf("%q became %q, not UTF-8", in, text)
	}
	for _, s := range allowedSequence.FindAllString(text, -1) {
		if kind, n := sequence([]byte(s)); kind == forbidden || n != len(s) {
			t.Fatalf("%q became %q with %q", in, text, s)
		}
	}
	for _, r := range allowedSequence.ReplaceAllString(text, "") {
		if r != '\n' && r != '\r' && r != '\t' && r != '\u200c' && r != '\u200d' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			t.Fatalf("%q became %q with %U", in, text, r)
		}
	}
	for _, line := range shown(t, in, text) {
		for _, o := range openings {
			if strings.HasPrefix(strings.TrimLeft(line, " \t"), o) {
				t.Fatalf("%q became %q with a line of ours", in, text)
			}
		}
	}
}

// shown is what a terminal shows, line by line. It fails if a line mixes what
// was written with what it was written over, or if the last one has no end.
func shown(t *testing.T, in, text string) (lines []string) {
	t.Helper()
	text = strings.ReplaceAll(text, "\x1b[K", "\x00") // no guard lets it through
	var line []rune
	written := 0 // since the beginning of the line or the last carriage return
	for _, r := range allowedSequence.ReplaceAllString(text, "") {
		switch r {
		case '\r':
			written = 0
		case '\x00':
			line = line[:written]
		case '\n':
			if written > 0 && written < len(line) {
				t.Fatalf("%q became %q, which mixes two lines in %q", in, text, string(line))
			}
			lines = append(lines, string(line))
			line, written = nil, 0
		default:
			line = append(line[:written], append([]rune{r}, line[min(written+1, len(line)):]...)...)
			written++
		}
	}
	if len(line) > 0 {
		t.Fatalf("%q became %q, which ends within a line", in, text)
	}
	return lines
}

func FuzzGuard(f *testing.F) {
	for _, s := range []string{
		"\x1b[1m\x1b[92m    Hermetic\x1b[0m rustc\n", "12%\r50%\r\x1b[Kwarning: weaker isolation", "\x1b]52;c;aGk=\x07\x1b[8mx\x1b[38;5;8mx",
		"\x9b31m\u009bc\u202e\xe2\x80", "\x1b[\x1b[\x1b]\x1b", "Herm\x1b[0m\x1b[Ketic \b", "\r\r\n\t\r Hermetic ", "a\r\x1b[31m \n\x1b[1Kx",
	} {
		f.Add(s, uint64(1))
	}
	f.Fuzz(func(t *testing.T, s string, seed uint64) {
		want := guard(t, s)
		checkGuarded(t, s, want)
		random := rand.New(rand.NewPCG(seed, 0))
		var parts []string
		for rest := s; rest != ""; {
			n := 1 + random.IntN(min(len(rest), 1+random.IntN(20)))
			parts, rest = append(parts, rest[:n]), rest[n:]
		}
		if diff := cmp.Diff(want, guard(t, parts...)); diff != "" {
			t.Fatalf("%q: %s", parts, diff)
		}
		// What has passed once passes again, but for lines that were marked.
		if again := guard(t, want); !strings.Contains(want, insideMark) && again != want {
			t.Fatalf("%q became %q, and that %q", s, want, again)
		}
	})
}
