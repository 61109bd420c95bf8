package archtest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// testSources is the text of every test of the module.
func testSources(t *testing.T) string {
	t.Helper()
	var source strings.Builder
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "_test.go") {
			var data []byte
			data, err = os.ReadFile(path)
			source.Write(data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return source.String()
}

// testExists says why a test that a page names does not exist: a function, a
// script (`TestScripts/NAME`) or a channel (`ch-ID`).
func testExists(name, sources string) error {
	testdata := filepath.Join("..", "..", "testdata")
	if script, ok := strings.CutPrefix(name, "TestScripts/"); ok {
		_, err := os.Stat(filepath.Join(testdata, "script", script+".txtar"))
		return err
	}
	if strings.HasPrefix(name, "ch-") {
		_, err := os.Stat(filepath.Join(testdata, "census", name+".txtar"))
		return err
	}
	if !strings.Contains(sources, "func "+name+"(") {
		return fmt.Errorf("there is no test %s", name)
	}
	return nil
}
