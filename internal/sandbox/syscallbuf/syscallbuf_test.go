package syscallbuf

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// written is an entry as the code writes it.
func written(name string, o Outcome, opened bool, round uint32) []byte {
	head := uint64(round)<<32 | uint64(o)<<16 | uint64(len(name))
	if opened {
		head |= 1 << 24
	}
	data := append(binary.LittleEndian.AppendUint64(nil, head), name...)
	return append(data, make([]byte, -len(data)&7)...)
}

func TestParse(t *testing.T) {
	a, b := written("/usr/include/a.h", Missing, true, 3), written("x", Found, false, 3)
	c := written(strings.Repeat("n", longest), NoDirectory, false, 3)
	entries := []Entry{{[]byte("/usr/include/a.h"), Missing, true, false, false}, {[]byte("x"), Found, false, false, false}, {[]byte(strings.Repeat("n", longest)), NoDirectory, false, false, false}}
	word := func(w uint64) []byte { return binary.LittleEndian.AppendUint64(nil, w) }
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for _, test := range []struct {
		name  string
		data  []byte
		want  []Entry
		used  int
		whole bool
	}{
		{"nothing", nil, nil, 0, true},
		{"all", join(a, b, c), entries, len(a) + len(b) + len(c), true},
		{"one not written yet", join(a, make([]byte, len(b)), c), entries[:1], len(a), false},
		{"one of the round before", join(a, written("old", Found, true, 2)), entries[:1], len(a), false},
		{"the end", join(a, b, word(3<<32|last), make([]byte, 64)), entries[:2], len(a) + len(b), true},
		{"half of a head", join(a, b, []byte{1, 2, 3}), entries[:2], len(a) + len(b), false},
		{"an empty name", join(a, word(3<<32)), entries[:1], len(a), false},
		{"a name that is too long", join(a, word(3<<32|(longest+1)), make([]byte, 5000)), entries[:1], len(a), false},
		{"a name behind the end", join(a, word(3<<32|100)), entries[:1], len(a), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, used, whole := Parse(nil, test.data, 3)
			if diff := cmp.Diff(test.want, got); diff != "" || used != test.used || whole != test.whole {
				t.Errorf("%d bytes, whole %t; want %d, %t (-want +got)\n%s", used, whole, test.used, test.whole, diff)
			}
		})
	}
}

// What a program writes into its buffer is its own affair, and no harm to us.
func FuzzParse(f *testing.F) {
	f.Add(append(written("/a", Found, true, 1), written("b", Missing, false, 1)...), uint32(1))
	f.Add(binary.LittleEndian.AppendUint64(nil, 1<<32|last), uint32(1))
	f.Fuzz(func(t *testing.T, data []byte, round uint32) {
		entries, used, whole := Parse(nil, data, round)
		if used < 0 || used > len(data) {
			t.Fatalf("%d of %d bytes", used, len(data))
		}
		again, also, _ := Parse(nil, data[:used], round)
		if diff := cmp.Diff(entries, again); diff != "" || also != used {
			t.Errorf("what was used is something else\n%s", diff)
		}
		for _, e := range entries {
			if len(e.Name) == 0 || len(e.Name) > longest {
				t.Errorf("a name of %d bytes", len(e.Name))
			}
		}
		if whole && used < len(data) && binary.LittleEndian.Uint64(data[used:])&lengthBits != last {
			t.Error("whole, and there is more")
		}
	})
}

func TestHead(t *testing.T) {
	if First.Round() != 1 || First.End() != 0 || First.Full() {
		t.Errorf("an empty buffer: round %d, end %d, full %t", First.Round(), First.End(), First.Full())
	}
	if h := Head(7<<32 | limit); h.Round() != 7 || h.End() != limit || h.Full() {
		t.Errorf("with room for one more: round %d, end %d, full %t", h.Round(), h.End(), h.Full())
	}
	if h := Head(7<<32 | 0xfffffff8); h.End() != capacity || !h.Full() {
		t.Errorf("behind its end: %d, full %t", h.End(), h.Full())
	}
	if !Closed.Full() || Closed.Round() == First.Round() {
		t.Error("a closed buffer takes entries")
	}
	if limit+entryHead+longest+alignment-1 > capacity {
		t.Error("the longest entry does not fit where there is said to be room")
	}
}

