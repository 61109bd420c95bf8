package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// aged is a store with three layers of 100,000 bytes that were last used 30, 20
// and 10 days before now, a memory of 40 days, downloads, and a record.
func aged(t *testing.T, now time.Time) *Store {
	t.Helper()
	s := open(t)
	for n, days := range map[string]int{"a": 30, "b": 20, "c": 10} {
		l := mustCommit(t, s, tree{n: strings.Repeat(n, 100_000)})
		age(t, s.layerPath(l.Digest, useFile), now, days)
	}
	dir := t.TempDir()
	tree{"file": "x"}.plant(t, dir)
	mustHash(t, s, dir, later())
	age(t, s.path(memoryDir, hashedName("key")), now, 40)
	downloads, err := s.Downloads()
	if err != nil {
		t.Fatal(err)
	}
	tree{"registry/cache/x.crate": strings.Repeat("d", 50_000)}.plant(t, downloads)
	if err := errors.Join(s.Remember("plan", "key", "value"), s.Close()); err != nil {
		t.Fatal(err)
	}
	return s
}

func age(t *testing.T, path string, now time.Time, days int) {
	t.Helper()
	then := now.Add(-time.Duration(days) * 24 * time.Hour)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}

// short names items by what tells them apart here.
func short(t *testing.T, items []Item) string {
	t.Helper()
	var all []string
	for _, i := range items {
		name := i.Kind
		for _, n := range []string{"a", "b", "c"} {
			if i.Name == (tree{n: strings.Repeat(n, 100_000)}).digest(t).String() {
				name = n
			}
		}
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

func TestCollectLimits(t *testing.T) {
	now := time.Now()
	sizeOf := func(bytes int64) *int64 { return &bytes }
	days := func(n int) *time.Duration { d := time.Duration(n)*24*time.Hour + time.Hour; return &d }
	tests := map[string]struct {
		limits  Limits
		removed string
		left    string
	}{
		"none":                     {Limits{}, "", "a b c downloads memory"},
		"nothing is old enough":    {Limits{MaxAge: days(50)}, "", "a b c downloads memory"},
		"by age, oldest first":     {Limits{MaxAge: days(15)}, "memory a b", "c downloads"},
		"there is room":            {Limits{MaxSize: sizeOf(1 << 30)}, "", "a b c downloads memory"},
		"by size, oldest first":    {Limits{MaxSize: sizeOf(300_000)}, "memory a", "b c downloads"},
		"by both, the age decides": {Limits{MaxSize: sizeOf(300_000), MaxAge: days(15)}, "memory a b", "c downloads"},
		"by both, the size":        {Limits{MaxSize: sizeOf(90_000), MaxAge: days(35)}, "memory a b c", "downloads"},
		"everything":               {Limits{MaxSize: sizeOf(0)}, "memory a b c downloads", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := aged(t, now)
			for _, name := range []string{"collect", downloadsLock} { // which makes their files
				unlock, err := s.Lock(t.Context(), name, nil)
				if err != nil {
					t.Fatal(err)
				}
				if err := unlock(); err != nil {
					t.Fatal(err)
				}
			}
			test.limits.Now = now
			dry := test.limits
			dry.DryRun = true
			for _, limits := range []Limits{dry, test.limits} {
				before := list(t, s.dir)
				c := collect(t, s, limits)
				if diff := cmp.Diff(test.removed, short(t, c.Removed)); diff != "" {
					t.Errorf("dry run %v: removed (-want +got):\n%s", limits.DryRun, diff)
				}
				if limits.DryRun {
					if diff := cmp.Diff(before, list(t, s.dir)); diff != "" {
						t.Errorf("a dry run changed something (-before +after):\n%s", diff)
					}
				}
			}
			u, err := s.Usage()
			if err != nil {
				t.Fatal(err)
			}
			left := strings.Fields(short(t, u.Items))
			slices.Sort(left)
			if diff := cmp.Diff(test.left, strings.Join(left, " ")); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
			var value string
			if ok, err := s.Recall("plan", "key", &value); !ok || err != nil {
				t.Errorf("a record was removed: %v, %v", ok, err)
			}
			if _, err := os.Stat(s.path(downloadsDir)); err != nil {
				t.Errorf("whoever waits to download has no directory: %v", err)
			}
		})
	}
}

// A fetch that runs keeps its downloads; the next collection may have them.
func TestCollectSparesFetch(t *testing.T) {
	s := open(t)
	downloads, err := s.Downloads()
	if err != nil {
		t.Fatal(err)
	}
	tree{"x": "y"}.plant(t, downloads)
	unlock, err := s.Lock(t.Context(), downloadsLock, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := collect(t, s, everything()); len(c.InUse) != 1 || len(c.Removed) != 0 {
		t.Errorf("collected under a fetch: %+v", c)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if c := collect(t, s, everything()); len(c.Removed) != 1 {
		t.Errorf("kept without a fetch: %+v", c)
	}
	if _, err := os.Lstat(filepath.Join(downloads, "x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("still there: %v", err)
	}
}

// A layer that was used between the listing and the removal stays.
func TestCollectSeesLateUse(t *testing.T) {
	now := time.Now()
	s := aged(t, now)
	items, _, err := s.items()
	if err != nil {
		t.Fatal(err)
	}
	late := reopen(t, s)
	d := (tree{"a": strings.Repeat("a", 100_000)}).digest(t)
	mustLayer(t, late, d)
	if err := late.Close(); err != nil {
		t.Fatal(err)
	}
	for _, i := range items {
		if i.Name != d.String() {
			continue
		}
		if gone, err := s.collect(i, false); gone || err != nil {
			t.Errorf("removed %v, %v", gone, err)
		}
	}
	mustLayer(t, s, d)
}

// The second of two waits, says so, can be cancelled, and does what is left.
func TestCollectOneAtATime(t *testing.T) {
	s := aged(t, time.Now())
	unlock, err := s.Lock(t.Context(), "collect", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := s.Collect(ctx, everything(), cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while it waits: %v", err)
	}
	waiting, done := make(chan bool), make(chan error, 1)
	go func() {
		_, err := s.Collect(t.Context(), everything(), func() { close(waiting) })
		done <- err
	}()
	<-waiting
	if u, err := s.Usage(); err != nil || len(u.Items) != 5 {
		t.Errorf("collected beside another: %+v, %v", u, err)
	}
	if err := errors.Join(unlock(), <-done); err != nil {
		t.Fatal(err)
	}
	if u, err := s.Usage(); err != nil || len(u.Items) != 0 {
		t.Errorf("left: %+v, %v", u, err)
	}
}

// A layer that has lost its manifest or its use file can be listed and removed,
// and what is no layer is left alone.
func TestUsageOfTheOdd(t *testing.T) {
	s := open(t)
	l := mustCommit(t, s, example)
	other := mustCommit(t, s, tree{"other": ""})
	if err := errors.Join(s.Close(), os.Remove(s.layerPath(l.Digest, manifestFile)), os.Remove(s.layerPath(other.Digest, useFile))); err != nil {
		t.Fatal(err)
	}
	tree{"README": "", "mine/file": ""}.plant(t, s.path(layersDir))
	u, err := s.Usage()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, i := range u.Items {
		got[i.Name] = i.Kind
	}
	want := map[string]string{l.Digest.Hex(): LostKind, other.Digest.String(): "test"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"README", "mine"}, u.Foreign); diff != "" {
		t.Errorf("foreign (-want +got):\n%s", diff)
	}
	if c := collect(t, s, everything()); len(c.Removed) != 2 {
		t.Errorf("%+v", c)
	}
	if diff := cmp.Diff([]string{"README", "mine/file"}, list(t, s.path(layersDir))); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

// What Usage says of a layer is what is there.
func TestUsageSizes(t *testing.T) {
	s := open(t)
	mustCommit(t, s, example)
	u, err := s.Usage()
	if err != nil {
		t.Fatal(err)
	}
	i := u.Items[0]
	if i.Files != 5 || i.Apparent != 35 || i.Disk <= i.Apparent || i.Disk > 1<<20 || !i.InUse {
		t.Errorf("%+v", i)
	}
}
