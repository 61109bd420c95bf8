package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

var (
	sumA = strings.Repeat("0123456789abcdef", 4)
	sumB = strings.Repeat("fedcba9876543210", 4)
)

func TestDownload(t *testing.T) {
	text := `
[[download]]
url = "https://example.org/a/model-1.0.bin?mirror=2"
sha256 = "` + sumA + `"
crate = "ort-sys"
env = "ORT_FILE"
[[download]]
url = "http://127.0.0.1:8000/ui.zip"
sha256 = "` + sumB + `"
crate = "utoipa-swagger-ui@9.0.0"
env = "SWAGGER_UI_DOWNLOAD_URL=file://{path}"
[[download]]
url = "file:third-party/a b.bin"
sha256 = "` + sumA + `"
crate = "x"
path = "assets/x.bin"
`
	got, err := Parse("hermetic.toml", []byte(text), "0.1.0")
	if err == nil {
		t.Fatal("a URL with a space passed", got)
	}
	got, err = Parse("hermetic.toml", []byte(strings.Replace(text, "a b.bin", "a.bin", 1)), "0.1.0")
	if err != nil {
		t.Fatal(err)
	}
	want := []Download{
		{URL: "https://example.org/a/model-1.0.bin?mirror=2", SHA256: sumA, Crate: "ort-sys", Env: "ORT_FILE", Value: "{path}", At: diag.Position{File: "hermetic.toml", Line: 2, Column: 3}},
		{URL: "http://127.0.0.1:8000/ui.zip", SHA256: sumB, Crate: "utoipa-swagger-ui", Version: "9.0.0", Env: "SWAGGER_UI_DOWNLOAD_URL", Value: "file://{path}", At: diag.Position{File: "hermetic.toml", Line: 7, Column: 3}},
		{URL: "file:third-party/a.bin", SHA256: sumA, Crate: "x", Path: "assets/x.bin", At: diag.Position{File: "hermetic.toml", Line: 12, Column: 3}},
	}
	if diff := cmp.Diff(want, got.Downloads); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff((&Policy{}).SystemDigest().String(), got.SystemDigest().String()); diff != "" {
		t.Error("a download makes a lock out of date:", diff)
	}
	for i, want := range []string{"/d/model", "file:///d/model", ""} {
		if diff := cmp.Diff(want, got.Downloads[i].Variable("/d/model")); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff("/d:/d/model", (Download{Value: "{dir}:{path}"}).Variable("/d/model")); diff != "" {
		t.Error(diff)
	}
}

func TestFileName(t *testing.T) {
	for url, want := range map[string]string{
		"https://example.org/a/model-1.0+b.tar.gz":                 "model-1.0+b.tar.gz",
		"https://example.org/a?b=c/d":                              "a",
		"https://example.org/":                                     "file",
		"https://example.org":                                      "file",
		"https://example.org/a/..":                                 "file",
		"https://example.org/a%20b%2Fc$(d)é":                       "c__d__",
		"https://example.org/" + strings.Repeat("a", 200) + ".zip": strings.Repeat("a", 124) + ".zip",
		"file:deep/below/x.bin":                                    "x.bin",
	} {
		if diff := cmp.Diff(want, Download{URL: url}.FileName()); diff != "" {
			t.Error(url, diff)
		}
	}
}

// entryText is a download with one key written otherwise; without it if the value
// is empty.
func entryText(key, value string) string {
	text := "[[download]]\n"
	for _, pair := range [][2]string{{"url", "'https://example.org/a'"}, {"sha256", "'" + sumA + "'"}, {"crate", "'p'"}, {"env", "'A'"}} {
		if pair[0] == key {
			pair[1] = value
		}
		if pair[1] != "" {
			text += pair[0] + " = " + pair[1] + "\n"
		}
	}
	return text
}

func TestDownloadErrors(t *testing.T) {
	const (
		sumHelp = "\nhelp: `sha256sum FILE` prints it, of a file that you have looked at"
		urlHelp = "\nhelp: write the whole URL, beginning with `https://`"
		inRoot  = "\nhelp: write `file:` and the path from the root, such as `file:third-party/model.bin`"
		oneOf   = "111 a download needs `env` or `path`, and not both\n--> hermetic.toml:1:3\nhelp: `env` sets a variable to the place of the file, `path` puts the file at a place"
		place   = "\nhelp: write an absolute path, or one that is relative to the sources of the crate; without `.`, `..` and a slash at the end"
	)
	path := func(value string) string {
		return strings.Replace(entryText("env", "'A'"), "env = 'A'", "path = "+value, 1)
	}
	for name, c := range map[string]struct{ text, want string }{
		"no url":         {entryText("url", ""), "111 a download without `url`\n--> hermetic.toml:1:3"},
		"no digest":      {entryText("sha256", ""), "111 a download without `sha256`: nothing would pin what arrives\n--> hermetic.toml:1:3" + sumHelp},
		"no crate":       {entryText("crate", ""), "111 a download without `crate`\n--> hermetic.toml:1:3\nhelp: name the crate whose build script wants the file"},
		"neither":        {entryText("env", ""), oneOf},
		"both":           {entryText("", "") + "path = 'x'\n", oneOf},
		"unknown key":    {entryText("", "") + "md5 = 'x'\n", "111 unknown key `download[0].md5`\n--> hermetic.toml:6:1"},
		"no table":       {"download = 1", "111 `download` must be an array, but is the integer 1\n--> hermetic.toml:1:12"},
		"url of a type":  {entryText("url", "1"), "111 `download.url` must be a string\n--> hermetic.toml:2:1"},
		"env of a type":  {entryText("env", "1"), "111 `download.env` must be a string\n--> hermetic.toml:5:1"},
		"path of a type": {path("1"), "111 `download.path` must be a string\n--> hermetic.toml:5:1"},
		"short digest":   {entryText("sha256", "'abc'"), "111 \"abc\" is not a SHA-256: 64 lower-case hexadecimal digits\n--> hermetic.toml:3:1" + sumHelp},
		"empty digest":   {entryText("sha256", "''"), "111 \"\" is not a SHA-256: 64 lower-case hexadecimal digits\n--> hermetic.toml:3:1" + sumHelp},
		"capital digest": {entryText("sha256", "'"+strings.ToUpper(sumA)+"'"), "111 \"" + strings.ToUpper(sumA) + "\" is not a SHA-256: 64 lower-case hexadecimal digits\n--> hermetic.toml:3:1" + sumHelp},
		"ftp":            {entryText("url", "'ftp://example.org/a'"), "111 \"ftp://example.org/a\" has another scheme than `https`, `http` and `file`\n--> hermetic.toml:2:1" + urlHelp},
		"no scheme":      {entryText("url", "'example.org/a'"), "111 \"example.org/a\" has another scheme than `https`, `http` and `file`\n--> hermetic.toml:2:1" + urlHelp},
		"capital scheme": {entryText("url", "'HTTPS://example.org/a'"), "111 \"HTTPS://example.org/a\" has another scheme than `https`, `http` and `file`\n--> hermetic.toml:2:1" + urlHelp},
		"absolute file":  {entryText("url", "'file:///etc/passwd'"), "111 \"file:///etc/passwd\" does not name a file of the root\n--> hermetic.toml:2:1" + inRoot},
		"file above":     {entryText("url", "'file:../a'"), "111 \"file:../a\" does not name a file of the root\n--> hermetic.toml:2:1" + inRoot},
		"no host":        {entryText("url", "'https:///a'"), "111 \"https:///a\" does not name a file of a server\n--> hermetic.toml:2:1\nhelp: write the whole URL, without `#`"},
		"fragment":       {entryText("url", "'https://example.org/a#b'"), "111 \"https://example.org/a#b\" does not name a file of a server\n--> hermetic.toml:2:1\nhelp: write the whole URL, without `#`"},
		"password": {entryText("url", "'https://me:secret@example.org/a'"), "111 a URL with a user or a password does not belong into a file that is committed\n--> hermetic.toml:2:1\n" +
			"help: take a place that needs none, or put the file into the root and write `file:PATH`"},
		"newline":        {entryText("url", `"https://example.org/a\nb"`), "111 \"https://example.org/a\\nb\" is not a URL\n--> hermetic.toml:2:1\nhelp: encode what is special in it with `%`"},
		"crate":          {entryText("crate", "'../p'"), "111 \"../p\" does not name a crate\n--> hermetic.toml:4:1\nhelp: write NAME or NAME@VERSION"},
		"reserved":       {entryText("env", "'LD_PRELOAD'"), "111 `LD_PRELOAD` cannot enter the build: " + isLoader + "\n--> hermetic.toml:5:1"},
		"reserved home":  {entryText("env", "'HOME={dir}'"), "111 `HOME` cannot enter the build: " + isView + "\n--> hermetic.toml:5:1"},
		"no variable":    {entryText("env", "'1A'"), "111 `1A` is not a variable name: letters, digits and `_`, the first not a digit\n--> hermetic.toml:5:1"},
		"no placeholder": {entryText("env", "'A=file'"), "111 the value of `A` does not say where the file is\n--> hermetic.toml:5:1\nhelp: write `A` for the path, or a value with {path} or {dir}, such as `A=file://{path}`"},
		"set already":    {"env.set = { A = '1' }\n" + entryText("", ""), "111 `A` is both in a `download` and in `env.set`\n--> hermetic.toml:6:1"},
		"allowed":        {"env.allow = ['A']\n" + entryText("", ""), "111 `A` is both in a `download` and in `env.allow`\n--> hermetic.toml:6:1"},
		"two variables":  {entryText("", "") + entryText("", ""), "111 two downloads set `A`\n--> hermetic.toml:10:1"},
		"two names of one file": {entryText("", "") + strings.Replace(entryText("env", "'B'"), "org/a", "org/b", 1),
			"111 the file with this digest is `a` in another download, and it lies in one place only\n--> hermetic.toml:7:1"},
		"upward path":    {path("'../x'"), "111 \"../x\" is not a place for a file\n--> hermetic.toml:5:1" + place},
		"up and down":    {path("'/opt/../etc/x'"), "111 \"/opt/../etc/x\" is not a place for a file\n--> hermetic.toml:5:1" + place},
		"empty path":     {path("''"), "111 \"\" is not a place for a file\n--> hermetic.toml:5:1" + place},
		"directory":      {path("'x/'"), "111 \"x/\" is not a place for a file\n--> hermetic.toml:5:1" + place},
		"root":           {path("'/'"), "111 \"/\" is not a place for a file\n--> hermetic.toml:5:1" + place},
		"same place":     {path("'x/y'") + path("'x/y'"), "111 two downloads are put at `x/y`\n--> hermetic.toml:10:1"},
		"in one another": {path("'/opt/x'") + path("'/opt/x/y'"), "111 `/opt/x` and `/opt/x/y` of two downloads lie in one another\n--> hermetic.toml:10:1"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Parse("hermetic.toml", []byte(c.text), "0.1.0")
			if diff := cmp.Diff(c.want, report(err)); diff != "" || p != nil {
				t.Error(p, diff)
			}
		})
	}
}

