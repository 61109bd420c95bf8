package monitor

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// vdsoCode makes of each function a call of the same name with the same
// arguments: `mov x8, #number; svc #0; ret`. That of getrandom keeps a state of
// the caller's, for which there is no call; it fails, and the C library makes the
// call by itself: `mov x0, #-ENOSYS; ret`.
var vdsoCode = map[string][]byte{
	"clock_gettime": callCode(unix.SYS_CLOCK_GETTIME),
	"clock_getres":  callCode(unix.SYS_CLOCK_GETRES),
	"gettimeofday":  callCode(unix.SYS_GETTIMEOFDAY),
	"getrandom":     instructions(0x928004a0, 0xd65f03c0),
}

func callCode(number uint32) []byte {
	return instructions(0xd2800008|number<<5, 0xd4000001, 0xd65f03c0)
}

func instructions(list ...uint32) []byte {
	var code []byte
	for _, i := range list {
		code = binary.LittleEndian.AppendUint32(code, i)
	}
	return code
}
