package stage

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Status is a part of what /proc says of a process or thread (proc_pid_stat(5)).
type Status struct {
	State   string // a letter
	Parent  int
	Group   int
	Threads int
}

// StatusOf reads the stat of a directory in /proc, behind the name, which may hold
// anything.
func StatusOf(dir string) (Status, error) {
	data, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return Status{}, err
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(fields) < 18 {
		return Status{}, fmt.Errorf("`%s/stat` cannot be read", dir)
	}
	s := Status{State: fields[0]}
	for i, number := range map[int]*int{1: &s.Parent, 2: &s.Group, 17: &s.Threads} {
		if *number, err = strconv.Atoi(fields[i]); err != nil {
			return Status{}, fmt.Errorf("`%s/stat` cannot be read: %w", dir, err)
		}
	}
	return s, nil
}
