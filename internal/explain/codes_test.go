package explain

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// TestCodes: every code of the source has a text, and every text a code.
func TestCodes(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, value)
		}
		return true
	})
	var got []string
	for _, e := range Codes() {
		got = append(got, string(e.Code))
		if e.Title == "" || strings.HasPrefix(e.Title, "H0") {
			t.Errorf("%s has the title %q", e.Code, e.Title)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("(-source +texts):\n%s", diff)
	}
}

// TestTexts: each says why, and has an example with its own code; none is wider
// than a terminal.
func TestTexts(t *testing.T) {
	for _, e := range Codes() {
		text, err := Text(strings.ToLower(string(e.Code)))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{string(e.Code) + ": ", "Example:\n    note: "} {
			if !strings.Contains(text, part) {
				t.Errorf("%s has no %q", e.Code, part)
			}
		}
		for line := range strings.Lines(text) {
			if len(line) > 92 || strings.TrimRight(line, " \n")+"\n" != line {
				t.Errorf("%s: too wide, or blanks at the end: %q", e.Code, line)
			}
		}
	}
	for _, code := range []string{"", "H999", "H1", "H00X", "../H001", "H001.txt", "H0\x1b1"} {
		_, err := Text(code)
		if d := (*diag.Diagnostic)(nil); !errors.As(err, &d) || d.Exit != diag.ExitUsage || strings.Contains(d.Message, "\x1b") {
			t.Errorf("%q: %v", code, err)
		}
	}
}

// TestBenign: every pattern is one, has a reason, and is the only one for its
// own text.
func TestBenign(t *testing.T) {
	var patterns []string
	for _, b := range benign {
		patterns = append(patterns, b.pattern)
		if _, err := path.Match(strings.TrimSuffix(b.pattern, "/"), "/x"); err != nil || b.reason == "" || !path.IsAbs(b.pattern) {
			t.Errorf("%q: %v", b.pattern, err)
		}
	}
	slices.Sort(patterns)
	if len(slices.Compact(slices.Clone(patterns))) != len(patterns) {
		t.Error("a pattern is there twice")
	}
	for p, want := range map[string]bool{
		"/etc/ld.so.cache": true, "/etc/ld.so.cache/x": false, "/usr/lib/locale/C.utf8/LC_ALL": true, "/usr/lib/locale": true,
		"/usr/lib/x86_64-linux-gnu/gconv/gconv-modules": true, "/usr/lib/x86_64-linux-gnu/libssl.so": false, "/": false,
		"/hermetic/home/.gitconfig": true, "/hermetic/home/.netrc": false, "/etc/gitconfig.d": false,
	} {
		if got := isBenign(p); got != want {
			t.Errorf("%s: %t", p, got)
		}
	}
}
