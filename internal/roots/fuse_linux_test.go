package roots

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// automounter is a file system whose every name is looked up by asking, like
// that of an automounter. It shows one directory, `here`, and answers no other
// question: who asks for anything else waits until the file system is taken down.
// It remembers what was asked. The protocol is that of linux/fuse.h, 7.31.
type automounter struct {
	dev   *os.File
	mu    sync.Mutex
	names []string      // asked for and not answered
	asked chan struct{} // one for each
}

const (
	fuseLookup    = 1
	fuseForget    = 2
	fuseGetattr   = 3
	fuseInit      = 26
	fuseInterrupt = 36 // of one who waits; Go interrupts threads to share them out
	fuseForgets   = 42
	fuseTop       = 1 // node
	fuseHere      = 2 // node
	forEver       = 1 << 30
)

type fuseRequest struct {
	Len, Opcode      uint32
	Unique, Node     uint64
	UID, GID, PID, _ uint32
}

type fuseAttr struct {
	Ino, Size, Blocks, Atime, Mtime, Ctime  uint64
	AtimeNsec, MtimeNsec, CtimeNsec         uint32
	Mode, Nlink, UID, GID, Rdev, Blk, Flags uint32
}

// automount mounts the file system over a directory, until the end of the test.
func automount(t *testing.T, dir string) *automounter {
	t.Helper()
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Skipf("no file systems of one's own on this host: /dev/fuse: %v", err)
	}
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", fd)
	if err := unix.Mount("automounter", dir, "fuse", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		t.Skipf("no file systems of one's own on this host: %v", errors.Join(err, unix.Close(fd)))
	}
	// Not earlier: before it is mounted the device cannot be waited for.
	a := &automounter{dev: os.NewFile(uintptr(fd), "/dev/fuse"), asked: make(chan struct{}, 1000)}
	served := make(chan error, 1)
	go func() { served <- a.serve() }()
	t.Cleanup(func() {
		// Closing ends every wait; who waits keeps the mount from going.
		if err := errors.Join(a.dev.Close(), <-served, unix.Unmount(dir, unix.MNT_DETACH)); err != nil {
			t.Error(err)
		}
	})
	return a
}

// serve answers until the device is closed.
func (a *automounter) serve() error {
	buffer := make([]byte, 1<<17)
	for {
		n, err := a.dev.Read(buffer)
		switch {
		case errors.Is(err, unix.ENOENT): // the one who asked is gone
			continue
		case errors.Is(err, os.ErrClosed):
			return nil
		case err != nil:
			return err
		}
		var request fuseRequest
		reader := bytes.NewReader(buffer[:n])
		if err := binary.Read(reader, binary.NativeEndian, &request); err != nil {
			return err
		}
		if err := a.answer(request, buffer[n-reader.Len():n]); err != nil {
			return err
		}
	}
}

func (a *automounter) answer(request fuseRequest, body []byte) error {
	directory := fuseAttr{Ino: request.Node, Mode: unix.S_IFDIR | 0o755, Nlink: 2, Blk: 4096}
	switch request.Opcode {
	case fuseInit:
		return a.reply(request, struct {
			Major, Minor, Readahead, Flags uint32
			Background, Congestion         uint16
			MaxWrite, TimeGran             uint32
			MaxPages, Alignment            uint16
			Rest                           [8]uint32
		}{Major: 7, Minor: 31, MaxWrite: 4096, TimeGran: 1})
	case fuseGetattr:
		return a.reply(request, struct {
			Valid        uint64
			Nsec, Unused uint32
			fuseAttr
		}{Valid: forEver, fuseAttr: directory})
	case fuseForget, fuseForgets, fuseInterrupt:
		return nil // needs no answer
	case fuseLookup:
		if name := string(bytes.TrimRight(body, "\x00")); name == "here" && request.Node == fuseTop {
			directory.Ino = fuseHere
			return a.reply(request, struct {
				Node, Generation, Valid, AttrValid uint64
				Nsec, AttrNsec                     uint32
				fuseAttr
			}{Node: fuseHere, Valid: forEver, AttrValid: forEver, fuseAttr: directory})
		}
	}
	a.mu.Lock()
	a.names = append(a.names, fmt.Sprintf("%d %s", request.Opcode, bytes.TrimRight(body, "\x00")))
	a.mu.Unlock()
	a.asked <- struct{}{}
	return nil
}

func (a *automounter) reply(request fuseRequest, body any) error {
	var out bytes.Buffer
	header := struct {
		Len, Error uint32
		Unique     uint64
	}{uint32(16 + binary.Size(body)), 0, request.Unique}
	if err := errors.Join(binary.Write(&out, binary.NativeEndian, header), binary.Write(&out, binary.NativeEndian, body)); err != nil {
		return err
	}
	_, err := a.dev.Write(out.Bytes())
	return err
}

// unanswered are the questions that somebody waits for.
func (a *automounter) unanswered() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.names...)
}
