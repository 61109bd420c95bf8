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
	for _, a := range want.Accesses {
		w.Access(a)
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

// TestAgain has programs that ask for the same, and more text than is kept.
func TestAgain(t *testing.T) {
	var out bytes.Buffer
	w := observation.NewWriter(&out)
	want := &observation.Record{}
	const programs, names = 3, 6000
	for id := range programs {
		p := observation.Process{ID: id + 1, Argv: []string{}}
		want.Processes = append(want.Processes, p)
		w.Process(p)
	}
	for id := range programs {
		for n := range names {
			name := fmt.Sprintf("/%04d/", n%(names-id*1000)) + strings.Repeat("x", 4000)
			a := observation.Access{Process: id + 1, Op: observation.Look, Path: name, Outcome: observation.Absent}
			want.Accesses = append(want.Accesses, a)
			w.Access(a)
		}
	}
	if err := w.Close(want.Summary); err != nil {
		t.Fatal(err)
	}
	got, err := observation.Read(&out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestAgainSmall has as many programs as a build of C, each of which asks for the same.
func TestAgainSmall(t *testing.T) {
	var out bytes.Buffer
	w := observation.NewWriter(&out)
	const programs, names = 1000, 100
	for id := range programs {
		w.Process(observation.Process{ID: id + 1})
		for n := range names {
			w.Access(observation.Access{Process: id + 1, Op: observation.Look, Path: fmt.Sprintf("/usr/include/%d.h", n), Outcome: observation.Found})
		}
	}
	if err := w.Close(observation.Summary{}); err != nil {
		t.Fatal(err)
	}
	if size := out.Len(); size > programs*names/2 {
		t.Errorf("%d bytes for %d accesses", size, programs*names)
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
