package crates

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
)

// cached writes what cargo keeps of an index.
func cached(t *testing.T, downloads, name, entry, config string) {
	t.Helper()
	dir := filepath.Join(downloads, "registry", "index", name)
	for file, text := range map[string]string{".cache/3/o/one": entry, "config.json": config} {
		if text == "" {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// In the form of cargo 1.95: version, version of the index, what it was asked by,
// and then each version with its line.
const entryOfOne = "\x03\x02\x00\x00\x00etag: \"x\"\x00" +
	"0.9.0\x00{\"name\":\"one\",\"vers\":\"0.9.0\",\"cksum\":\"00\"}\x00" +
	"1.0.0\x00{\"name\":\"one\",\"vers\":\"1.0.0\",\"cksum\":\"aa\"}\x00"

func TestIndicesOf(t *testing.T) {
	one := cargo.LockedPackage{Name: "One", Version: "1.0.0"} // the index has it in lower case
	downloads := t.TempDir()
	if got, err := indicesOf(downloads, one); err != nil || len(got) != 0 {
		t.Errorf("without any index: %v, %v", got, err)
	}
	cached(t, downloads, "a", entryOfOne, "")
	cached(t, downloads, "b", "", "{}")
	cached(t, downloads, "c", strings.ReplaceAll(entryOfOne, "aa", "bb"), "{}")
	got, err := indicesOf(downloads, one)
	if err != nil {
		t.Fatal(err)
	}
	all := filepath.Join(downloads, "registry", "index")
	want := []index{{filepath.Join(all, "a"), "aa"}, {filepath.Join(all, "c"), "bb"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(index{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, err := indicesOf(downloads, cargo.LockedPackage{Name: "one", Version: "2.0.0"}); err != nil || len(got) != 0 {
		t.Errorf("a version that nobody has: %v, %v", got, err)
	}
}

func TestArchiveURL(t *testing.T) {
	for template, want := range map[string]string{
		"https://r.example.org/crates":                      "https://r.example.org/crates/Serde/1.0.0/download",
		"https://r.example.org/{crate}/{version}.crate":     "https://r.example.org/Serde/1.0.0.crate",
		"https://r.example.org/{prefix}/{lowerprefix}/x":    "https://r.example.org/Se/rd/se/rd/x",
		"https://r.example.org/{sha256-checksum}/{crate}-{": "https://r.example.org/aa/Serde-{",
	} {
		if got := archiveURL(template, "aa", cargo.LockedPackage{Name: "Serde", Version: "1.0.0"}); got != want {
			t.Errorf("%s: %s, want %s", template, got, want)
		}
	}
	for name, want := range map[string]string{"a": "1", "ab": "2", "abc": "3/a", "abcd": "ab/cd", "abcde": "ab/cd"} {
		if got := prefixOf(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// What the registry serves is asked for without credentials; what cannot be asked
// for is said, and never guessed.
func TestServed(t *testing.T) {
	one := cargo.LockedPackage{Name: "one", Version: "1.0.0"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" {
			t.Errorf("credentials were sent: %v", r.Header)
		}
		if r.URL.Path != "/one-1.0.0.crate" {
			http.NotFound(w, r)
			return
		}
		if _, err := w.Write([]byte("the bytes")); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	for name, c := range map[string]struct{ config, want, message string }{
		"served":      {`{"dl":"` + server.URL + `/{crate}-{version}.crate"}`, hexSum("the bytes"), ""},
		"not there":   {`{"dl":"` + server.URL + `"}`, "", "answers `404 Not Found`"},
		"credentials": {`{"dl":"` + server.URL + `","auth-required":true}`, "", "it wants credentials"},
		"another way": {`{"dl":"file:///etc/{crate}"}`, "", "unsupported protocol scheme"},
		"no JSON":     {`<html>`, "", "its `config.json`"},
		"git":         {"", "", "its index is a git repository"},
	} {
		t.Run(name, func(t *testing.T) {
			downloads := t.TempDir()
			cached(t, downloads, "a", entryOfOne, c.config)
			got, err := index{filepath.Join(downloads, "registry", "index", "a"), "aa"}.served(t.Context(), one)
			if got != c.want || (err == nil) != (c.message == "") || err != nil && !strings.Contains(err.Error(), c.message) {
				t.Errorf("%q and %v, want %q and %q", got, err, c.want, c.message)
			}
		})
	}
}
