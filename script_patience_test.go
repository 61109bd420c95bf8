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
		families, commands := families(), commandsOf(env.WorkDir)
		for _, pid := range slices.Clone(commands) { // what another one began stands below it
			commands = slices.DeleteFunc(commands, func(other int) bool { return slices.Contains(families[pid], other) })
		}
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
// command may have ended, and who holds its output may not have.
func commandsOf(work string) (pids []int) {
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		return nil
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(append([]byte{0}, data...), []byte("\x00WORK="+work+"\x00")) {
			continue // or it has just ended
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
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
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil
	}
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		if s, err := stage.StatusOf(dir); err == nil { // or it has just ended
			families[s.Parent] = append(families[s.Parent], pid)
		}
	}
	return families
}
