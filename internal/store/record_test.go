package store

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type value struct {
	Name string
	List []int
}

func TestRecords(t *testing.T) {
	s := open(t)
	recall := func(kind, key string) (value, bool) {
		t.Helper()
		var v value
		ok, err := s.Recall(kind, key, &v)
		if err != nil {
			t.Fatal(err)
		}
		return v, ok
	}
	if v, ok := recall("plan", "/a/key with <&> β\x00"); ok {
		t.Errorf("recalled %v from nothing", v)
	}
	want := value{"a <b> & \u2028", []int{1, 2}}
	for _, v := range []value{{"old", nil}, want} {
		if err := s.Remember("plan", "/a/key with <&> β\x00", v); err != nil {
			t.Fatal(err)
		}
	}
	got, ok := recall("plan", "/a/key with <&> β\x00")
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("recalled %v (-want +got):\n%s", ok, diff)
	}
	if v, ok := recall("other", "/a/key with <&> β\x00"); ok {
		t.Errorf("recalled %v from another kind", v)
	}
	for range 2 {
		if err := s.Forget("plan", "/a/key with <&> β\x00"); err != nil {
			t.Fatal(err)
		}
	}
	if v, ok := recall("plan", "/a/key with <&> β\x00"); ok {
		t.Errorf("recalled %v after Forget", v)
	}
}

func TestRecordDamage(t *testing.T) {
	s := open(t)
	if err := s.Remember("plan", "key", value{"name", []int{1}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Remember("plan", "other", value{"other", nil}); err != nil {
		t.Fatal(err)
	}
	path, err := s.recordPath("plan", "key")
	if err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := os.ReadFile(strings.Replace(path, hashedName("key"), hashedName("other"), 1))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"empty": "", "torn": string(good[:len(good)-5]), "flipped": strings.Replace(string(good), "name", "nama", 1),
		"null": "null", "another key's": string(foreign), "no digest": `{"key":"key","value":{}}`,
	} {
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		var v value
		if ok, err := s.Recall("plan", "key", &v); ok || err != nil {
			t.Errorf("%s: recalled %v, %v", name, ok, err)
		}
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	var wrong []string
	if ok, err := s.Recall("plan", "key", &wrong); ok || err != nil {
		t.Errorf("a value of another shape: %v, %v", ok, err)
	}
	var v value
	if ok, err := s.Recall("plan", "key", &v); !ok || err != nil {
		t.Errorf("the good one again: %v, %v", ok, err)
	}
}

func TestRecordErrors(t *testing.T) {
	s := open(t)
	for _, kind := range []string{"", "..", "a/b", "A", "a.b"} {
		var v value
		_, err := s.Recall(kind, "k", &v)
		if err == nil || s.Remember(kind, "k", v) == nil || s.Forget(kind, "k") == nil {
			t.Errorf("%q is taken for a kind", kind)
		}
	}
	if err := s.Remember("plan", "k", func() {}); err == nil {
		t.Error("a function was remembered")
	}
	path, err := s.recordPath("plan", "k")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	var v value
	if _, err := s.Recall("plan", "k", &v); err == nil {
		t.Error("a record that cannot be read counts as absent")
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"key":"k","digest":"","value":null}`))
	f.Add([]byte(`{"key":"k","digest":"sha256:` + strings.Repeat("0", 64) + `/2","value":{}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if value, ok := decodeRecord(data, "k"); ok && len(value) == 0 {
			t.Fatal("accepted a record without a value")
		}
	})
}

func TestLock(t *testing.T) {
	s := open(t)
	unlock, err := s.Lock(t.Context(), "any name /β", func() { t.Error("waits for a free lock") })
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.Lock(t.Context(), "another", func() { t.Error("waits for another lock") })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := s.Lock(ctx, "any name /β", cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("a held lock: %v", err)
	}
	var wait sync.WaitGroup
	waiting := make(chan struct{})
	wait.Go(func() {
		again, err := s.Lock(t.Context(), "any name /β", func() { close(waiting) })
		if err != nil {
			t.Error(err)
			return
		}
		if err := again(); err != nil {
			t.Error(err)
		}
	})
	<-waiting
	if err := errors.Join(unlock(), other()); err != nil {
		t.Fatal(err)
	}
	wait.Wait()
}
