#include "textflag.h"

// ring is the handler. The kernel saves and restores every register, and calls with
// the address of the restorer on the stack. write(2) is call 1; it changes AX, CX
// and R11 only.
TEXT ring<>(SB), NOSPLIT|NOFRAME, $0
	LOCK
	INCQ ·ringing(SB)
	LEAQ ·bells(SB), R8
	MOVQ ·slots(SB), R9
next:
	SUBQ $1, R9
	JLT  done
	MOVLQSX (R8)(R9*4), DI
	TESTQ DI, DI
	JLT  next
	LEAQ ·ringing(SB), SI
	MOVL $8, DX
	MOVL $1, AX
	SYSCALL
	JMP  next
done:
	LOCK
	DECQ ·ringing(SB)
	RET

// restorer calls rt_sigreturn(2), which does not come back.
TEXT restorer<>(SB), NOSPLIT|NOFRAME, $0
	MOVL $15, AX
	SYSCALL
	INT  $3

// func ringAddress() uintptr
TEXT ·ringAddress(SB), NOSPLIT, $0-8
	LEAQ ring<>(SB), AX
	MOVQ AX, ret+0(FP)
	RET

// func restorerAddress() uintptr
TEXT ·restorerAddress(SB), NOSPLIT, $0-8
	LEAQ restorer<>(SB), AX
	MOVQ AX, ret+0(FP)
	RET
