package monitor

import (
	"fmt"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/tracer"
)

// minSignalStack is what a world is told that a signal needs of stack, in bytes,
// if its processor does not need more: that follows from its vector registers.
const minSignalStack = 16 << 10

// prepare takes out of a new program's memory what the kernel put there of
// chance, the processor and the number of jobs.
func (m *Monitor) prepare(t *task, e *tracer.Program) {
	hold := m.options.Hold
	if hold == nil {
		return
	}
	if hold.CPUs > 0 {
		// cargo tells build scripts how many jobs it runs.
		e.SetVariable("NUM_JOBS", fmt.Sprint(hold.CPUs))
		e.SetAuxiliary(tracer.AuxHardware, hardware)
		e.SetAuxiliary(tracer.AuxHardware2, 0)
		e.HideAuxiliary(tracer.AuxPlatform) // a directory in which the dynamic linker looks too
		if need, ok := e.Auxiliary(tracer.AuxMinSignalLen); ok && need < minSignalStack {
			e.SetAuxiliary(tracer.AuxMinSignalLen, minSignalStack)
		}
	}
	if hold.Random {
		if at, ok := e.Auxiliary(tracer.AuxRandom); ok {
			var random [16]byte
			t.random().Read(random[:])
			e.Write(at, random[:])
		}
	}
	if at, ok := e.Auxiliary(tracer.AuxSysinfoEHDR); ok && m.clockHeld() {
		e.Write(at+m.vdso.offset, m.vdso.code)
		e.HideAuxiliary(tracer.AuxSysinfoEHDR)
	}
}
