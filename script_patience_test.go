//go:build linux

package hermetic_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
)

// patience is how long a script may take: several times what the longest does on a slow
// machine. What takes longer hangs, and who reads of it must learn where.
const patience = 25 * time.Minute

// mercy is how long a program may take to say what its goroutines do.
const mercy = 10 * time.Second

// watch ends the commands of a script that hangs, and logs what their processes and those
// of their worlds wait for. A command in Go says what its goroutines do.
func watch(env *testscript.Env) {
	over := make(chan struct{})
	env.Defer(func() { close(over) })
	go func() {
		select {
		case <-over:
			return
		case <-time.After(patience):
		}
		families := families()
		commands := commandsOf(env.WorkDir, families)
		env.T().Log(fmt.Sprintf("the script hangs after %s:\n%s", patience, waits(families, commands, "")))
		for _, sig := range []syscall.Signal{syscall.SIGABRT, syscall.SIGKILL} {
			for _, pid := range commands {
				if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
					env.T().Log(fmt.Sprintf("killing process %d: %v", pid, err))
				}
			}
			select {
			case <-over:
				return
			case <-time.After(mercy):
			}
		}
	}()
}

// commandsOf are the processes that have the environment of a script, wherever they are: a
// command may have ended, and who holds its output may not have. Those that another of them
// began are among its family.
func commandsOf(work string, families map[int][]int) []int {
	var all []int
	for _, pid := range processes() {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if err == nil && bytes.Contains(append([]byte{0}, data...), []byte("\x00WORK="+work+"\x00")) { // or it has just ended
			all = append(all, pid)
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(pid int) bool {
		return slices.ContainsFunc(all, func(by int) bool { return slices.Contains(families[by], pid) })
	})
}

// waits says what processes and their descendants wait for, a line each: how many threads are in
// which state, function of the kernel and system call.
func waits(families map[int][]int, pids []int, indent string) string {
	var b strings.Builder
	for _, pid := range pids {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
		if err != nil {
			return err.Error()
		}
		alike := map[string]int{}
		for _, dir := range threads {
			s, _ := stage.StatusOf(dir) // nothing, if it has ended
			call, _, _ := strings.Cut(ofProc(dir, "syscall", 160), " ")
			alike[s.State+" "+ofProc(dir, "wchan", 40)+" "+call]++
		}
		fmt.Fprintf(&b, "%s%d `%s` %v\n", indent, pid, ofProc(fmt.Sprintf("/proc/%d", pid), "cmdline", 60), alike)
		b.WriteString(waits(families, families[pid], indent+"  "))
	}
	return b.String()
}

// ofProc is the beginning of a file in a directory of /proc, on one line.
func ofProc(dir, name string, most int) string {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(bytes.ReplaceAll(data[:min(len(data), most)], []byte{0}, []byte(" "))))
}

// families are the numbers of all processes by that of their parent.
func families() map[int][]int {
	families := map[int][]int{}
	for _, pid := range processes() {
		if s, err := stage.StatusOf(fmt.Sprintf("/proc/%d", pid)); err == nil { // or it has just ended
			families[s.Parent] = append(families[s.Parent], pid)
		}
	}
	return families
}

// processes are the numbers of all processes.
func processes() (pids []int) {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil
	}
	for _, dir := range dirs {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
