package determinism

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everything is a processor that has every feature.
func everything(leaf, sub uint32) Leaf {
	if leaf == 0xd {
		return Leaf{7, 832, 832, sub}
	}
	return Leaf{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}
}

func TestProcessorShowsItsLevel(t *testing.T) {
	type shown struct {
		Top, Basic, Extended, AMD uint32
	}
	for level, want := range map[string]shown{
		"x86-64":    {7, 0, 0, 0},
		"x86-64-v2": {7, 0x00982201, 0, 1},
		"x86-64-v3": {0xd, 0x3cd83201&^0x00400000 | 0x00400000, 0x128, 0x21},
		"x86-64-v4": {0xd, 0x3cd83201, 0xd0030128, 0x21},
	} {
		p, err := NewProcessor(level, everything)
		if err != nil {
			t.Fatal(err)
		}
		got := shown{p.CPUID(0, 0)[eax], p.CPUID(1, 0)[ecx], p.CPUID(7, 0)[ebx], p.CPUID(0x80000001, 0)[ecx]}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", level, diff)
		}
		vendor := p.CPUID(0, 0)
		var name []byte
		for _, r := range []int{ebx, edx, ecx} {
			name = binary.LittleEndian.AppendUint32(name, vendor[r])
		}
		if string(name) != "GenuineIntel" {
			t.Errorf("the vendor is %q", name)
		}
		if got, want := p.CPUID(0x12345, 0), p.CPUID(p.CPUID(0, 0)[eax], 0); got != want {
			t.Errorf("%s: a leaf that is not there: %x, want %x", level, got, want)
		}
	}
}

func TestProcessorIsNotMoreThanTheHost(t *testing.T) {
	old := func(leaf, _ uint32) Leaf {
		if leaf == 0 {
			return Leaf{2}
		}
		return Leaf{}
	}
	for i, level := range Levels {
		if _, err := NewProcessor(level, old); (err == nil) != (i == 0) {
			t.Errorf("%s on a processor of the lowest: %v", level, err)
		}
	}
	if _, err := NewProcessor("host", everything); err == nil {
		t.Error("`host` is no level")
	}
}

func TestCaches(t *testing.T) {
	p, err := NewProcessor("x86-64", everything)
	if err != nil {
		t.Fatal(err)
	}
	var sizes []uint32
	for n := uint32(0); p.CPUID(4, n)[eax]&31 != 0; n++ {
		c := p.CPUID(4, n)
		sizes = append(sizes, (c[ebx]>>22+1)*(c[ebx]&0xfff+1)*(c[ecx]+1))
	}
	if diff := cmp.Diff([]uint32{32 << 10, 32 << 10, 1 << 20, 8 << 20}, sizes); diff != "" {
		t.Error(diff)
	}
}
