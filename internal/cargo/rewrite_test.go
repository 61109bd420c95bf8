package cargo

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

var testPairs = []PathPair{
	{"/hermetic/root", "/home/me/my \"proj"},
	{"/hermetic/target", "/home/me/my \"proj/target/hermetic"},
	{"/hermetic/root/vendored", "/store/v"},
	{"/hermetic/run ", ""},
}

// rewrite passes the parts through a Rewriter, one write each.
func rewrite(t *testing.T, pairs []PathPair, options RewriteOptions, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	r, err := NewRewriter(&b, pairs, options)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if n, err := io.WriteString(r, p); n != len(p) || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRewriteText(t *testing.T) {
	for in, want := range map[string]string{
		"":                                "",
		"/hermetic/root":                  "R",
		"/hermetic/root\n":                "R\n",
		"(/hermetic/root)":                "(R)",
		"--> /hermetic/root/src/a.rs:3:1": "--> R/src/a.rs:3:1",
		"`/hermetic/root`, '/hermetic/root': \"/hermetic/root\"":   "`R`, 'R': \"R\"",
		"A=/hermetic/root:/hermetic/target,/hermetic/root;":        "A=R:R/target/hermetic,R;",
		"-L/hermetic/root/x -I/hermetic/root @/hermetic/target/a":  "-LR/x -IR @R/target/hermetic/a",
		"in /hermetic/root. And /hermetic/root... /hermetic/root.": "in R. And R... R.",

		// the end of the name
		"/hermetic/rootx /hermetic/root-x /hermetic/root.x /hermetic/root_": "=",
		"/hermetic/rooté /hermetic/root~ /hermetic/root./x":                 "=",
		"/hermetic/roo /hermetic /hermetic/ /":                              "=",
		"/hermetic/root/vendored/x /hermetic/root/vendoredx":                "/store/v/x R/vendoredx",

		// the beginning
		"/home/hermetic/root x/hermetic/root ../hermetic/root é/hermetic/root": "=",
		"/hermetic/root/hermetic/root":                                         "R/hermetic/root",
		"--x/hermetic/root -Lx/hermetic/root -/hermetic/root":                  "=",
		"//hermetic/root":                                       "=",
		"\x1b[1m/hermetic/root\x1b[0m":                          "\x1b[1mR\x1b[0m",
		"\x1b[38;5;9m/hermetic/root":                            "\x1b[38;5;9mR",
		"x[1m/hermetic/root":                                    "=",
		"\\n/hermetic/root":                                     "=",
		"\x1b/hermetic/root":                                    "=",
		"12%\r/hermetic/root\r":                                 "12%\rR\r",
		"\x00/hermetic/root\xff/hermetic/root":                  "=",
		"{\"a\":\"/hermetic/root\"}":                            "{\"a\":\"R\"}",
		"     Running `/hermetic/run /hermetic/target/debug/x`": "     Running `R/target/hermetic/debug/x`",
		"/hermetic/run/x /hermetic/runner /hermetic/run":        "=",

		// URLs
		"path+file:///hermetic/root#demo@0.1.0 ":            "path+file://U#demo@0.1.0 ",
		"path+file:///hermetic/root/a#demo@0.1.0":           "path+file://U/a#demo@0.1.0",
		"path+file:///hermetic/root#0.1.0-rc.1+b":           "path+file://U#root@0.1.0-rc.1+b",
		"path+file:///hermetic/root/vendored#v@1.0.0":       "path+file:///store/v#1.0.0",
		"path+file:///hermetic/root/vendored#1.0.0":         "path+file:///store/v#vendored@1.0.0",
		"demo 0.1.0 (path+file:///hermetic/root)":           "demo 0.1.0 (path+file://U)",
		"file:///hermetic/root#":                            "file://U#",
		"file:///hermetic/root#name":                        "file://U#name",
		"file:///hermetic/root?x#v@1.0.0":                   "file://U?x#v@1.0.0",
		"file:///hermetic/root%20x file:///hermetic/runs":   "=",
		"file:///hermetic/root#" + strings.Repeat("1", 300): "file://U#" + strings.Repeat("1", 300),
		"http://hermetic/root file:////hermetic/root":       "=",
		"ffile:///hermetic/root":                            "ffile://U",
	} {
		if want == "=" {
			want = in
		}
		want = strings.NewReplacer("Running", "Running", "R", "/home/me/my \"proj", "U", "/home/me/my%20%22proj").Replace(want)
		if diff := cmp.Diff(want, rewrite(t, testPairs, RewriteOptions{}, in)); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
}

func TestRewriteJSON(t *testing.T) {
	pairs := []PathPair{{"/hermetic/root", "/a \"b\"\\\x01\n\x7fé"}}
	in := `{"id":"path+file:///hermetic/root#demo@0.1.0","src_path":"/hermetic/root/src"}
{"rendered":"a\n/hermetic/root/x\u001b[0m/hermetic/root\u001b[1m\t/hermetic/root\\/hermetic/root\n\u00e9/hermetic/root\/hermetic/root"}
test output /hermetic/root\n/hermetic/root
 {"/hermetic/root"}`
	json := `/a \"b\"\\\u0001\n` + "\x7fé"
	want := `{"id":"path+file:///a%20%22b%22%5C%01%0A%7F%C3%A9#demo@0.1.0","src_path":"` + json + `/src"}
{"rendered":"a\n` + json + `/x\u001b[0m` + json + `\u001b[1m\t` + json + `\\` + json + `\n\u00e9/hermetic/root\/hermetic/root"}
test output ` + pairs[0].To + `\n/hermetic/root
 {"` + pairs[0].To + `"}`
	if diff := cmp.Diff(want, rewrite(t, pairs, RewriteOptions{JSON: true}, in)); diff != "" {
		t.Error(diff)
	}
}

func TestRewriteToRootDirectory(t *testing.T) {
	pairs := []PathPair{{"/hermetic/root", "/"}}
	in := "/hermetic/root /hermetic/root/src file:///hermetic/root/x file:///hermetic/root#0.1.0"
	want := "/ /src file:///x file:///#root@0.1.0"
	if diff := cmp.Diff(want, rewrite(t, pairs, RewriteOptions{}, in)); diff != "" {
		t.Error(diff)
	}
}

// TestRewriteAtOnce gives the output byte by byte and looks after each at what
// has come out.
func TestRewriteAtOnce(t *testing.T) {
	for in, held := range map[string]string{
		"Proceed? [y/n] ":           "",
		"    Building [==>  ]\r":    "",
		"a/h":                       "",
		"a /h":                      "/h",
		"/hermetic/roo":             "/hermetic/roo",
		"/hermetic/rooz":            "",
		"/hermetic/root":            "/hermetic/root",
		"/hermetic/root.":           "/hermetic/root.",
		"/hermetic/root:":           "",
		"/hermetic/root/":           "/hermetic/root/",
		"/hermetic/root/x":          "",
		"file:///hermetic/root#1":   "/hermetic/root#1",
		"file:///hermetic/root#1\"": "",
	} {
		var b bytes.Buffer
		r, err := NewRewriter(&b, testPairs, RewriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []byte(in) {
			if _, err := r.Write([]byte{c}); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(held, string(r.held)); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
		want := rewrite(t, testPairs, RewriteOptions{}, strings.TrimSuffix(in, held))
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
}

func TestObserve(t *testing.T) {
	var lines []string
	options := RewriteOptions{Observe: func(line string) { lines = append(lines, line) }}
	long := strings.Repeat("x", MaxObservedLine)
	rewrite(t, testPairs, options, "a /hermetic/root b\r\n\n", "par", "t\rerr", "or: Read-only file system (os error 30)\n", long, "yy\nend")
	want := []string{"a /hermetic/root b", "part", "error: Read-only file system (os error 30)", long, "end"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

func TestNewRewriterErrors(t *testing.T) {
	for _, pairs := range [][]PathPair{
		{{"", "/a"}}, {{"/", "/a"}}, {{"hermetic", "/a"}}, {{"/a/", "/b"}}, {{"/a b", "/b"}}, {{"/a ", "/b"}}, {{"/a\n", ""}}, {{"/é", "/b"}},
		{{"/a%20", "/b"}}, {{"/a", "b"}}, {{"/a", "/b/"}}, {{"/a", "/b/../c"}}, {{"/a", "/b"}, {"/a", "/c"}}, {{" ", ""}},
	} {
		if _, err := NewRewriter(io.Discard, pairs, RewriteOptions{}); err == nil {
			t.Errorf("%q was taken", pairs)
		}
	}
	latin := []PathPair{{"/a", "/b\xff"}}
	if diff := cmp.Diff("/b\xff file:///b%FF", rewrite(t, latin, RewriteOptions{}, "/a file:///a")); diff != "" {
		t.Error(diff)
	}
	_, err := NewRewriter(io.Discard, latin, RewriteOptions{JSON: true})
	if _, ok := errors.AsType[*diag.Diagnostic](err); !ok {
		t.Error(err)
	}
}

// failing fails on every write.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, fs.ErrPermission }

func TestRewriteWriterFails(t *testing.T) {
	r, err := NewRewriter(failing{}, testPairs, RewriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if n, err := r.Write([]byte("a")); n != 0 || !errors.Is(err, fs.ErrPermission) {
			t.Error(n, err)
		}
	}
	if err := r.Close(); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
	if _, err := r.Write([]byte("a")); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
}

// TestRewriteAsCargo has cargo describe the same package in two directories:
// what it says of the one, rewritten, is what it says of the other.
func TestRewriteAsCargo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths of a world are those of Linux")
	}
	cargo, err := exec.LookPath("cargo")
	if err != nil {
		t.Skip("cargo is not installed")
	}
	describe := func(dir, name string) string {
		for _, d := range []string{dir, filepath.Join(dir, "member")} {
			if err := os.MkdirAll(filepath.Join(d, "src"), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(d, "src", "lib.rs"), nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		for file, text := range map[string]string{
			"Cargo.toml":        "workspace = { members = ['member'] }\npackage = { name = '" + name + "', version = '0.1.0', edition = '2021' }\n",
			"member/Cargo.toml": "package = { name = 'member', version = '0.2.0', edition = '2021' }\n",
		} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command(cargo, "metadata", "--offline", "--no-deps", "--format-version", "1")
		cmd.Dir = dir
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, &stderr)
		}
		return string(out)
	}
	var all []byte
	for c := byte(1); c < 0x7f; c++ { // DEL is lost in cargo's own output stream
		if c != '/' {
			all = append(all, c)
		}
	}
	for _, c := range []struct{ host, name string }{
		{"demo", "demo"}, {"elsewhere", "root"}, {string(all) + "é", "demo"}, {"a b", "root"},
	} {
		from, to := filepath.Join(t.TempDir(), "root"), filepath.Join(t.TempDir(), c.host)
		inWorld, onHost := describe(from, c.name), describe(to, c.name)
		if inWorld == onHost {
			t.Fatal("cargo says the same of both")
		}
		if diff := cmp.Diff(onHost, rewrite(t, []PathPair{{from, to}}, RewriteOptions{JSON: true}, inWorld)); diff != "" {
			t.Errorf("%q: %s", c.host, diff)
		}
	}
}

func FuzzRewrite(f *testing.F) {
	for _, s := range []string{
		"/hermetic/root/hermetic/root", "file:///hermetic/root#root@0.1.0\"", "{\"a\":\"\\n/hermetic/root\\u001b[0m/hermetic/target\"}\n/hermetic/root",
		"Running `/hermetic/run /hermetic/target/x`", "\x1b[1m/hermetic/root...", "/hermetic/root/vendore -L/hermetic/root", "file:///hermetic/root#\xff",
	} {
		f.Add(s, uint64(1))
	}
	f.Fuzz(func(t *testing.T, s string, seed uint64) {
		for _, options := range []RewriteOptions{{}, {JSON: true}} {
			var whole, cut []string
			options.Observe = func(line string) { whole = append(whole, line) }
			want := rewrite(t, testPairs, options, s)
			random := rand.New(rand.NewPCG(seed, 0))
			var parts []string
			for rest := s; rest != ""; {
				n := 1 + random.IntN(min(len(rest), 1+random.IntN(20)))
				parts, rest = append(parts, rest[:n]), rest[n:]
			}
			options.Observe = func(line string) { cut = append(cut, line) }
			if diff := cmp.Diff(want, rewrite(t, testPairs, options, parts...)); diff != "" {
				t.Fatalf("%q: %s", parts, diff)
			}
			if diff := cmp.Diff(whole, cut); diff != "" {
				t.Fatalf("%q: %s", parts, diff)
			}
			if !strings.Contains(s, "/hermetic/r") && !strings.Contains(s, "/hermetic/t") && want != s {
				t.Fatalf("%q became %q", s, want)
			}
		}
	})
}
