package probe

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/advice"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// What the supervised process opens, and what must come of it.
const (
	refusedPath   = "/"         // is there, and is answered with ENOENT
	continuedPath = "/dev/null" // is left to the kernel
	replacedPath  = "/no/such/file/of/cargo-hermetic"
	replacement   = "content of the replacement"
)

// supervision goes the whole way of a supervised call with a process made for
// it: a runtime may allow the filter and refuse the rest of it.
func supervision(string) (string, error) {
	result, asked, err := supervise("calls")
	if err != nil {
		return "", err
	}
	want := []string{refusedPath, continuedPath, replacedPath}
	return result, see(nil, slices.Equal(asked, want), "reading the caller's memory", "the paths read were %q", asked)
}

// nestedSupervision asks for a second supervisor in the supervised process.
func nestedSupervision(string) (string, error) {
	result, _, err := supervise("nested")
	return result, err
}

// supervise starts a supervised process, answers its calls, and returns what it
// reports and the paths that it asked for.
func supervise(what string) (value string, asked []string, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", nil, failed(err, "making a socket")
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "socket"), os.NewFile(uintptr(pair[1]), "socket")
	defer ours.Close()
	reading, writing, err := os.Pipe()
	if err != nil {
		theirs.Close()
		return "", nil, failed(err, "making a pipe")
	}
	defer reading.Close()
	cmd := exec.Command("/proc/self/exe")
	cmd.Args, cmd.Env = []string{childName, supervisedName, what}, []string{}
	cmd.ExtraFiles = []*os.File{writing, theirs}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err = cmd.Start()
	writing.Close()
	theirs.Close()
	if err != nil {
		return "", nil, failed(err, "starting a process")
	}
	listener, err := receive(ours)
	var serveErr error
	if err == nil && listener >= 0 {
		asked, serveErr = serve(listener, cmd.Process)
	}
	data, readErr := io.ReadAll(reading)
	waitErr := cmd.Wait()
	var r report
	switch parseErr := json.Unmarshal(data, &r); {
	case err != nil:
		return "", nil, failed(err, "receiving the listener")
	case errors.As(serveErr, new(*failure)):
		return "", nil, serveErr
	case serveErr != nil:
		return "", nil, failed(bare(serveErr), "answering a call")
	case readErr != nil || parseErr != nil:
		return "", nil, wrong("waiting for the supervised process", "it ended without a report (%v)", waitErr)
	}
	return r.Value, asked, r.err()
}

// serve answers until the process ends.
func serve(listener int, p *os.Process) ([]string, error) {
	defer unix.Close(listener)
	// Nobody writes to it: the end of the process is the end of the service.
	stopRead, stopWrite, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer stopRead.Close()
	defer stopWrite.Close()
	var asked []string
	var inside error
	err = supervisor.Serve(listener, int(stopRead.Fd()), func(c *supervisor.Call) supervisor.Answer {
		path, err := c.String(c.Args[1])
		asked = append(asked, path)
		if err != nil {
			inside = failed(bare(err), "process_vm_readv")
			return supervisor.Refuse(uintptr(unix.EIO))
		}
		switch path {
		case refusedPath:
			return supervisor.Refuse(uintptr(unix.ENOENT))
		case replacedPath:
			fd, err := replacementFile()
			if err != nil {
				inside = failed(err, "making the replacement")
				return supervisor.Refuse(uintptr(unix.EIO))
			}
			return supervisor.Open(fd, unix.O_CLOEXEC)
		}
		return supervisor.Continue()
	})
	if err != nil {
		// Nobody answers it any more.
		_ = p.Kill()
	}
	if inside != nil {
		return asked, inside
	}
	return asked, err
}

func replacementFile() (int, error) {
	fd, err := unix.MemfdCreate("replacement", unix.MFD_CLOEXEC)
	if err != nil {
		return -1, err
	}
	_, err = unix.Pwrite(fd, []byte(replacement), 0)
	return fd, err
}

// receive gets the listener, or -1 from a process that ended before.
func receive(socket *os.File) (int, error) {
	var data [1]byte
	oob := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(int(socket.Fd()), data[:], oob, unix.MSG_CMSG_CLOEXEC)
	if err != nil || n == 0 {
		return -1, err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil {
		return -1, err
	}
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil || len(fds) == 1 {
			return append(fds, -1)[0], err
		}
	}
	return -1, fmt.Errorf("%d messages without a descriptor", len(messages))
}

// installing marks an error as one of the listener itself.
func installing(err error) error {
	return &failure{step: "installing the listener", kind: advice.Listener, err: bare(err)}
}

// expect compares an error number with the answer that was given.
func expect(err error, want unix.Errno, step string) error {
	if errors.Is(err, want) {
		return nil
	}
	return wrong(step, "the answer was not the one given (%v)", err)
}
