//go:build linux

package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

const faultsArg = "faults"

// The test binary plays two more parts than TestMain knows: the caller of a run
// under which something fails, and the checker inside the view.
func init() {
	if len(os.Args) < 3 {
		return
	}
	switch os.Args[1] {
	case faultsArg:
		os.Exit(faultsMain(os.Args[2]))
	case wallsArg:
		os.Exit(wallsMain(os.Args[2:]))
	}
}

// job is one run of the checker.
type job struct {
	Dir   string         // holds out, ro and secret
	Rules []seccomp.Rule // put on the caller before the run, if there are any
	Wait  bool           // for a byte on standard input, until a tracer is there
	Exe   string         // the test binary, if /proc cannot say where it is
}

// outcome is what a caller of a run learns, and what the run leaves.
type outcome struct {
	Error  string // as people read it: every cause
	Exit   int    // the exit code of the error
	Result sandbox.Result
	Stdout string
	Stderr string
	Left   []string // processes, mounts and owners that were not there before
}

// wallsSpec is the view in which the checker runs, started by a shell that says
// first how many files may be open, because a Go program raises that itself.
func wallsSpec(j job, o outside) (sandbox.Spec, error) {
	exe := j.Exe
	if exe == "" {
		var err error
		if exe, err = os.Executable(); err != nil {
			return sandbox.Spec{}, err
		}
	}
	data, err := json.Marshal(o)
	if err != nil {
		return sandbox.Spec{}, err
	}
	s := hostView("/bin/sh", "-c", `ulimit -n; exec /victim "$@"`, "sh", wallsArg, string(data))
	s.Mounts = append(s.Mounts,
		sandbox.Mount{Kind: spec.Bind, Source: exe, Target: "/victim", File: true},
		sandbox.Mount{Kind: spec.Bind, Source: filepath.Join(j.Dir, "ro"), Target: "/ro"},
		sandbox.Mount{Kind: spec.Cover, Target: "/ro/hidden"},
		sandbox.Mount{Kind: spec.Cover, Target: "/ro/hidden-file"},
		sandbox.Mount{Kind: spec.Tmpfs, Target: "/shm", Size: 1 << 20, Mode: 0o1777},
		sandbox.Mount{Kind: spec.Bind, Source: filepath.Join(j.Dir, "out"), Target: "/out", Writable: true})
	s.Files = []sandbox.File{{Path: "/conf", Data: "constant"}}
	return s, nil
}

// faultsMain runs a job and prints the outcome as JSON.
func faultsMain(text string) int {
	o, err := perform(text)
	if err == nil {
		err = again(func() error { return json.NewEncoder(os.Stdout).Encode(o) })
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		return 1
	}
	return 0
}

func perform(text string) (outcome, error) {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return outcome{}, err
	}
	// Whatever outlives its parent becomes our child, and is seen.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return outcome{}, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return outcome{}, err
	}
	defer listener.Close()
	abstract := fmt.Sprintf("@hermetic-faults-%d", os.Getpid())
	second, err := net.Listen("unix", abstract)
	if err != nil {
		return outcome{}, err
	}
	defer second.Close()
	s, err := wallsSpec(j, outside{
		Secret: filepath.Join(j.Dir, "secret"), PID: os.Getpid(),
		Address: listener.Addr().String(), Abstract: abstract,
	})
	if err != nil {
		return outcome{}, err
	}
	before, err := surroundings(j.Dir)
	if err != nil {
		return outcome{}, err
	}
	o, err := observe(j, s)
	if err != nil {
		return o, err
	}
	var after map[string]bool
	err = again(func() (err error) { after, err = surroundings(j.Dir); return err })
	if err != nil {
		return o, err
	}
	for thing := range after {
		if !before[thing] {
			o.Left = append(o.Left, thing)
		}
	}
	return o, again(func() error {
		var ws syscall.WaitStatus
		switch pid, err := syscall.Wait4(-1, &ws, syscall.WNOHANG, nil); {
		case err == nil:
			o.Left = append(o.Left, fmt.Sprintf("process %d", pid))
		case !errors.Is(err, syscall.ECHILD):
			return err
		}
		return nil
	})
}

// surroundings are the mounts of the caller, and what is in its directories
// with its owner and mode.
func surroundings(dir string) (map[string]bool, error) {
	things := map[string]bool{}
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil && !errors.Is(err, os.ErrNotExist) { // a host without /proc
		return nil, err
	}
	for line := range strings.Lines(string(data)) {
		// Other packages' tests make systems of Debian, which mount for a while.
		if !strings.Contains(line, "/mmdebstrap.") {
			things["mount "+line] = true
		}
	}
	err = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		things[fmt.Sprintf("%s of %d:%d, mode %o", path, st.Uid, st.Gid, st.Mode)] = true
		return nil
	})
	return things, err
}
