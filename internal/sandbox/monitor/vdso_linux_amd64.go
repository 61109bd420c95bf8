package monitor

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// vdsoCode makes of each function a call of the same name with the same
// arguments: `mov $number, %eax; syscall; ret`. That of getrandom keeps a state of
// the caller's, for which there is no call; it fails, and the C library makes the
// call by itself: `mov $-ENOSYS, %rax; ret`.
var vdsoCode = map[string][]byte{
	"clock_gettime": callCode(unix.SYS_CLOCK_GETTIME),
	"clock_getres":  callCode(unix.SYS_CLOCK_GETRES),
	"gettimeofday":  callCode(unix.SYS_GETTIMEOFDAY),
	"time":          callCode(unix.SYS_TIME),
	"getcpu":        callCode(unix.SYS_GETCPU),
	"getrandom":     {0x48, 0xc7, 0xc0, 0xda, 0xff, 0xff, 0xff, 0xc3},
}

func callCode(number uint32) []byte {
	code := binary.LittleEndian.AppendUint32([]byte{0xb8}, number)
	return append(code, 0x0f, 0x05, 0xc3)
}
