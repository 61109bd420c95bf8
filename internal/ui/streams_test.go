//go:build unix

package ui

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/term"
)

// mark is a filter that puts its name around each write, and on its end.
type mark struct {
	name string
	w    io.Writer
	end  error
}

func (m *mark) Write(b []byte) (int, error) {
	if _, err := m.w.Write(b); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (m *mark) Close() error {
	_, err := io.WriteString(m.w, "<end of "+m.name+">\n")
	return errors.Join(err, m.end)
}

// marked gives both streams a filter.
func marked(s *Streams) *Streams {
	s.FilterOut = func(w io.Writer) (io.WriteCloser, error) { return &mark{name: "out", w: w}, nil }
	s.FilterErr = func(w io.Writer) (io.WriteCloser, error) { return &mark{name: "err", w: w}, nil }
	return s
}

func file(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "stream"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func content(t *testing.T, f *os.File) string {
	t.Helper()
	data, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// say writes as the child.
func say(t *testing.T, w *os.File, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, s *Streams) {
	t.Helper()
	if err := s.Open(); err != nil {
		t.Fatal(err)
	}
}

func TestStreamsPipes(t *testing.T) {
	for _, color := range []string{"auto", "never"} {
		out, err := file(t), file(t)
		s := marked(&Streams{Stdout: out, Stderr: err, Color: color})
		open(t, s)
		if s.ChildOut == s.ChildErr || s.ChildOut == out || s.ChildErr == err {
			t.Error("the child holds the caller's descriptor, or one for both")
		}
		for _, f := range []*os.File{s.ChildOut, s.ChildErr} {
			if info, err := f.Stat(); err != nil || info.Mode().Type() != os.ModeNamedPipe {
				t.Errorf("the child's end is no pipe: %v, %v", info, err)
			}
		}
		say(t, s.ChildOut, "to out\n")
		say(t, s.ChildErr, "to err, no end of line")
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff("to out\n<end of out>\n", content(t, out)); diff != "" {
			t.Errorf("stdout (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff("to err, no end of line<end of err>\n", content(t, err)); diff != "" {
			t.Errorf("stderr (-want +got):\n%s", diff)
		}
		if s.ChildOut != nil || s.ChildErr != nil {
			t.Error("the child's ends are still there")
		}
	}
}

// Two streams that lead to one place keep their order, and share a filter.
func TestStreamsShared(t *testing.T) {
	out := file(t)
	twin, err := os.OpenFile(out.Name(), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer twin.Close()
	s := marked(&Streams{Stdout: out, Stderr: twin, Color: "auto"})
	open(t, s)
	if s.ChildOut != s.ChildErr {
		t.Fatal("two ends for one file")
	}
	var want strings.Builder
	for i := range 1000 {
		line := strings.Repeat("x", i%70) + "\n"
		want.WriteString(line)
		if i%2 == 0 {
			say(t, s.ChildOut, line)
		} else {
			say(t, s.ChildErr, line)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(want.String()+"<end of err>\n", content(t, out)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s = marked(&Streams{Stdout: out, Stderr: twin, Color: "auto", Separate: true})
	open(t, s)
	if s.ChildOut == s.ChildErr {
		t.Error("one end, though two were asked for")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if !strings.HasSuffix(content(t, out), "<end of out>\n") && !strings.HasSuffix(content(t, out), "<end of err>\n") {
		t.Error("a filter was not closed")
	}
}

// A caller that went away, as in `cargo hermetic build | head -1`, neither
// stops the child nor is an error; a full disk is one.
func TestStreamsCallerFails(t *testing.T) {
	gone := func() *os.File {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { write.Close() })
		if err := read.Close(); err != nil {
			t.Fatal(err)
		}
		return write
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	for name, c := range map[string]struct {
		stdout *os.File
		want   error
	}{"gone": {gone(), nil}, "full": {full, syscall.ENOSPC}} {
		errs := file(t)
		s := marked(&Streams{Stdout: c.stdout, Stderr: errs, Color: "auto"})
		open(t, s)
		// More than a pipe holds: a child that is not read from would block here.
		say(t, s.ChildOut, strings.Repeat("line\n", 100_000))
		say(t, s.ChildErr, "still heard\n")
		if err := s.Close(); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if diff := cmp.Diff("still heard\n<end of err>\n", content(t, errs)); diff != "" {
			t.Errorf("%s: stderr (-want +got):\n%s", name, diff)
		}
	}
}

// That the caller went away hides no other failure.
func TestStreamsFilterFails(t *testing.T) {
	broken := errors.New("broken filter")
	for name, stdout := range map[string]*os.File{"file": file(t), "gone": closedPipe(t)} {
		s := marked(&Streams{Stdout: stdout, Stderr: file(t), Color: "auto"})
		s.FilterOut = func(w io.Writer) (io.WriteCloser, error) { return &mark{"out", w, broken}, nil }
		open(t, s)
		say(t, s.ChildOut, "x")
		if err := s.Close(); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func closedPipe(t *testing.T) *os.File {
	t.Helper()
	read, write, err := os.Pipe()
	if err == nil {
		err = read.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { write.Close() })
	return write
}

// Neither success nor failure leaves a descriptor behind.
func TestStreamsDescriptors(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no /proc to count descriptors in")
	}
	out, errs := file(t), file(t)
	broken := errors.New("broken filter")
	fails := func(io.Writer) (io.WriteCloser, error) { return nil, broken }
	for name, s := range map[string]*Streams{
		"good":         marked(&Streams{Stdout: out, Stderr: errs, Color: "auto"}),
		"terminals":    marked(&Streams{Stdout: out, Stderr: errs, Color: "always"}),
		"first fails":  {Stdout: out, Stderr: errs, Color: "auto", FilterErr: fails},
		"second fails": {Stdout: out, Stderr: errs, Color: "auto", FilterErr: marked(&Streams{}).FilterErr, FilterOut: fails},
	} {
		before := descriptors(t)
		err := s.Open()
		if strings.HasSuffix(name, "fails") != errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			err = s.Close()
		}
		if err != nil && !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
		if after := descriptors(t); after != before {
			t.Errorf("%s: %d descriptors, %d before", name, after, before)
		}
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// terminal is a terminal of the caller: its own end and what it shows.
type terminal struct {
	*os.File
	master *os.File
	mu     sync.Mutex
	shown  bytes.Buffer
	done   chan struct{}
}

func newTerminal(t *testing.T, columns uint16) *terminal {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	tty := &terminal{File: slave, master: master, done: make(chan struct{})}
	go func() {
		defer close(tty.done)
		buffer := make([]byte, 4096)
		for {
			n, err := master.Read(buffer)
			tty.mu.Lock()
			tty.shown.Write(buffer[:n])
			tty.mu.Unlock()
			if err != nil {
				return // the other end is closed
			}
		}
	}()
	t.Cleanup(func() { slave.Close(); <-tty.done; master.Close() })
	return tty
}

// text closes the terminal and returns what it showed.
func (tty *terminal) text() string {
	tty.Close()
	<-tty.done
	return tty.shown.String()
}

func columns(t *testing.T, f *os.File) uint16 {
	t.Helper()
	size, err := pty.GetsizeFull(f)
	if err != nil {
		t.Fatal(err)
	}
	return size.Cols
}

func TestStreamsTerminal(t *testing.T) {
	tty := newTerminal(t, 123)
	s := marked(&Streams{Stdout: tty.File, Stderr: tty.File, Color: "auto"})
	open(t, s)
	if s.ChildOut != s.ChildErr || sameFile(s.ChildErr, tty.File) || !term.IsTerminal(int(s.ChildErr.Fd())) {
		t.Error("the child's end is not a terminal of its own")
	}
	if got := columns(t, s.ChildErr); got != 123 {
		t.Errorf("%d columns", got)
	}
	// The size follows that of the real one.
	if err := pty.Setsize(tty.master, &pty.Winsize{Rows: 24, Cols: 77}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGWINCH); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); columns(t, s.ChildErr) != 77; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal("the new size did not arrive")
		}
	}
	say(t, s.ChildOut, "\x1b[1mone\x1b[0m\ntwo\n")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	// Line ends are translated once, by the real terminal.
	if diff := cmp.Diff("\x1b[1mone\x1b[0m\r\ntwo\r\n<end of err>\r\n", tty.text()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStreamsColor(t *testing.T) {
	for name, c := range map[string]struct {
		color            string
		noProgress, real bool
		terminal         bool
		columns          uint16
	}{
		"auto":                   {color: "auto", real: true, terminal: true, columns: 99},
		"no progress":            {color: "auto", real: true, noProgress: true, terminal: true},
		"never":                  {color: "never", real: true},
		"always":                 {color: "always", real: true, terminal: true, columns: 99},
		"always, to a file":      {color: "always", terminal: true},
		"auto, to a file":        {color: "auto"},
		"no progress, to a file": {color: "always", noProgress: true, terminal: true},
	} {
		t.Run(name, func(t *testing.T) {
			out := file(t)
			if c.real {
				out = newTerminal(t, 99).File
			}
			s := marked(&Streams{Stdout: out, Stderr: file(t), Color: c.color, NoProgress: c.noProgress})
			if err := s.Open(); err != nil {
				if _, _, perr := pty.Open(); perr != nil {
					t.Skip("no pseudo-terminals here: ", perr)
				}
				t.Fatal(err)
			}
			if got := term.IsTerminal(int(s.ChildOut.Fd())); got != c.terminal {
				t.Errorf("a terminal: %t, want %t", got, c.terminal)
			}
			if c.terminal {
				if got := columns(t, s.ChildOut); got != c.columns {
					t.Errorf("%d columns, want %d", got, c.columns)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
