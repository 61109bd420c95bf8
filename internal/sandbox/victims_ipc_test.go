//go:build linux

package sandbox_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ipc are attempts to reach objects of the host that are no files: System V
// memory, queues and semaphores by their key, POSIX queues and memory by their
// name, and keyrings, which are in no namespace (E23). All of them are open to
// everybody.
var ipc = family{name: "ipc", surround: watchIPC, attempts: []attempt{
	{name: "shared-memory", try: func(s *scene) error {
		id, err := unix.SysvShmGet(s.IPC.Key, 0, 0)
		if err != nil {
			return err
		}
		data, err := unix.SysvShmAttach(id, 0, 0)
		if err != nil {
			return err
		}
		copy(data, "planted")
		return unix.SysvShmDetach(data)
	}, refused: "ENOENT", except: landlock("ENOSYS")},
	{name: "queue", try: func(s *scene) error {
		id, err := callFor(unix.SYS_MSGGET, uintptr(s.IPC.Key), 0)
		if err != nil {
			return err
		}
		message := struct {
			kind int64
			text [8]byte
		}{1, [8]byte{'x'}}
		return call(unix.SYS_MSGSND, id, uintptr(unsafe.Pointer(&message)), 8, 0)
	}, refused: "ENOENT", except: landlock("ENOSYS")},
	{name: "semaphore", try: func(s *scene) error {
		id, err := callFor(unix.SYS_SEMGET, uintptr(s.IPC.Key), 0, 0)
		if err != nil {
			return err
		}
		return call(unix.SYS_SEMCTL, id, 0, semSetValue, 7)
	}, refused: "ENOENT", except: landlock("ENOSYS")},
	{name: "posix-queue", try: func(s *scene) error {
		fd, err := callFor(unix.SYS_MQ_OPEN, text(s.IPC.Queue), unix.O_WRONLY, 0, 0)
		if err != nil {
			return err
		}
		b := [8]byte{'x'}
		return call(unix.SYS_MQ_TIMEDSEND, fd, uintptr(unsafe.Pointer(&b)), 8, 0, 0)
	}, refused: "ENOENT", except: landlock("ENOSYS")},
	{name: "remove-posix-queue", try: func(s *scene) error { return call(unix.SYS_MQ_UNLINK, text(s.IPC.Queue)) },
		refused: "ENOENT", except: landlock("ENOSYS")},
	{name: "posix-shared-memory", try: func(s *scene) error { return with(s.IPC.Memory, unix.O_WRONLY, put) }, refused: "ENOENT"},
	{name: "add-key", try: func(*scene) error {
		_, err := unix.AddKey("user", "hermetic-victim", []byte("x"), unix.KEY_SPEC_PROCESS_KEYRING)
		return err
	}, refused: "ENOSYS", quiet: true},
	{name: "session-keyring", try: func(*scene) error {
		_, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true)
		return err
	}, refused: "ENOSYS", quiet: true},
	{name: "request-key", try: func(*scene) error {
		_, err := unix.RequestKey("user", "hermetic-nobody-has-this", "", 0)
		return err
	}, refused: "ENOSYS", outside: "ENOKEY ENOENT", quiet: true},
}}

// include/uapi/linux/{ipc,sem,msg}.h.
const (
	semGetValue = 12
	semSetValue = 16
)

// watchIPC makes the objects.
func watchIPC(t *testing.T, s *scene) func() []string {
	t.Helper()
	fatal := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	key := 1 + rand.IntN(1<<30)
	remove := func(what string, f func() error) {
		t.Cleanup(func() {
			if err := f(); err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("removing %s: %v", what, err)
			}
		})
	}
	const make = unix.IPC_CREAT | unix.IPC_EXCL | 0o666
	shm, err := unix.SysvShmGet(key, 4096, make)
	fatal("making shared memory", err)
	remove("shared memory", func() error { _, err := unix.SysvShmCtl(shm, unix.IPC_RMID, nil); return err })
	memory, err := unix.SysvShmAttach(shm, 0, 0)
	fatal("attaching shared memory", err)
	remove("the mapping", func() error { return unix.SysvShmDetach(memory) })
	msg, err := callFor(unix.SYS_MSGGET, uintptr(key), make)
	fatal("making a queue", err)
	remove("the queue", func() error { return call(unix.SYS_MSGCTL, msg, unix.IPC_RMID, 0) })
	sem, err := callFor(unix.SYS_SEMGET, uintptr(key), 1, make)
	fatal("making a semaphore", err)
	remove("the semaphore", func() error { return call(unix.SYS_SEMCTL, sem, 0, unix.IPC_RMID) })

	name := fmt.Sprintf("hermetic-victims-%d", key)
	attr := [8]int64{0, 1, 8} // struct mq_attr: flags, messages, bytes of each
	mq, err := callFor(unix.SYS_MQ_OPEN, text(name), unix.O_RDONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NONBLOCK, 0o666, uintptr(unsafe.Pointer(&attr)))
	fatal("making a POSIX queue", err)
	remove("the POSIX queue", func() error {
		return errors.Join(unix.Close(int(mq)), call(unix.SYS_MQ_UNLINK, text(name)))
	})
	shared := filepath.Join("/dev/shm", name)
	fatal("making POSIX shared memory", os.WriteFile(shared, []byte(unharmed), 0o644))
	remove("POSIX shared memory", func() error { return os.Remove(shared) })
	s.IPC = ipcNames{Key: key, Queue: name, Memory: shared}

	return func() []string {
		var changes []string
		note := func(is bool, what string) {
			if is {
				changes = append(changes, what)
			}
		}
		note(memory[0] != 0, "shared memory was written to")
		// Without waiting (IPC_NOWAIT), the queue has something or it is empty.
		var message [16]byte
		err := call(unix.SYS_MSGRCV, msg, uintptr(unsafe.Pointer(&message)), 8, 0, 0o4000)
		note(err == nil, "the queue has a message")
		value, err := callFor(unix.SYS_SEMCTL, sem, 0, semGetValue)
		fatal("reading the semaphore", err)
		note(value != 0, "the semaphore was set")
		err = call(unix.SYS_MQ_TIMEDRECEIVE, mq, uintptr(unsafe.Pointer(&message)), 8, 0, 0)
		note(err == nil, "the POSIX queue has a message")
		again, err := callFor(unix.SYS_MQ_OPEN, text(name), unix.O_RDONLY, 0, 0)
		note(err != nil, "the POSIX queue was removed")
		if err == nil {
			fatal("closing the POSIX queue", unix.Close(int(again)))
		}
		data, err := os.ReadFile(shared)
		fatal("reading POSIX shared memory", err)
		note(string(data) != unharmed, "POSIX shared memory was written to")
		return changes
	}
}
