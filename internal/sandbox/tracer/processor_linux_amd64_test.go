package tracer

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// asker asks the processor where the kernel lets no instruction run: the last two
// bytes of a page without the right to execute are CPUID, and the page behind them
// returns. So it faults there on every processor, as it would on one that can be
// told to.
const asker = `
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

int main(void) {
	char *page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(page + 4094, "\x0f\xa2\xc3", 3);
	if (mprotect(page, 4096, PROT_READ) || mprotect(page + 4096, 4096, PROT_READ | PROT_EXEC)) return 2;
	unsigned a = 7, b, c = 1, d;
	__asm__ volatile("call *%4" : "+a"(a), "=b"(b), "+c"(c), "=d"(d) : "r"(page + 4094) : "memory");
	printf("%u %u %u %u\n", a, b, c, d);
	fflush(stdout);
	*(volatile int *)8 = 0; // a fault of its own
}
`

// TestProcessor puts a call in front of every program and answers for the processor.
// The call is one that every host has and that returns 0; the one of the product
// is refused where the processor cannot fault.
func TestProcessor(t *testing.T) {
	dir := t.TempDir()
	source, program, output := filepath.Join(dir, "asker.c"), filepath.Join(dir, "asker"), filepath.Join(dir, "output")
	if err := os.WriteFile(source, []byte(asker), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", "-O1", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	call, arguments := armingCall, armingArguments
	t.Cleanup(func() { armingCall, armingArguments = call, arguments })
	armingCall, armingArguments = unix.SYS_PERSONALITY, [2]uint64{0xffffffff, 0} // of which the answer is 0: ask

	var asked []string
	h := &heard{}
	pid, err := followAs(t, h, func(leaf, sub uint32) [4]uint32 {
		asked = append(asked, strconv.Itoa(int(leaf))+"/"+strconv.Itoa(int(sub)))
		return [4]uint32{1, 2, 3, 4}
	}, "/bin/true && "+program+" >"+output+"; exec "+program+" >>"+output)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	if want := "1 2 3 4\n1 2 3 4\n"; string(got) != want || strings.Join(asked, " ") != "7/1 7/1" {
		t.Errorf("the programs printed %q, want %q; asked was %q", got, want, asked)
	}
	if h.ends[pid].signal != int(unix.SIGSEGV) || len(h.alive) > 0 {
		t.Errorf("it ended with %v, and not by its own fault; without an end: %v", h.ends[pid], h.alive)
	}
}

// TestProcessorRefused: a process that cannot be made to fault ends the run.
func TestProcessorRefused(t *testing.T) {
	call, arguments := armingCall, armingArguments
	t.Cleanup(func() { armingCall, armingArguments = call, arguments })
	armingCall, armingArguments = unix.SYS_CLOSE, [2]uint64{1 << 20, 0}
	_, err := followAs(t, &heard{}, func(uint32, uint32) [4]uint32 { return [4]uint32{} }, "/bin/true; echo survived >&2")
	if err == nil || !strings.Contains(err.Error(), "fault on CPUID") {
		t.Errorf("the run went on: %v", err)
	}
}
