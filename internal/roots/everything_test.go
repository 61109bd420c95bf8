//go:build !windows

package roots

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// searchAll does with a request whatever a command may do with it: it finds,
// reads configuration, toolchain file and packages, looks for links, and
// explains. Beyond the bounds, where only the explanation looks, there is
// nothing, so that files know what the bounded searches looked at. The error is
// that of Find.
func searchAll(t *testing.T, files Files, req Request) (Found, error) {
	t.Helper()
	found, err := Find(files, req)
	if _, again := Explain(files, &memory{}, req); (again == nil) != (err == nil) || err != nil && again.Error() != err.Error() {
		t.Errorf("Find says %v, Explain %v", err, again)
	}
	if err != nil {
		return found, err
	}
	home := ""
	if req.Default == Draft {
		home = req.Cargo
	}
	if _, err := Configure(files, found.Config, home, nil); err != nil {
		t.Errorf("configuration: %v", err)
	}
	ConfigFile(files, found.Manifests.Bound)
	if pin, ok := ToolchainFile(files, found.Config); ok {
		if _, err := ReadInside(files, pin, found.Config.Bound); err != nil {
			t.Errorf("toolchain file: %v", err)
		}
	}
	if _, err := ReadPackages(files, found, req.Cargo); err != nil {
		t.Errorf("packages: %v", err)
	}
	if _, err := Astray(files, found.Root, req.Covered); err != nil {
		t.Errorf("links: %v", err)
	}
	return found, nil
}

// without returns a list without some of its elements.
func without(list []string, some ...string) []string {
	left := slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(some, s) })
	if len(left) == 0 {
		return nil
	}
	return left
}

// compact takes the spaces out of JSON, and writes an element of it on a line.
func compact(t *testing.T, data []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, data); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(b.String(), ",", ",\n")
}
