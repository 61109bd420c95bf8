#include "textflag.h"

// ring is the handler. The kernel saves and restores every register, and leaves in
// R30 where its vDSO calls rt_sigreturn(2). write(2) is call 64; it changes R0 only.
TEXT ring<>(SB), NOSPLIT|NOFRAME, $0
	MOVD $·ringing(SB), R6
enter:
	LDAXR (R6), R7
	ADD   $1, R7
	STLXR R7, (R6), R9
	CBNZ  R9, enter
	DMB   $0xb // inner shareable: no bell is looked at before
	MOVD  $·bells(SB), R3
	MOVD  ·slots(SB), R4
next:
	SUBS $1, R4, R4
	BLT  done
	MOVW (R3)(R4<<2), R0
	TBNZ $31, R0, next
	MOVD R6, R1
	MOVD $8, R2
	MOVD $64, R8
	SVC
	B    next
done:
	LDAXR (R6), R7
	SUB   $1, R7
	STLXR R7, (R6), R9
	CBNZ  R9, done
	RET

// func ringAddress() uintptr
TEXT ·ringAddress(SB), NOSPLIT, $0-8
	MOVD $ring<>(SB), R0
	MOVD R0, ret+0(FP)
	RET
