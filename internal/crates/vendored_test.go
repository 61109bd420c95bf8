package crates

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

func TestCheckVendored(t *testing.T) {
	lists := map[string]string{}
	read := func(name string) ([]byte, error) {
		if text, ok := lists[name]; ok {
			return []byte(text), nil
		}
		return nil, errBroken
	}
	listed, err := json.Marshal(map[string]any{"files": map[string]string{"Cargo.toml": hexSum("m"), "src/lib.rs": hexSum("l")}, "package": nil})
	if err != nil {
		t.Fatal(err)
	}
	const list = "vendor/one/" + checksumFile
	good := map[string]string{
		list: "", "vendor/one/Cargo.toml": hexSum("m"), "vendor/one/src/lib.rs": hexSum("l"),
		"vendor/README.md": "", "vendor/notes/x": "", "vendored/one/src/lib.rs": "", "src/main.rs": "",
	}
	for name, c := range map[string]struct {
		list    string
		change  func(files map[string]string)
		exit    int
		message string // empty: accepted
	}{
		"good":            {string(listed), func(map[string]string) {}, 0, ""},
		"git's files":     {string(listed), func(f map[string]string) { f["vendor/one/.gitattributes"] = "" }, 0, ""},
		"an empty list":   {`{"files":{}}`, func(f map[string]string) { f["vendor/one/src/lib.rs"] = hexSum("x") }, 0, ""},
		"no list":         {"", func(f map[string]string) { delete(f, list); f["vendor/one/x"] = "" }, 0, ""},
		"changed":         {string(listed), func(f map[string]string) { f["vendor/one/src/lib.rs"] = hexSum("x") }, diag.ExitLock, "`vendor/one/src/lib.rs` was changed"},
		"missing":         {string(listed), func(f map[string]string) { delete(f, "vendor/one/src/lib.rs") }, diag.ExitLock, "`vendor/one/src/lib.rs` is missing"},
		"added":           {string(listed), func(f map[string]string) { f["vendor/one/build.rs"] = "" }, diag.ExitLock, "`vendor/one/build.rs` was added"},
		"a list within":   {string(listed), func(f map[string]string) { f["vendor/one/src/"+checksumFile] = "" }, diag.ExitLock, "was added"},
		"no JSON":         {"{", func(map[string]string) {}, diag.ExitFailed, "reading `" + list + "`"},
		"cannot be read":  {"-", func(map[string]string) {}, diag.ExitFailed, errBroken.Error()},
		"another's files": {string(listed), func(f map[string]string) { f["vendor/two/src/lib.rs"] = "x" }, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			files := maps.Clone(good)
			c.change(files)
			if lists[list] = c.list; c.list == "-" {
				delete(lists, list)
			}
			err := CheckVendored("vendor", files, read)
			if c.message == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || diag.ExitCode(err) != c.exit || !strings.Contains(err.Error(), c.message) {
				t.Errorf("exit code %d and %v, want %d and %q", diag.ExitCode(err), err, c.exit, c.message)
			}
			if c.list == "-" && !errors.Is(err, errBroken) {
				t.Errorf("%v hides its cause", err)
			}
		})
	}
}
