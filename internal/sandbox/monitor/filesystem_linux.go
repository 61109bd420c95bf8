package monitor

import (
	"encoding/binary"
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// statfs answers what kind of file system a path is on, and how full that is.
func (m *Monitor) statfs(_ *task, c *supervisor.Call) supervisor.Answer {
	name, err := c.String(c.Args[0])
	if err != nil || name == "" {
		return supervisor.Continue() // as the kernel will find
	}
	if !strings.HasPrefix(name, "/") {
		dir, err := c.Place(unix.AT_FDCWD)
		if err != nil {
			return supervisor.Continue()
		}
		name = dir + "/" + name
	}
	if kernels(path.Clean(name)) {
		return supervisor.Continue()
	}
	if place, outcome := m.resolve(name); outcome != observation.Found || kernels(place) {
		return supervisor.Continue()
	}
	return reply(c, c.Args[1], constantDisk(m.shown().Disk), 0)
}

func (m *Monitor) fstatfs(_ *task, c *supervisor.Call) supervisor.Answer {
	place, err := c.Place(int(int32(c.Args[0])))
	if err != nil || !strings.HasPrefix(place, "/") || kernels(place) {
		return supervisor.Continue()
	}
	return reply(c, c.Args[1], constantDisk(m.shown().Disk), 0)
}

// kernels reports whether a place is in a file system that the kernel makes up:
// programs ask for its kind to be sure that it is the real one.
func kernels(place string) bool {
	return place == "/proc" || strings.HasPrefix(place, "/proc/") || strings.HasPrefix(place, "/dev/")
}

// constantDisk is a struct statfs (include/uapi/asm-generic/statfs.h) of an ext4 with
// room for everything.
func constantDisk(size uint64) []byte {
	const (
		kind      = 0xef53 // include/uapi/linux/magic.h: EXT4_SUPER_MAGIC
		blockSize = 4096
		files     = 1 << 26
		nameLen   = 255
		words     = 15
	)
	// Type, block size, blocks: all, free, available; files: all, free; the file
	// system's number, length of a name, fragment size, mount flags, four spare.
	var out []byte
	blocks := size / blockSize
	for _, word := range [words]uint64{kind, blockSize, blocks, blocks / 2, blocks / 2, files, files / 2, 0, nameLen, blockSize} {
		out = binary.LittleEndian.AppendUint64(out, word)
	}
	return out
}

// priority answers that nobody has another nice value than the normal one: the
// caller's cannot be lowered without privileges. The kernel returns 20 - nice.
func (m *Monitor) priority(t *task, _ *supervisor.Call) supervisor.Answer {
	if t.process.program.exempt {
		return supervisor.Continue()
	}
	return supervisor.Return(20)
}

// ofProcess are files that every process has in /proc, and in which something of
// the host can be read: where mounts come from, and whom the kernel would kill.
func ofProcess(mounts []spec.Mount) map[string]string {
	var info, table strings.Builder
	line := func(n int, m spec.Mount) {
		access := "ro"
		if m.Writable || m.Kind == spec.Device {
			access = "rw"
		}
		fmt.Fprintf(&info, "%d 1 0:%d / %s %s,nosuid,nodev,relatime - ext4 hermetic rw\n", n+2, n+2, escapeMount(m.Target), access)
		fmt.Fprintf(&table, "hermetic %s ext4 %s,nosuid,nodev,relatime 0 0\n", escapeMount(m.Target), access)
	}
	line(-1, spec.Mount{Target: "/"})
	for n, m := range mounts {
		line(n, m)
	}
	return map[string]string{
		"mountinfo": info.String(), "mounts": table.String(),
		"oom_score_adj": "0\n", "oom_adj": "0\n", "oom_score": "0\n",
	}
}

// escapeMount writes a path as the kernel does in a table of mounts.
func escapeMount(place string) string {
	return strings.NewReplacer(" ", `\040`, "\t", `\011`, "\n", `\012`, `\`, `\134`).Replace(place)
}

// processFile is the name under which a file of a process is kept: it is the same
// for all of them.
func processFile(name string) string {
	parts := strings.Split(strings.TrimPrefix(name, "/proc/"), "/")
	switch {
	case name == "/proc/mounts":
		return "/proc/self/mounts"
	case len(parts) == 4 && parts[1] == "task":
		return "/proc/self/" + parts[3]
	case len(parts) == 2:
		return "/proc/self/" + parts[1]
	}
	return name
}
