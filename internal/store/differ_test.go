package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

func TestDifferences(t *testing.T) {
	s := open(t)
	commit := func(files map[string]string) Layer {
		t.Helper()
		b, err := s.Begin("test")
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range files {
			if err := b.AddBytes(name, []byte(text), false); err != nil {
				t.Fatal(err)
			}
		}
		l, err := b.Commit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	first := commit(map[string]string{"bin/rustc": "1", "lib/a": "a", "lib/b": "b"})
	second := commit(map[string]string{"bin/rustc": "2", "lib/a": "a", "lib/c": "b"})
	got, err := s.Differences(first.Digest, second.Digest)
	if err != nil {
		t.Fatal(err)
	}
	want := []Damage{{"bin/rustc", "has other content"}, {"lib/b", "is missing"}, {"lib/c", "was added"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	outline, err := s.Outline(first.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Drop(first.Digest); err != nil {
		t.Fatal(err)
	}
	if got, err = s.Since(outline, first.Digest, second.Digest); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after the layer is gone (-want +got):\n%s", diff)
	}
	if got, err := s.Since(outline[:len(outline)-1], first.Digest, second.Digest); err == nil {
		t.Errorf("an outline that is not whole: %v", got)
	}
	first = commit(map[string]string{"bin/rustc": "1", "lib/a": "a", "lib/b": "b"})
	if got, err := s.Differences(first.Digest, first.Digest); err != nil || len(got) > 0 {
		t.Errorf("a layer differs from itself: %v, %v", got, err)
	}
	for _, pair := range [][2]digest.Digest{{first.Digest, digest.Of(nil)}, {digest.Of(nil), first.Digest}} {
		if got, err := s.Differences(pair[0], pair[1]); err == nil {
			t.Errorf("a layer that is not there: %v", got)
		}
	}
}
