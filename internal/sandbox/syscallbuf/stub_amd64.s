#include "go_asm.h"
#include "textflag.h"

// The code that a shortened call runs, in the memory of another process: it is copied there
// as it stands here, so it names nothing that is outside of it, and the two values that
// begin with 0x5eed0 are replaced (stub_amd64.go).
//
// It is reached from a site: a `mov` of a constant right before a `syscall`, which has
// been replaced by a jump (see Site). AX holds the number of the call and CX the address
// behind that `syscall`; every other register is the caller's. As after a system call,
// AX, CX and R11 are changed, and nothing else: not the flags either.
//
// Of the stack, what is below the 128 bytes that a function may use there without
// saying so (System V ABI, AMD64 supplement, 3.2.2).
//
//	0(SP)  CX  behind the site      32(SP) DX
//	8(SP)  AX  number               40(SP) R8
//	16(SP) DI                       48(SP) R9
//	24(SP) SI                       56(SP) BX
//	64(SP) the result               72(SP) the name, then the entry
//	80(SP) the flags
TEXT stub<>(SB), NOSPLIT|NOFRAME, $0
	LEAQ -256(SP), SP
	MOVQ CX, 0(SP)
	MOVQ AX, 8(SP)
	MOVQ DI, 16(SP)
	MOVQ SI, 24(SP)
	MOVQ DX, 32(SP)
	MOVQ R8, 40(SP)
	MOVQ R9, 48(SP)
	MOVQ BX, 56(SP)
	PUSHFQ
	POPQ R11
	MOVQ R11, 80(SP)
	CLD

	// R11 becomes the address of the name. What is not here is asked for.
	CMPL AX, $257 // openat
	JEQ  openat
	CMPL AX, $262 // newfstatat
	JEQ  newfstatat
	CMPL AX, $439 // faccessat2
	JEQ  newfstatat
	CMPL AX, $332 // statx
	JEQ  statx
	CMPL AX, $21  // access
	JEQ  first
	CMPL AX, $4   // stat
	JEQ  first
	CMPL AX, $6   // lstat
	JEQ  first
	CMPL AX, $59  // execve
	JEQ  first
	JMP  ask

	// It may be done twice, so what must be new is asked for, or has no name: O_EXCL, O_TMPFILE.
openat:
	TESTL $0x400080, DX
	JNE  ask
	JMP  second

newfstatat:
	TESTL $0x1000, R10 // AT_EMPTY_PATH
	JNE  ask
	JMP  second

statx:
	TESTL $0x1000, DX
	JNE  ask

second:
	CMPL DI, $-100 // AT_FDCWD
	JNE  ask
	MOVQ SI, R11
	JMP  room

first:
	MOVQ DI, R11

	// Is there room for the longest entry? If not, and everything has been read, one
	// of all threads begins anew.
room:
	MOVQ R11, 72(SP)

try:
	MOVQ $0x5eed0b0ff3700001, BX // the buffer
	MOVQ (BX), AX
	CMPL 8(SP), $59 // what has been noted is lost with the program
	JNE  fits
	CMPQ AX, const_ReadAt(BX)
	JNE  ask

fits:
	CMPL AX, $const_limit
	JLS  call
	CMPQ AX, const_ReadAt(BX)
	JNE  ask
	MOVQ AX, R9
	SHRQ $32, R9
	ADDL $1, R9
	SHLQ $32, R9
	LOCK
	CMPXCHGQ R9, (BX)
	JMP  try

call:
	MOVQ 8(SP), AX
	MOVQ $0x5eed0b0ff3700002, R9 // by which the filter knows it
	SYSCALL
	MOVQ AX, 64(SP)

	// R8 becomes the address of the name, DX the outcome.
	MOVQ 72(SP), R8
	XORL DX, DX
	TESTQ AX, AX
	JGE  record
	MOVL $const_Missing, DX
	CMPQ AX, $-2 // ENOENT
	JEQ  record
	MOVL $const_NoDirectory, DX
	CMPQ AX, $-20 // ENOTDIR
	JEQ  record
	CMPL 8(SP), $59 // whose arguments may be what cannot be read
	JEQ  ask
	CMPQ AX, $-14 // EFAULT: there is no name to read
	JEQ  done
	CMPQ AX, $-4  // EINTR
	JEQ  done
	JMP  ask

	// The kernel has read the name to its end, so it can be read. CX becomes its length.