func TestIsSite(t *testing.T) {
	for _, test := range []struct {
		name   string
		before []byte
		number uint32
		want   bool
	}{
		{"mov $257, %eax; syscall", []byte{0xee, 0xb8, 1, 1, 0, 0, 0x0f, 0x05}, 257, true},
		{"mov $-100, %edi; syscall", []byte{0x00, 0xbf, 0x9c, 0xff, 0xff, 0xff, 0x0f, 0x05}, 257, true},
		{"another number than has arrived", []byte{0xee, 0xb8, 1, 1, 0, 0, 0x0f, 0x05}, 262, false},
		{"another directory", []byte{0x00, 0xbf, 3, 0, 0, 0, 0x0f, 0x05}, 257, false},
		{"mov $257, %r8d", []byte{0x41, 0xb8, 1, 1, 0, 0, 0x0f, 0x05}, 257, false},
		{"the end of movabs", []byte{0x48, 0xb8, 1, 1, 0, 0, 0x0f, 0x05}, 257, false},
		{"mov $257, %ecx", []byte{0xee, 0xb9, 1, 1, 0, 0, 0x0f, 0x05}, 257, false},
		{"a jump that is there already", []byte{0xee, 0xe9, 1, 1, 0, 0, 0x0f, 0x05}, 257, false},
		{"sysenter", []byte{0xee, 0xb8, 1, 1, 0, 0, 0x0f, 0x34}, 257, false},
		{"too few", []byte{0xb8, 1, 1, 0, 0, 0x0f, 0x05}, 257, false},
	} {
		if got := IsSite(test.before, test.number); got != test.want {
			t.Errorf("%s: %t", test.name, got)
		}
	}
}

func TestSite(t *testing.T) {
	if !Supported {
		t.Skip("there is no code for this architecture")
	}
	const after = 0x7ffff7ef8130
	before := []byte{0xee, 0xb8, 1, 1, 0, 0, 0x0f, 0x05}
	p := Place{Address: 0x7ffff7fc5540, Room: len(stub) + 3*slotSize + slotSize - 1}
	if p.Sites() != 3 {
		t.Fatalf("%d sites", p.Sites())
	}
	slot, code, jumpTo, ok := p.Site(1, before, after)
	if !ok || slot != p.Address+uint64(len(stub)+slotSize) || len(jumpTo) != jumpSize || len(code) > slotSize {
		t.Fatalf("%t, slot %#x, %d bytes, jump of %d", ok, slot, len(code), len(jumpTo))
	}
	target := func(from uint64, rel []byte) uint64 {
		return from + uint64(int64(int32(binary.LittleEndian.Uint32(rel))))
	}
	if got := target(after-callSize, jumpTo[1:]); got != slot {
		t.Errorf("the site jumps to %#x, not %#x", got, slot)
	}
	if !bytes.Equal(code[:5], before[1:6]) {
		t.Errorf("the slot begins with % x, not with what was replaced", code[:5])
	}
	if got := target(slot+12, code[8:12]); got != after {
		t.Errorf("goes on at %#x, not %#x", got, uint64(after))
	}
	if got := target(slot+17, code[13:17]); got != p.Address {
		t.Errorf("the slot jumps to %#x, not %#x", got, p.Address)
	}
	if _, _, _, ok := p.Site(3, before, after); ok {
		t.Error("there is no room for another one")
	}
	if _, _, _, ok := p.Site(0, before, 0x555555560000); ok {
		t.Error("a site that is too far away")
	}
	if (Place{Room: len(stub) - 1}).Sites() != 0 {
		t.Error("there is no room for the code")
	}
}

func TestCode(t *testing.T) {
	if !Supported {
		t.Skip("there is no code for this architecture")
	}
	code := Code(0x1122334455667788, 0x99aabbccddeeff00)
	for _, value := range []uint64{0x1122334455667788, 0x99aabbccddeeff00} {
		if n := bytes.Count(code, binary.LittleEndian.AppendUint64(nil, value)); n != 1 {
			t.Errorf("%#x is there %d times", value, n)
		}
	}
	if bytes.Contains(code, []byte{0x70, 0xf3, 0x0f, 0x0b, 0xed, 0x5e}) {
		t.Error("a mark is left")
	}
	if bytes.Equal(code, stub) || len(code) != len(stub) {
		t.Error("the code of one process is that of all")
	}
}
