//go:build linux

package tracer

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const stackBase = 0x7ffc_0000_1000

// stackImage lays a stack out as the kernel does.
func stackImage(argv, env []string, aux ...uint64) []byte {
	words := 1 + len(argv) + 1 + len(env) + 1 + len(aux)
	var head, texts []byte
	put := func(v uint64) { head = binary.LittleEndian.AppendUint64(head, v) }
	text := func(s string) {
		put(stackBase + uint64(words*word+len(texts)))
		texts = append(append(texts, s...), 0)
	}
	put(uint64(len(argv)))
	for _, s := range argv {
		text(s)
	}
	put(0)
	for _, s := range env {
		text(s)
	}
	put(0)
	for _, v := range aux {
		put(v)
	}
	return append(head, texts...)
}

func TestParseImage(t *testing.T) {
	type parsed struct {
		Argv, Env []string
		Random    uint64
		Found     bool
	}
	for _, c := range []struct {
		name string
		data []byte
		want parsed
	}{
		{"ordinary", stackImage([]string{"cc", "-c"}, []string{"A=1", "B="}, AuxHardware, 7, AuxRandom, 42, AuxNull, 0),
			parsed{[]string{"cc", "-c"}, []string{"A=1", "B="}, 42, true}},
		{"nothing at all", stackImage(nil, nil, AuxNull, 0), parsed{}},
		{"empty texts", stackImage([]string{""}, []string{""}, AuxNull, 0), parsed{Argv: []string{""}, Env: []string{""}}},
		{"a variable without a value", stackImage([]string{"x"}, []string{"no"}, AuxNull, 0), parsed{Argv: []string{"x"}, Env: []string{"no"}}},
		{"entries behind the end", stackImage([]string{"x"}, nil, AuxNull, 0, AuxRandom, 1), parsed{Argv: []string{"x"}}},
		{"an entry whose value is a kind", stackImage([]string{"x"}, nil, AuxHardware, AuxRandom, AuxNull, 0), parsed{Argv: []string{"x"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			im, err := parseImage(stackBase, c.data)
			if err != nil {
				t.Fatal(err)
			}
			got := parsed{Argv: im.argv}
			for _, e := range im.env {
				got.Env = append(got.Env, e.text)
			}
			_, got.Random, got.Found = im.auxiliary(AuxRandom)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestParseImageRefuses: a stack that is cut anywhere but in what nobody names, or
// names what is not in it.
func TestParseImageRefuses(t *testing.T) {
	whole := stackImage([]string{"x", "y"}, []string{"A=1"}, AuxRandom, 1, AuxNull, 0)
	for n := range len(whole) {
		if _, err := parseImage(stackBase, whole[:n]); err == nil {
			t.Errorf("%d of %d bytes are taken for a stack", n, len(whole))
		}
	}
	for name, change := range map[string]func([]byte){
		"a count that is too large":     func(d []byte) { d[0] = 3 },
		"a count that is far too large": func(d []byte) { d[7] = 0x80 },
		"a count that is too small":     func(d []byte) { d[0] = 1 },
		"an address below":              func(d []byte) { binary.LittleEndian.PutUint64(d[word:], stackBase-1) },
		"an address above":              func(d []byte) { binary.LittleEndian.PutUint64(d[word:], stackBase+uint64(len(whole))) },
		"the last address":              func(d []byte) { binary.LittleEndian.PutUint64(d[word:], ^uint64(0)) },
	} {
		d := slices.Clone(whole)
		change(d)
		if _, err := parseImage(stackBase, d); err == nil {
			t.Errorf("%s is taken for a stack", name)
		}
	}
}

// FuzzParseImage: whatever is accepted is in the memory that it was read from, and
// what is set in it stays there.
func FuzzParseImage(f *testing.F) {
	f.Add(uint64(stackBase), stackImage([]string{"cc", "-c"}, []string{"NUM_JOBS=16"}, AuxRandom, 42, AuxNull, 0))
	f.Add(uint64(0), stackImage(nil, nil, AuxNull, 0))
	f.Add(^uint64(0)-100, []byte{})
	f.Fuzz(func(t *testing.T, base uint64, data []byte) {
		im, err := parseImage(base, data)
		if err != nil {
			return
		}
		for _, e := range im.env {
			if end := e.at + len(e.text); e.at < 0 || end >= len(data) || data[end] != 0 {
				t.Fatalf("the text %q is not where it is said to be", e.text)
			}
		}
		p := &Program{image: im, Env: make([]string, len(im.env))}
		p.SetVariable("NUM_JOBS", "1")
		p.SetAuxiliary(AuxRandom, 1)
		p.HideAuxiliary(AuxSysinfoEHDR)
		for _, w := range p.writes {
			if w.address-base > uint64(len(data)) || w.address-base+uint64(len(w.data)) > uint64(len(data)) {
				t.Fatalf("%d bytes are written at %#x, outside of %d bytes at %#x", len(w.data), w.address, len(data), base)
			}
		}
	})
}