record:
	XORL CX, CX

length:
	CMPB (R8)(CX*1), $0
	JEQ  named
	ADDL $1, CX
	CMPL CX, $const_longest
	JLS  length
	JMP  lost

	// Files of ours may have to be shown in /proc and /dev.
named:
	TESTL CX, CX
	JEQ  done
	CMPL CX, $5
	JLT  reserve
	CMPL (R8), $0x6f72702f // "/pro"
	JEQ  proc
	CMPL (R8), $0x7665642f // "/dev"
	JNE  reserve
	CMPB 4(R8), $0x2f // '/'
	JNE  reserve
	CMPL CX, $8
	JLT  undo
	CMPL 4(R8), $0x6d68732f // "/shm", where files are the program's
	JEQ  reserve
	CMPL CX, $9
	JNE  undo
	CMPL 4(R8), $0x6c756e2f // "/nul"
	JNE  undo
	CMPB 8(R8), $0x6c // 'l'
	JNE  undo
	JMP  reserve

proc:
	CMPL CX, $6
	JLT  reserve
	CMPW 4(R8), $0x2f63 // "c/"
	JEQ  undo

	// One addition takes the room and says in which round that was.
reserve:
	CMPL 8(SP), $59
	JEQ  executed
	CMPL 8(SP), $257
	JNE  look
	ORL  $0x100, DX
	TESTL $0x243, 32(SP) // O_WRONLY, O_RDWR, O_CREAT, O_TRUNC
	JEQ  look
	ORL  $0x200, DX
	JMP  look

	// A process that borrows its parent's memory may have a directory of its own.
executed:
	CMPB (R8), $0x2f // '/'
	JNE  ask
	ORL  $0x400, DX

look:
	LEAQ 15(CX), R11
	ANDQ $-8, R11
	MOVQ R11, R9
	LOCK
	XADDQ R11, (BX)
	MOVL R11, DI
	ADDQ DI, R9
	LEAQ const_HeadSize(BX)(DI*1), DI // the entry
	SHRQ $32, R11
	SHLQ $32, R11
	CMPQ R9, $const_capacity
	JHI  full
	MOVQ DI, 72(SP)
	SHLL $16, DX
	ORQ  DX, R11
	ORQ  CX, R11
	ADDQ $8, DI
	MOVQ R8, SI
	REP; MOVSB
	MOVQ 72(SP), DI
	MOVQ R11, (DI) // now it is one

done:
	MOVQ 64(SP), AX
	JMP  back

	// Others have taken the room since. The first for which there was none says where
	// the entries end.
full:
	SUBQ BX, DI
	CMPQ DI, $(const_capacity+const_HeadSize)
	JGE  lost
	ORQ  $0xffff, R11
	MOVQ R11, (BX)(DI*1)

	// No room for the name. What was opened stays open; whatever else will be made again.
lost:
	CMPL 8(SP), $257
	JNE  ask
	CMPQ 64(SP), $0
	JLT  ask
	LOCK
	INCQ const_LostAt(BX)
	JMP  done

	// The call will be made again. What was opened is of the kernel's, where that may be
	// done twice.
undo:
	CMPL 8(SP), $257
	JNE  ask
	MOVQ 64(SP), DI
	TESTQ DI, DI
	JLT  ask
	MOVL $3, AX // close
	SYSCALL

	// The `syscall` of the site is next, with everything as it was.
ask:
	MOVQ 8(SP), AX
	SUBQ $2, 0(SP)

back:
	MOVQ 0(SP), CX
	MOVQ 16(SP), DI
	MOVQ 24(SP), SI
	MOVQ 32(SP), DX
	MOVQ 40(SP), R8
	MOVQ 48(SP), R9
	MOVQ 56(SP), BX
	MOVQ 80(SP), R11
	PUSHQ R11
	POPFQ
	LEAQ 256(SP), SP
	JMP  CX

TEXT stubEnd<>(SB), NOSPLIT|NOFRAME, $0
	INT  $3

// func stubCode() []byte
TEXT ·stubCode(SB), NOSPLIT, $0-24
	LEAQ stub<>(SB), AX
	LEAQ stubEnd<>(SB), CX
	SUBQ AX, CX
	MOVQ AX, ret_base+0(FP)
	MOVQ CX, ret_len+8(FP)
	MOVQ CX, ret_cap+16(FP)
	RET
