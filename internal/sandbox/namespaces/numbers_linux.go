package namespaces

import (
	"cmp"
	"errors"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
)

// firstNumber is the number of the command as a process where numbers are held.
// Many programs seed what they call random with theirs. The kernel counts up, so
// the numbers of what the command starts one after the other follow.
const firstNumber = 100

// numbers is the file in which the kernel keeps the last number that it gave
// (pid_namespaces(7)); -1 where they are not held.
type numbers int

// openNumbers opens it as long as the host's /proc is there, and sees to it that
// no thread of ours takes a number later.
func openNumbers(p *plan, c *stage.Child) (numbers, error) {
	if p.Spec.Determinism == nil {
		return -1, nil
	}
	fd, err := unix.Open("/proc/sys/kernel/ns_last_pid", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, c.Weaker("numbers of processes differ from run to run (ns_last_pid: " + err.Error() + ")")
	}
	keepThreads()
	return numbers(fd), nil
}

// spareThreads are more than pid 1 ever runs at a time: one waits for children, one
// for the parent, one starts the command, one sends the listener.
const spareThreads = 8

// keepThreads makes all threads that this process will need. They stay when their
// goroutines end, and are for others as soon as they sleep: until then the runtime
// would make another one.
func keepThreads() {
	debug.SetGCPercent(-1) // pid 1 makes no garbage worth a thread
	var there, gone sync.WaitGroup
	enough := make(chan struct{})
	there.Add(spareThreads)
	for range spareThreads {
		gone.Go(func() {
			runtime.LockOSThread()
			there.Done()
			<-enough
			runtime.UnlockOSThread()
		})
	}
	there.Wait()
	close(enough)
	gone.Wait()
	for range 1000 { // a second, on a host that is very busy; mostly once
		if othersSleep() {
			return
		}
		pause := unix.NsecToTimespec(1e6)
		_ = unix.Nanosleep(&pause, nil) // however long it is
	}
}

// othersSleep reports whether all threads of this process but this one wait for
// something. Where that cannot be read nothing is gained by waiting.
func othersSleep() bool {
	entries, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return true
	}
	self, err := os.Readlink("/proc/thread-self")
	if err != nil {
		return true
	}
	for _, e := range entries {
		s, err := stage.StatusOf("/proc/self/task/" + e.Name())
		if err == nil && e.Name() != path.Base(self) && s.State != "S" {
			return false
		}
	}
	return true
}

// set gives the next process the first number. It needs the capabilities that the
// calling thread is about to give up.
func (n numbers) set(p *plan, c *stage.Child) error {
	if n < 0 {
		return nil
	}
	first := cmp.Or(p.Spec.Determinism.Another.Numbers, firstNumber)
	_, err := unix.Write(int(n), []byte(strconv.Itoa(first-1)))
	if err = errors.Join(err, unix.Close(int(n))); err != nil {
		return c.Weaker("numbers of processes differ from run to run (ns_last_pid: " + err.Error() + ")")
	}
	return nil
}
