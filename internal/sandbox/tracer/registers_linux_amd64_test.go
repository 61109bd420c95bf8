package tracer

import (
	"encoding/binary"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

var record = flag.Bool("record", false, "write the register sets of testdata anew")

// opens is a program that calls openat(AT_FDCWD, 0x1000, 0x80000, 0x1a4), with
// something in the two other argument registers, and ends with code 7.
var opens = []byte{
	0x48, 0xc7, 0xc4, 0x00, 0x08, 0x02, 0x00, // mov rsp, recordedStack
	0x48, 0xc7, 0xc7, 0x9c, 0xff, 0xff, 0xff, // mov rdi, -100
	0x48, 0xc7, 0xc6, 0x00, 0x10, 0x00, 0x00, // mov rsi, 0x1000
	0x48, 0xc7, 0xc2, 0x00, 0x00, 0x08, 0x00, // mov rdx, 0x80000
	0x49, 0xc7, 0xc2, 0xa4, 0x01, 0x00, 0x00, // mov r10, 0x1a4
	0x49, 0xc7, 0xc0, 0x55, 0x00, 0x00, 0x00, // mov r8, 0x55
	0x49, 0xc7, 0xc1, 0x66, 0x00, 0x00, 0x00, // mov r9, 0x66
	0xb8, 0x01, 0x01, 0x00, 0x00, // mov eax, 257
	0x0f, 0x05, // syscall
	0xbf, 0x07, 0x00, 0x00, 0x00, // mov edi, 7
	0xb8, 0x3c, 0x00, 0x00, 0x00, // mov eax, 60
	0x0f, 0x05, // syscall
}

// elf wraps code into a program without anything else.
func elf(code []byte) []byte {
	const base, head = 0x400000, 120
	h := make([]byte, head)
	copy(h, "\x7fELF\x02\x01\x01")
	h[16], h[18], h[20], h[32], h[52], h[54], h[56] = 2, 62, 1, 64, 64, 56, 1 // ET_EXEC, EM_X86_64, one PT_LOAD
	binary.LittleEndian.PutUint64(h[24:], base+head)
	h[64], h[68] = 1, 5 // readable, executable
	binary.LittleEndian.PutUint64(h[80:], base)
	binary.LittleEndian.PutUint64(h[96:], uint64(head+len(code)))
	binary.LittleEndian.PutUint64(h[104:], uint64(head+len(code)))
	return append(h, code...)
}

// TestRegistersOfAProcess reads what TestLayouts has recorded from a live process,
// and sets an argument of its last call: its exit code.
func TestRegistersOfAProcess(t *testing.T) {
	runtime.LockOSThread() // the tracer is a thread
	defer runtime.UnlockOSThread()
	path := filepath.Join(t.TempDir(), "opens")
	if err := os.WriteFile(path, elf(opens), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	step := func(want string, is func(unix.WaitStatus) bool) {
		t.Helper()
		var status unix.WaitStatus
		if _, err := unix.Wait4(pid, &status, 0, nil); err != nil || !is(status) {
			t.Fatalf("%v, status %#x, want %s", err, status, want)
		}
	}
	stopped := func(s unix.WaitStatus) bool { return s.Stopped() }
	step("the stop of its exec", stopped)
	want := read{Native: true, Number: unix.SYS_OPENAT, Stack: recordedStack,
		Arguments: [6]uint64{0xffffffffffffff9c, 0x1000, 0x80000, 0x1a4, 0x55, 0x66}}
	for _, c := range []struct {
		name   string
		result int64
	}{{"begins", -int64(unix.ENOSYS)}, {"ends", -int64(unix.EFAULT)}} {
		if err := ptrace(unix.PTRACE_SYSCALL, pid, 0); err != nil {
			t.Fatal(err)
		}
		step("the beginning or the end of a call", stopped)
		r, err := readRegisters(pid)
		if err != nil {
			t.Fatal(err)
		}
		want.Result = c.result
		if diff := cmp.Diff(want, readAll(r)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
		if *record {
			if err := os.WriteFile("testdata/amd64-openat-"+c.name, r.data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := ptrace(unix.PTRACE_SYSCALL, pid, 0); err != nil {
		t.Fatal(err)
	}
	step("the beginning of exit", stopped)
	if err := setArgument(pid, 0, 9); err != nil {
		t.Fatal(err)
	}
	if err := resume(pid, 0); err != nil {
		t.Fatal(err)
	}
	step("the exit code 9", func(s unix.WaitStatus) bool { return s.Exited() && s.ExitStatus() == 9 })
	if err := cmd.Process.Release(); err != nil {
		t.Error(err)
	}
}
