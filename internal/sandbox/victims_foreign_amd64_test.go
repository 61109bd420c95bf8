//go:build linux

package sandbox_test

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// foreign are attempts to walk around the filter by the doors that amd64 has for
// other kinds of programs (E34). A kernel may have been built without them.
var foreign = family{name: "foreign", surround: watchFiles, attempts: []attempt{
	{name: "int-0x80", try: program(false, int80), refused: "ENOSYS", outside: "success no-door", quiet: true},
	{name: "program-of-i386", try: program(true, int80of32), refused: "ENOSYS", outside: "success ENOEXEC", quiet: true},
	{name: "x32", try: program(false, x32), refused: "ENOSYS", outside: "success ENOSYS", quiet: true},
	{name: "segments", try: func(*scene) error { return call(unix.SYS_MODIFY_LDT, 0, 0, 0) }, refused: "ENOSYS", outside: "success ENOSYS", quiet: true},
	{name: "ports", try: refusedBy(unix.SYS_IOPL, 4), refused: "EPERM", outside: "EINVAL ENOSYS", quiet: true},
	{name: "port-range", try: refusedBy(unix.SYS_IOPERM, 1<<17, 1, 1), refused: "EPERM", outside: "EINVAL ENOSYS", quiet: true},
}}

func init() { families = append(families, &foreign) }

// Each asks for its process number, and ends with exit code 1 if it got one,
// with 38 (ENOSYS) if the kernel has no such call, and with 2 otherwise.
var (
	int80 = []byte{
		0xb8, 20, 0, 0, 0, // mov eax, 20: getpid of i386
		0xcd, 0x80, // int 0x80
		0xbf, 1, 0, 0, 0, // mov edi, 1
		0x83, 0xf8, 0, // cmp eax, 0
		0x7f, 15, // jg exit
		0xbf, 38, 0, 0, 0, // mov edi, 38
		0x83, 0xf8, 0xda, // cmp eax, -38
		0x74, 5, // je exit
		0xbf, 2, 0, 0, 0, // mov edi, 2
		0xb8, 60, 0, 0, 0, // exit: mov eax, 60
		0x0f, 0x05, // syscall
	}
	// A program of i386 cannot even end itself if its calls are refused, so it
	// runs into an illegal instruction.
	int80of32 = []byte{
		0xb8, 20, 0, 0, 0, // mov eax, 20
		0xcd, 0x80, // int 0x80
		0x83, 0xf8, 0xda, // cmp eax, -38
		0x74, 12, // je illegal
		0xbb, 1, 0, 0, 0, // mov ebx, 1
		0xb8, 1, 0, 0, 0, // mov eax, 1: exit
		0xcd, 0x80, // int 0x80
		0x0f, 0x0b, // illegal: ud2
	}
	x32 = append([]byte{
		0xb8, 39, 0, 0, 0x40, // mov eax, 0x40000000|39: getpid of x32
		0x0f, 0x05, // syscall
	}, int80[7:]...)
)

// program writes a program into the output directory and starts it.
func program(of32 bool, code []byte) func(*scene) error {
	return func(s *scene) error {
		path := s.Out + "/program"
		if err := os.WriteFile(path, elf(of32, code), 0o755); err != nil {
			return err
		}
		err := exec.Command(path).Run()
		exit := (*exec.ExitError)(nil)
		if !errors.As(err, &exit) {
			return err
		}
		switch status := exit.Sys().(syscall.WaitStatus); {
		case status.Exited() && status.ExitStatus() == 1:
			return nil
		case status.Exited() && status.ExitStatus() == 38, status.Signaled() && status.Signal() == unix.SIGILL:
			return unix.ENOSYS
		case status.Signaled() && status.Signal() == unix.SIGSEGV:
			return word("no-door") // no such interrupt
		}
		return err
	}
}

// elf makes the shortest program that the kernel starts: a header, one segment,
// the code (elf(5)).
func elf(of32 bool, code []byte) []byte {
	const base = 0x400000
	le := binary.LittleEndian
	ident := []byte{0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	const executable, amd64, i386, load, readExecute = 2, 62, 3, 1, 5
	if of32 {
		const head = 52 + 32
		size := uint32(head + len(code))
		ident[4] = 1
		b := le.AppendUint16(ident, executable)
		b = le.AppendUint16(b, i386)
		for _, v := range []uint32{1, base + head, 52, 0, 0} { // version, entry, program headers, section headers, flags
			b = le.AppendUint32(b, v)
		}
		for _, v := range []uint16{52, 32, 1, 0, 0, 0} {
			b = le.AppendUint16(b, v)
		}
		for _, v := range []uint32{load, 0, base, base, size, size, readExecute, 0x1000} {
			b = le.AppendUint32(b, v)
		}
		return append(b, code...)
	}
	const head = 64 + 56
	size := uint64(head + len(code))
	b := le.AppendUint16(ident, executable)
	b = le.AppendUint16(b, amd64)
	b = le.AppendUint32(b, 1)
	for _, v := range []uint64{base + head, 64, 0} {
		b = le.AppendUint64(b, v)
	}
	b = le.AppendUint32(b, 0)
	for _, v := range []uint16{64, 56, 1, 0, 0, 0} {
		b = le.AppendUint16(b, v)
	}
	b = le.AppendUint32(b, load)
	b = le.AppendUint32(b, readExecute)
	for _, v := range []uint64{0, base, base, size, size, 0x1000} {
		b = le.AppendUint64(b, v)
	}
	return append(b, code...)
}
