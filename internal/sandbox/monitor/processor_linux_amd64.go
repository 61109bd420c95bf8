package monitor

import (
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/determinism"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/tracer"
)

// cpuid executes the instruction.
func cpuid(leaf, sub uint32) (eax, ebx, ecx, edx uint32)

func hostProcessor(leaf, sub uint32) determinism.Leaf {
	a, b, c, d := cpuid(leaf, sub)
	return determinism.Leaf{a, b, c, d}
}

// CanFault reports whether this processor can fault on CPUID, by asking for what
// is so anyway: that it does not (arch_prctl(2), ARCH_SET_CPUID).
func CanFault() error {
	const setCPUID, on = 0x1012, 1
	if _, _, errno := unix.RawSyscall(unix.SYS_ARCH_PRCTL, setCPUID, on, 0); errno != 0 {
		return errno
	}
	return nil
}

// processor returns what answers for the processor at the level that is asked for.
// Nothing, without an error, means that programs see the real one: because that is
// asked for, or because it cannot be helped, which `doctor` says.
func processor(level string) (tracer.Processor, error) {
	if level == "" || level == "host" || CanFault() != nil {
		return nil, nil
	}
	p, err := determinism.NewProcessor(level, hostProcessor)
	if err != nil {
		return nil, err
	}
	return func(leaf, sub uint32) [4]uint32 { return p.CPUID(leaf, sub) }, nil
}
