package observation_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

func sample(t testing.TB) ([]byte, *observation.Record) {
	var out bytes.Buffer
	w := observation.NewWriter(&out)
	want := &observation.Record{
		Processes: []observation.Process{
			{ID: 1, PID: 10, Role: observation.Cargo, Exe: "/hermetic/rust/bin/cargo", Dir: "/hermetic/root", Argv: []string{"cargo", "build"}, Env: []observation.Variable{{Name: "A", Hash: "0011223344556677"}}},
			{ID: 2, Parent: 1, PID: 11, Role: observation.BuildScript, Unit: observation.Unit{Package: "openssl-sys", Version: "0.9.100"}, Exe: "/t/build-script-main", Dir: "/r", Argv: []string{"build-script-main"}, Unset: []string{"A"}},
		},
		Accesses: []observation.Access{
			{Process: 2, Op: observation.Look, Path: "/usr/include/openssl/\xffopensslv.h", Outcome: observation.Absent},
			{Process: 1, Op: observation.Open, Path: "/r/Cargo.toml", Asked: "Cargo.toml", Outcome: observation.Found},
			{Process: 2, Op: observation.Open, Path: "/r/Cargo.toml", Asked: "Cargo.toml", Outcome: observation.Found},
			{Process: 2, Op: observation.Look, Path: "/r/Cargo.toml", Outcome: observation.Found},
			{Process: 1, Op: observation.Look, Path: "/r/Cargo.toml", Outcome: observation.Found},
		},
		Exits:   []observation.Exit{{Process: 2, Code: 101}, {Process: 1, Code: 101}},
		Summary: observation.Summary{Calls: 7, Noted: 3},
	}
	// JSON has no bytes that are not UTF-8.
	want.Accesses[0].Path = "/usr/include/openssl/\ufffdopensslv.h"
	w.Process(want.Processes[0])
	w.Process(want.Processes[1])
	for i, a := range want.Accesses {
		if i == 2 {
			w.Again(a.Process, 2)
		} else {
			w.Access(a)
		}
	}
	w.Exit(want.Exits[0])
	w.Exit(want.Exits[1])
	if err := w.Close(observation.Summary{Calls: 7, Noted: 3}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), want
}

func TestRoundTrip(t *testing.T) {
	data, want := sample(t)
	got, err := observation.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var up []string
	for p := range got.Ancestors(2) {
		up = append(up, p.Exe)
	}
	if diff := cmp.Diff([]string{"/t/build-script-main", "/hermetic/rust/bin/cargo"}, up); diff != "" {
		t.Error(diff)
	}
}

// TestAgain has programs that ask for the same, one after the other and in turns.
func TestAgain(t *testing.T) {
	const programs, names = 100, 1100
	var out bytes.Buffer
	w := observation.NewWriter(&out)
	want := &observation.Record{}
	for id := 1; id <= programs; id++ {
		p := observation.Process{ID: id, Argv: []string{}}
		want.Processes = append(want.Processes, p)
		w.Process(p)
	}
	access := func(process, n int) {
		want.Accesses = append(want.Accesses, observation.Access{Process: process, Op: observation.Look, Path: fmt.Sprintf("/usr/include/%d.h", n), Outcome: observation.Found})
	}
	for n := 1; n <= names; n++ {
		access(1, n)
		w.Access(want.Accesses[n-1])
	}
	for id := 2; id <= programs; id++ {
		for n := names; n > 0; n-- {
			access(id, n)
			w.Again(id, n)
		}
	}
	for n := 1; n <= names; n++ {
		access(1+n%2, n)
		w.Again(1+n%2, n)
	}
	if err := w.Close(want.Summary); err != nil {
		t.Fatal(err)
	}
	if size := out.Len(); size > programs*names {
		t.Errorf("%d bytes for %d accesses", size, programs*names)
	}
	got, err := observation.Read(&out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestAgainOfNothing: a number must be that of an access before.
func TestAgainOfNothing(t *testing.T) {
	for _, number := range []int{-1, 0, 2} {
		var out bytes.Buffer
		w := observation.NewWriter(&out)
		w.Process(observation.Process{ID: 1})
		w.Access(observation.Access{Process: 1, Op: observation.Look, Path: "/a", Outcome: observation.Found})
		w.Again(1, number)
		if err := w.Close(observation.Summary{}); err != nil {
			t.Fatal(err)
		}
		if _, err := observation.Read(&out); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("no access %d", number)) {
			t.Errorf("%d: %v", number, err)
		}
	}
}

// TestCut cuts a record at every byte: its writer may be killed at any instant.
func TestCut(t *testing.T) {
	data, _ := sample(t)
	for n := range data {
		got, err := observation.Read(bytes.NewReader(data[:n]))
		if err != nil || !got.Cut && n < len(data)-16 { // the end of the gzip stream
			t.Fatalf("of %d bytes, %d: %+v, %v", len(data), n, got, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	data, _ := sample(f)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := observation.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, a := range rec.Accesses {
			for p := range rec.Ancestors(a.Process) {
				_ = p.Exe
			}
		}
	})
}
