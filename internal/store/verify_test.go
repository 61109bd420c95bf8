package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// verify returns what Verify found in each layer, without the digests.
func verify(t *testing.T, s *Store) map[string]Verified {
	t.Helper()
	found := map[string]Verified{}
	err := s.Verify(t.Context(), func(string, string, int64) {}, func(v Verified) error {
		found[v.Layer] = v
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// conceal writes other content of the same size and makes the memory say that
// nothing happened: what a disk does that loses a bit.
func conceal(t *testing.T, s *Store, l Layer, name, content string) {
	t.Helper()
	path := filepath.Join(l.Dir, name)
	if err := rewrite(path, content); err != nil {
		t.Fatal(err)
	}
	pretend(t, s, l)
	mustLayer(t, s, l.Digest) // stat cannot tell
}

// pretend makes the memory of a layer say that what lies there now is right.
func pretend(t *testing.T, s *Store, l Layer) {
	t.Helper()
	settle(t, s)
	tree, _, err := s.treeOf(l.Digest)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	snap, err := s.lookOnce(tree)
	if err != nil {
		t.Fatal(err)
	}
	if err := snap.remember(s.layerPath(l.Digest), l.Digest); err != nil {
		t.Fatal(err)
	}
}

// Damage that stat cannot see is found and named, all of it, and the next use
// makes the layer again.
func TestVerifyFindsWhatStatCannot(t *testing.T) {
	s := open(t)
	l := committed(t, s)
	other := mustCommit(t, s, tree{"other": "x"})
	want := map[string]Verified{
		l.Digest.String():     {Layer: l.Digest.String(), Kind: "test", Files: 5, Bytes: 35},
		other.Digest.String(): {Layer: other.Digest.String(), Kind: "test", Files: 1, Bytes: 1},
	}
	if diff := cmp.Diff(want, verify(t, s)); diff != "" {
		t.Fatalf("sound (-want +got):\n%s", diff)
	}
	conceal(t, s, l, "src/lib.rs", "fn g() {}\n")
	conceal(t, s, l, "src/a/b/c", "DEEP")

	damaged := want[l.Digest.String()]
	damaged.Damage = []Damage{{"src/a/b/c", "has other content"}, {"src/lib.rs", "has other content"}}
	want[l.Digest.String()] = damaged
	for range 2 { // verifying heals nothing, and forgets nothing
		if diff := cmp.Diff(want, verify(t, s)); diff != "" {
			t.Fatalf("damaged (-want +got):\n%s", diff)
		}
	}
	_, _, err := s.Layer(t.Context(), l.Digest)
	wantDiag(t, err, diag.ExitLock, "`src/a/b/c` has other content")
	mustCommit(t, s, example)
	damaged.Damage = nil
	want[l.Digest.String()] = damaged
	if diff := cmp.Diff(want, verify(t, s)); diff != "" {
		t.Errorf("made again (-want +got):\n%s", diff)
	}
}

func TestVerifyDamage(t *testing.T) {
	tests := map[string]struct {
		damage func(l Layer) error
		want   []Damage
	}{
		"missing, added and changed": {func(l Layer) error {
			return errors.Join(os.Remove(l.Dir+"/build.sh"), os.WriteFile(l.Dir+"/empty/x", nil, 0o444), os.Chmod(l.Dir+"/empty.txt", 0o555))
		}, []Damage{{"build.sh", "is missing"}, {"empty.txt", "became executable"}, {"empty/x", "was added"}}},
		"no tree":     {func(l Layer) error { return os.RemoveAll(l.Dir) }, []Damage{{"tree", "is missing"}}},
		"no manifest": {func(l Layer) error { return os.Remove(l.Dir + "/../manifest") }, []Damage{{"manifest", "cannot be used: "}}},
		"manifest of another": {func(l Layer) error {
			return errors.Join(os.Remove(l.Dir+"/../manifest"), os.WriteFile(l.Dir+"/../manifest", []byte(`{"format":1,"digest":"sha256:`+strings.Repeat("0", 64)+`/1"}`), 0o444))
		}, []Damage{{"manifest", "cannot be used: the manifest says"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			l := committed(t, s)
			if err := test.damage(l); err != nil {
				t.Fatal(err)
			}
			for _, v := range verify(t, s) {
				for i := range v.Damage { // what the system says is not compared
					if i < len(test.want) && strings.HasPrefix(v.Damage[i].What, test.want[i].What) {
						v.Damage[i].What = test.want[i].What
					}
				}
				if diff := cmp.Diff(test.want, v.Damage); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
			// Whatever the memory said before: the next use finds it too.
			_, ok, err := s.Layer(t.Context(), l.Digest)
			if ok || diag.ExitCode(err) != diag.ExitLock {
				t.Errorf("used after that: %v, %v", ok, err)
			}
			if again := mustCommit(t, s, example); again != l {
				t.Errorf("made again as %v", again)
			}
		})
	}
}

// Verifying is no use: what was not used for long is not kept by it.
func TestVerifyIsNoUse(t *testing.T) {
	s := open(t)
	l := committed(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := s.Usage()
	if err != nil {
		t.Fatal(err)
	}
	verify(t, s)
	after, err := s.Usage()
	if err != nil {
		t.Fatal(err)
	}
	if !before.Items[0].LastUse.Equal(after.Items[0].LastUse) || after.Items[0].InUse {
		t.Errorf("before %+v, after %+v", before.Items[0], after.Items[0])
	}
	settle(t, s)
	mustLayer(t, s, l.Digest)
	if used, err := s.Usage(); err != nil || !used.Items[0].LastUse.After(after.Items[0].LastUse) || !used.Items[0].InUse {
		t.Errorf("after a use: %+v, %v", used.Items[0], err)
	}
}

func TestVerifyRecords(t *testing.T) {
	s := open(t)
	for _, key := range []string{"sound", "torn", "changed", "moved"} {
		if err := s.Remember("plan", key, "value of "+key); err != nil {
			t.Fatal(err)
		}
	}
	path := func(key string) string { return s.path(recordsDir, "plan", hashedName(key)) }
	changed, err := os.ReadFile(path("changed"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		os.Truncate(path("torn"), 20),
		os.WriteFile(path("changed"), []byte(strings.Replace(string(changed), "value of", "other of", 1)), 0o600),
		os.Rename(path("moved"), path("elsewhere")),
	); err != nil {
		t.Fatal(err)
	}
	sound, removed, err := s.VerifyRecords(t.Context())
	if err != nil || sound != 1 || len(removed) != 3 {
		t.Fatalf("%d sound, removed %v, %v", sound, removed, err)
	}
	if diff := cmp.Diff([]string{hashedName("sound")}, list(t, s.path(recordsDir, "plan"))); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}
