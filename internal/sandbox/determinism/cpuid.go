package determinism

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Levels are the feature levels of the x86-64 psABI, the lowest first.
var Levels = []string{"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"}

// Leaf is what CPUID returns: EAX, EBX, ECX, EDX.
type Leaf [4]uint32

// Indices of a Leaf.
const (
	eax = iota
	ebx
	ecx
	edx
)

// features are what a level adds (System V ABI, AMD64 supplement, 3.1.1), by leaf
// and register, as bits of Intel's manual, volume 2A, CPUID.
type features struct {
	basic    uint32 // leaf 1, ECX
	extended uint32 // leaf 7, EBX
	amd      uint32 // leaf 0x80000001, ECX
}

var levelFeatures = []features{
	{},
	{basic: 1<<0 | 1<<9 | 1<<13 | 1<<19 | 1<<20 | 1<<23, amd: 1 << 0},                                 // sse3 ssse3 cx16 sse4.1 sse4.2 popcnt; lahf
	{basic: 1<<12 | 1<<22 | 1<<26 | 1<<27 | 1<<28 | 1<<29, extended: 1<<3 | 1<<5 | 1<<8, amd: 1 << 5}, // fma movbe xsave osxsave avx f16c; bmi1 avx2 bmi2; lzcnt
	{extended: 1<<16 | 1<<17 | 1<<28 | 1<<30 | 1<<31},                                                 // avx512 f dq cd bw vl
}

// Processor is the processor that CPUID shows: one that has a level and nothing
// more, and whose every other property is constant.
type Processor struct {
	features
	// host answers for the layout of the register state of the vector levels, which
	// must be the real one: programs make room by it.
	host  func(leaf, sub uint32) Leaf
	xsave bool
}

// NewProcessor makes the processor of a level. host executes CPUID. A host that
// has not what the level has is an error: a program would use what is not there.
func NewProcessor(level string, host func(leaf, sub uint32) Leaf) (*Processor, error) {
	n := slices.Index(Levels, level)
	if n < 0 {
		return nil, fmt.Errorf("there is no processor level `%s`", level)
	}
	p := &Processor{host: host, xsave: n >= 2}
	for _, f := range levelFeatures[:n+1] {
		p.basic |= f.basic
		p.extended |= f.extended
		p.amd |= f.amd
	}
	has := features{basic: host(1, 0)[ecx], amd: host(0x80000001, 0)[ecx]}
	if host(0, 0)[eax] >= 7 {
		has.extended = host(7, 0)[ebx]
	}
	if p.basic&^has.basic != 0 || p.extended&^has.extended != 0 || p.amd&^has.amd != 0 {
		return nil, fmt.Errorf("this processor is below the level `%s`", level)
	}
	return p, nil
}

// Properties of the constant processor.
const (
	signature = 0x6f0                 // family 6, model 15: the first of Intel's with this instruction set
	baseline  = 0x078bfbff            // leaf 1, EDX: what every x86-64 processor has
	amdEDX    = 1<<11 | 1<<20 | 1<<29 // syscall, nx, long mode
	lineOf64  = 8 << 8                // leaf 1, EBX: bytes of a cache line in eights
	topBasic  = 7
	topXSave  = 0xd
	topAMD    = 0x80000008
	addresses = 48<<8 | 46 // leaf 0x80000008, EAX: bits of virtual and physical addresses
	leaf4Only = 0xff       // leaf 2: caches are described by leaf 4
	secondKiB = 1024       // of the second cache, for leaf 0x80000006
)

// CPUID answers one question.
func (p *Processor) CPUID(leaf, sub uint32) Leaf {
	top := uint32(topBasic)
	if p.xsave {
		top = topXSave
	}
	if leaf < 0x80000000 && leaf > top {
		leaf = top // as Intel's processors: the highest basic leaf
	}
	switch leaf {
	case 0:
		return Leaf{top, text("Genu"), text("ntel"), text("ineI")}
	case 1:
		return Leaf{signature, lineOf64, p.basic, baseline}
	case 2:
		return Leaf{1, leaf4Only, 0, 0}
	case 4:
		return cache(sub)
	case 7:
		if sub == 0 {
			return Leaf{0, p.extended, 0, 0}
		}
	case topXSave:
		return p.host(leaf, sub)
	case 0x80000000:
		return Leaf{topAMD}
	case 0x80000001:
		return Leaf{0, 0, p.amd, amdEDX}
	case 0x80000002:
		return Leaf{text("x86-"), text("64")}
	case 0x80000006:
		return Leaf{ecx: secondKiB<<16 | 8<<12 | 64}
	case 0x80000008:
		return Leaf{addresses}
	}
	return Leaf{}
}

// cache describes a cache: kind and level, ways, sets; lines have 64 bytes. The
// caches are 32 KiB, 32 KiB, 1 MiB and 8 MiB large.
func cache(n uint32) Leaf {
	caches := []struct{ kind, level, ways, sets uint32 }{{1, 1, 8, 64}, {2, 1, 8, 64}, {3, 2, 16, 1024}, {3, 3, 16, 8192}}
	if n >= uint32(len(caches)) {
		return Leaf{}
	}
	c := caches[n]
	const initializing = 1 << 8 // by itself
	return Leaf{c.kind | c.level<<5 | initializing, 63 | (c.ways-1)<<22, c.sets - 1, 0}
}

// text is four characters in a register.
func text(s string) uint32 {
	var four [4]byte
	copy(four[:], s)
	return binary.LittleEndian.Uint32(four[:])
}
