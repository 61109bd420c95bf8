package probe

import (
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// insideID is the user and group inside a world.
const insideID = 1000

// anotherNamespace sees whether the child is in another namespace of this kind.
func anotherNamespace(kind string) func(string) (string, error) {
	return func(outside string) (string, error) {
		if _, err := waiting(""); err != nil {
			return "", err
		}
		link, err := os.Readlink("/proc/self/ns/" + kind)
		if err != nil {
			return "", failed(err, "reading which namespace the process is in")
		}
		if link == outside {
			return "", wrong("comparing namespaces", "the process is in the caller's")
		}
		if kind == "pid" && os.Getpid() != 1 {
			return "", wrong("looking at the own number", "it is %d, not 1", os.Getpid())
		}
		return "", nil
	}
}

// waitingName is the child that only waits.
const waitingName = "waiting"

// waiting ends when the parent says that it has done its part.
func waiting(string) (string, error) {
	_, err := io.Copy(io.Discard, os.Stdin)
	return "", failed(err, "waiting for the parent")
}

// writeIDMap gives a child in a new user namespace one user and one group.
func writeIDMap(pid int) error {
	for _, m := range []struct{ file, text string }{
		{"setgroups", "deny"}, // or an ordinary user may not write the next but one (user_namespaces(7))
		{"uid_map", fmt.Sprintf("%d %d 1", insideID, os.Geteuid())},
		{"gid_map", fmt.Sprintf("%d %d 1", insideID, os.Getegid())},
	} {
		file, err := os.OpenFile("/proc/"+strconv.Itoa(pid)+"/"+m.file, os.O_RDWR, 0)
		if err != nil {
			return failed(err, "opening "+m.file)
		}
		_, err = file.WriteString(m.text)
		if closing := file.Close(); err == nil {
			err = closing
		}
		if err != nil {
			return failed(err, "writing "+m.file)
		}
	}
	return nil
}

// mappedID sees whether the map is in force.
func mappedID(string) (string, error) {
	if _, err := waiting(""); err != nil {
		return "", err
	}
	if uid, gid := unix.Getuid(), unix.Getgid(); uid != insideID || gid != insideID {
		return "", wrong("looking at the own user", "it is %d with group %d", uid, gid)
	}
	return "", nil
}