// One file may be put at several places, and lead to several variables.
func TestDownloadTwice(t *testing.T) {
	text := entryText("", "") + entryText("env", "'B={dir}'") + strings.Replace(entryText("", ""), "env = 'A'", "path = 'x'", 1) +
		strings.Replace(strings.Replace(entryText("", ""), "env = 'A'", "path = 'x'", 1), "'p'", "'q'", 1)
	p, err := Parse("hermetic.toml", []byte(text), "0.1.0")
	if err != nil || len(p.Downloads) != 4 {
		t.Error(p, err)
	}
}

// The command line cannot say something else.
func TestDownloadAndFlag(t *testing.T) {
	p := &Policy{Downloads: []Download{{Env: "A", At: diag.Position{File: "hermetic.toml", Line: 1, Column: 3}}}}
	want := "111 `A` is set by a `[[download]]`, and `--allow-env` would say something else\n--> hermetic.toml:1:3\nhelp: remove `--allow-env A`, or the `[[download]]`"
	for _, flag := range []string{"A", "A=secret"} {
		if diff := cmp.Diff(want, report(p.AllowEnv([]string{flag}))); diff != "" {
			t.Error(diff)
		}
	}
	if err := p.AllowEnv([]string{"B"}); err != nil {
		t.Error(err)
	}
}
