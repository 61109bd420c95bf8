package tracer

import (
	"encoding/binary"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read is what a set of registers says about a call.
type read struct {
	Native    bool
	Number    uintptr
	Arguments [6]uint64
	Stack     uint64
	Result    int64
}

func readAll(r registers) read {
	got := read{Native: r.native()}
	if !got.Native {
		return got
	}
	got.Number, got.Stack, got.Result = r.number(), r.stack(), r.result()
	for i := range got.Arguments {
		got.Arguments[i] = r.argument(i)
	}
	return got
}

// numbered is a set in which the word n is 0xn0000000n, so that each says where it
// stands. Some are set to what the kernel has there.
func numbered(words int, set map[int]uint64) []byte {
	var data []byte
	for i := range words {
		value, ok := set[i]
		if !ok {
			value = uint64(i)<<32 | uint64(i)
		}
		data = binary.LittleEndian.AppendUint64(data, value)
	}
	return data
}

// TestLayouts: both architectures, on either. testdata/amd64-* were recorded by
// TestRegistersOfAProcess from a process that was about to call openat(2) and had
// called it. Of arm64 there is no record from a machine of ours: the sets follow
// struct user_pt_regs, word by word, as the tables of the words do for amd64 too.
func TestLayouts(t *testing.T) {
	word := func(n uint64) uint64 { return n<<32 | n }
	recorded := func(name string) []byte {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	const none = -38 // ENOSYS, which rax is while a call has not begun
	for _, c := range []struct {
		name string
		regs registers
		want read
	}{
		{"amd64 by word", registers{numbered(27, nil), &layoutAMD64}, read{
			Native: true, Number: 15, Stack: word(19), Result: int64(word(10)),
			Arguments: [6]uint64{word(14), word(13), word(12), word(7), word(9), word(8)}}},
		{"amd64 in 32-bit mode", registers{make([]byte, 17*4), &layoutAMD64}, read{}},
		{"arm64 by word", registers{numbered(34, map[int]uint64{33: 0x60001000}), &layoutARM64}, read{
			Native: true, Number: 8, Stack: word(31), Result: 0,
			Arguments: [6]uint64{0, word(1), word(2), word(3), word(4), word(5)}}},
		{"arm64 that failed", registers{numbered(34, map[int]uint64{0: ^uint64(1), 33: 0}), &layoutARM64}, read{
			Native: true, Number: 8, Stack: word(31), Result: -2,
			Arguments: [6]uint64{^uint64(1), word(1), word(2), word(3), word(4), word(5)}}},
		{"arm64 in 32-bit mode", registers{make([]byte, 18*4), &layoutARM64}, read{}},
		{"arm64 that says 32-bit mode", registers{numbered(34, map[int]uint64{33: 0x10}), &layoutARM64}, read{}},
		{"amd64 at the beginning of a call", registers{recorded("amd64-openat-begins"), &layoutAMD64}, read{
			Native: true, Number: 257, Stack: recordedStack, Result: none,
			Arguments: [6]uint64{0xffffffffffffff9c, 0x1000, 0x80000, 0x1a4, 0x55, 0x66}}},
		{"amd64 at its end", registers{recorded("amd64-openat-ends"), &layoutAMD64}, read{
			Native: true, Number: 257, Stack: recordedStack, Result: -14,
			Arguments: [6]uint64{0xffffffffffffff9c, 0x1000, 0x80000, 0x1a4, 0x55, 0x66}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, readAll(c.regs)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// recordedStack is the stack pointer of what was recorded: asked for by the program.
const recordedStack = 0x20800

// TestSetArgument: one argument is changed and nothing else.
func TestSetArgument(t *testing.T) {
	for name, l := range map[string]*layout{"amd64": &layoutAMD64, "arm64": &layoutARM64} {
		for n := range 6 {
			r := registers{make([]byte, l.size), l}
			r.setArgument(n, 0x1122334455667788)
			want := make([]byte, l.size)
			copy(want[l.arguments[n]:], []byte{0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11})
			if !slices.Equal(want, r.data) || r.argument(n) != 0x1122334455667788 {
				t.Errorf("%s, argument %d: %x", name, n, r.data)
			}
		}
	}
}
