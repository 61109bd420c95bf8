package store

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// formatOne makes a store as the first format had it.
func formatOne(t *testing.T) (*Store, Layer) {
	t.Helper()
	s := open(t)
	l := committed(t, s)
	if err := s.Remember("plan", "key", "value"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(s.layerPath(l.Digest, useFile)); err != nil {
		t.Fatal(err)
	}
	writeVersion(t, s, "1")
	return s, l
}

func writeVersion(t *testing.T, s *Store, format string) {
	t.Helper()
	if err := os.Remove(s.path(versionFile)); err != nil {
		t.Fatal(err)
	}
	tree{versionFile: versionPrefix + format + "\n"}.plant(t, s.dir)
}

// An older store is upgraded in its place and loses nothing; the program that
// made it refuses it from then on, since it would take no locks.
func TestUpgrade(t *testing.T) {
	old, l := formatOne(t)
	s := reopen(t, old)
	if data, err := os.ReadFile(s.path(versionFile)); err != nil || string(data) != "cargo-hermetic store 2\n" {
		t.Errorf("version file %q, %v", data, err)
	}
	var value string
	if ok, err := s.Recall("plan", "key", &value); !ok || err != nil || value != "value" {
		t.Errorf("recalled %q, %v, %v", value, ok, err)
	}
	// Every layer can be locked and has a last use, before anybody uses it.
	u, err := s.Usage()
	if err != nil || len(u.Items) != 1 || u.Items[0].LastUse.IsZero() || u.Items[0].Name != l.Digest.String() {
		t.Errorf("%+v, %v", u, err)
	}
	// By its memory, which the upgrade did not touch: the manifest is not needed.
	if err := os.Remove(s.layerPath(l.Digest, manifestFile)); err != nil {
		t.Fatal(err)
	}
	mustLayer(t, s, l.Digest)
}

// Killed between any two steps, the upgrade is done again.
func TestUpgradeHalfDone(t *testing.T) {
	for name, content := range map[string]tree{
		"before the first step":   {},
		"between two layers":      {"use": ""},
		"in the middle of one":    {".use.ABC.part": ""},
		"before the version file": {"use": "", "../../.version.ABC.part": "cargo-her"},
	} {
		t.Run(name, func(t *testing.T) {
			old, l := formatOne(t)
			content.plant(t, old.layerPath(l.Digest))
			s := reopen(t, old)
			mustLayer(t, s, l.Digest)
			if err := s.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, path := range list(t, s.dir) {
				if strings.HasSuffix(path, ".part") {
					t.Errorf("left behind: %s", path)
				}
			}
		})
	}
}

// A format that nobody knows is not touched by anything: it is not even listed.
func TestNewerIsNotTouched(t *testing.T) {
	s, _ := formatOne(t)
	writeVersion(t, s, "3")
	before := list(t, s.dir)
	if _, err := Open(s.dir); err == nil || !strings.Contains(err.Error(), `"3"`) {
		t.Errorf("opened: %v", err)
	}
	if diff := cmp.Diff(before, list(t, s.dir)); diff != "" {
		t.Errorf("it changed (-before +after):\n%s", diff)
	}
}
