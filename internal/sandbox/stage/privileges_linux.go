package stage

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// DropPrivileges gives up every capability of the calling thread, and the right
// to gain any at an exec. What the thread forks has none either. It cannot be
// undone.
func DropPrivileges() error {
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return Failed(err, "dropping ambient capabilities")
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return Failed(err, "setting no_new_privs")
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none, have [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return Failed(err, "dropping capabilities")
	}
	// The kernel is asked instead of trusting the calls above.
	if err := unix.Capget(&header, &have[0]); err != nil {
		return Failed(err, "reading capabilities")
	}
	if have != none {
		return Failed(fmt.Errorf("some are left: %+v", have), "dropping capabilities")
	}
	return nil
}
