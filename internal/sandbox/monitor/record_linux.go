package monitor

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// see records that a program wanted a file, if it is the first time that it
// names it so. What there is is looked up then: the kernel does the call only
// after we have let it go.
func (m *Monitor) see(p *process, op observation.Op, name, asked string) {
	if op == observation.Write {
		m.unresolve(name)
	}
	if !m.fresh(p, op, name) {
		return
	}
	if m.root < 0 {
		m.dropped++ // nobody knows yet where its names lead
		return
	}
	place, outcome := m.resolve(name)
	if op == observation.Write && outcome == observation.Absent {
		outcome = m.notMade(name)
	} else if op == observation.Write && m.frozen(place) {
		outcome = observation.Refused
	}
	m.saw(p, op, place, asked, outcome)
}

// notMade is the outcome of writing what is not there: nothing can be made where nobody can write.
func (m *Monitor) notMade(name string) observation.Outcome {
	if dir, found := m.resolve(path.Dir(name)); found == observation.Found && m.frozen(dir) {
		return observation.Refused
	}
	return observation.Absent
}

// saw records what a name led to, and returns the number of what was said of it.
func (m *Monitor) saw(p *process, op observation.Op, place, asked string, outcome observation.Outcome) int {
	if op == observation.Open && outcome == observation.Found && p.program.Role == observation.Rustc && isMacro(place) {
		op = observation.Load
	}
	if asked == place {
		asked = ""
	}
	a := observation.Access{Process: p.program.ID, Op: op, Path: place, Asked: asked, Outcome: outcome}
	number, first := m.known.number(a)
	if first {
		m.write(recorded{access: &a})
	} else {
		m.write(recorded{id: a.Process, again: number})
	}
	return number
}

// record records what needs no look-up.
func (m *Monitor) record(p *process, op observation.Op, name, asked string, outcome observation.Outcome) {
	if m.fresh(p, op, name) {
		m.saw(p, op, name, asked, outcome)
	}
}

// fresh reports whether a program does something for the first time.
func (m *Monitor) fresh(p *process, op observation.Op, name string) bool {
	return m.recording(p) && m.freshWish(p, m.known.wish(op, "", []byte(name)))
}

// recording reports whether there is a record, and it has this program.
func (m *Monitor) recording(p *process) bool { return m.options.Record != nil && p.program.ID > 0 }

// freshWish is fresh for what is recorded.
func (m *Monitor) freshWish(p *process, wish uint64) bool {
	seen := p.program.seen
	if _, ok := seen[wish]; ok {
		return false
	}
	if len(seen) >= maxSeen || m.recorded >= maxRecorded {
		m.dropped++
		return false
	}
	seen[wish] = struct{}{}
	m.recorded++
	return true
}

const (
	// maxSeen is how many different things of one program are recorded. cargo
	// with 300 packages looks at some 20,000.
	maxSeen = 1 << 18
	// maxRecorded is how many are of all programs together, however many there
	// are: a record takes no more (package observation).
	maxRecorded = 1 << 21
)

// isMacro reports whether a file that rustc opens is a procedural macro, which
// it opens to run it: cargo names them so, and sysroot libraries lie elsewhere.
func isMacro(place string) bool {
	return strings.HasSuffix(place, ".so") && path.Base(path.Dir(place)) == "deps"
}

// resolved is where a name leads, and what is there.
type resolved struct {
	place   string
	outcome observation.Outcome
}

// maxPlaces bounds what is remembered of them. 200 packages with rustc, its
// libraries and a C toolchain are some ten thousand names.
const (
	maxPlaces     = 1 << 16
	maxRemembered = 512 // bytes of a name
)

// resolve finds where the kernel will end up for an absolute path: every link
// and every `..` is followed as inside the view. For what is not there it is where
// it would be. Every compiler asks for the same; so what is there is remembered
// until somebody writes to that name, or (see changed) a link may have been removed that
// led there; and what is not there only where nobody can.
func (m *Monitor) resolve(name string) (string, observation.Outcome) {
	if strings.HasPrefix(name, "/proc/") { // its links are different for everybody
		return path.Clean(name), observation.Found
	}
	for _, known := range []map[string]resolved{m.places, m.linked} {
		if r, ok := known[name]; ok {
			return r.place, r.outcome
		}
	}
	place, outcome := m.lookUp(name)
	frozen := m.frozen(path.Clean(name)) && m.frozen(place)
	switch {
	case len(name) > maxRemembered:
	case outcome == observation.Found && m.options.Writable != nil && indirect(name, place) && !frozen:
		remember(&m.linked, name, resolved{place, outcome})
	case outcome == observation.Found && m.options.Writable != nil, outcome == observation.Absent && frozen:
		remember(&m.places, name, resolved{place, outcome})
	}
	return place, outcome
}

// indirect reports whether a name may lead to a place by a link or `..`.
func indirect(name, place string) bool {
	return place != path.Clean(name) || strings.Contains(name, "/..")
}

func remember(in *map[string]resolved, name string, r resolved) {
	if *in == nil || len(*in) >= maxPlaces {
		*in = map[string]resolved{}
	}
	(*in)[name] = r
}

// unresolve forgets where a name leads: it may be there no more, or be another.
func (m *Monitor) unresolve(name string) {
	for _, n := range []string{name, path.Clean(name)} {
		delete(m.places, n)
		delete(m.linked, n)
	}
}

// change is where names may lead after a call.
type change int

const (
	nowhere   change = iota // else than before
	byLinks                 // elsewhere, if there was a link on the way, or something that was missing behind one
	onward                  // further, if something on the way was missing
	elsewhere               // all of them
)

// changed says so.
func (m *Monitor) changed(c change) {
	switch c {
	case byLinks:
		m.relinked++
		m.linked = nil
	case onward:
		m.renamed++
		m.missing, m.linked = nil, nil // of which somebody may have asked before the former was gone
	case elsewhere:
		m.renamed++
		m.missing, m.places, m.linked = nil, nil, nil
	}
}

// afterLink, afterMkdir, afterRemove and afterRename say so of a call that makes a link or a directory, removes
// something, or gives what there is another name.
func afterLink(*Monitor, *supervisor.Call, *pathCall, string) change { return onward }

func afterRemove(*Monitor, *supervisor.Call, *pathCall, string) change { return byLinks }

func afterMkdir(m *Monitor, _ *supervisor.Call, _ *pathCall, name string) change {
	if m.root >= 0 {
		if _, err := m.follow(name); err == nil {
			return nowhere
		}
	}
	return byLinks
}

// afterRename is not so much of an ordinary file, which is what compilers and make give another name.
func afterRename(m *Monitor, c *supervisor.Call, p *pathCall, _ string) change {
	source := pathCall{dir: -1, name: p.name - 1}
	if p.dir >= 0 {
		source = pathCall{dir: p.dir - 2, name: p.name - 2}
	}
	name, _, ok := source.nameOf(c)
	exchanges := c.Number == unix.SYS_RENAMEAT2 && c.Args[4]&^unix.RENAME_NOREPLACE != 0
	if !ok || exchanges || m.root < 0 {
		return elsewhere
	}
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	fd, err := fsx.Openat2(m.root, orDot(strings.TrimLeft(name, "/")), &how)
	if errors.Is(err, unix.ENOENT) {
		return nowhere // which the call will find, too
	}
	if err != nil {
		return elsewhere
	}
	defer unix.Close(fd)
	m.unresolve(name)
	var st unix.Stat_t
	if unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG {
		return byLinks // it may take the name of one
	}
	return elsewhere
}

// lookUp is resolve without a memory of its own result.
func (m *Monitor) lookUp(name string) (string, observation.Outcome) {
	place, err := m.follow(name)
	switch {
	case err == nil:
		return place, observation.Found
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM), errors.Is(err, unix.ELOOP):
		return path.Clean(name), observation.Refused
	case place != "":
		return place, observation.Absent
	}
	// What is not there would be in the directory that is, or would be. Behind a link or
	// `..` there may be more of the way some day.
	m.guesses++
	dir, base := path.Split(strings.TrimRight(name, "/"))
	if base == "" || base == "." || base == ".." {
		return path.Clean(name), observation.Absent
	}
	parent, outcome := m.resolve(directoryOf(dir))
	if outcome == observation.Refused {
		return path.Clean(name), observation.Absent
	}
	return path.Join(parent, base), observation.Absent
}

// directoryOf is what path.Split has in front of a name, without its last slash: under one name
// it is remembered, and forgotten.
func directoryOf(dir string) string {
	if trimmed := strings.TrimRight(dir, "/"); trimmed != "" {
		return trimmed
	}
	return "/"
}

// follow resolves what is there. With unix.ENOENT it may return where it would be.
func (m *Monitor) follow(name string) (string, error) {
	relative := orDot(strings.TrimLeft(name, "/"))
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_SYMLINKS}
	fd, err := fsx.Openat2(m.root, relative, &how)
	switch {
	case err == nil:
		return path.Clean(name), unix.Close(fd)
	case errors.Is(err, unix.ENOENT) && !strings.Contains(name, ".."):
		// No link before what is missing, and nothing behind it that leads back.
		return path.Clean(name), err
	case !errors.Is(err, unix.ELOOP):
		return "", err
	}
	how.Resolve = unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS
	if fd, err = fsx.Openat2(m.root, relative, &how); err != nil {
		return "", err
	}
	defer unix.Close(fd)
	return os.Readlink(self(fd))
}

func orDot(name string) string {
	if name == "" {
		return "."
	}
	return name
}

// frozen reports whether a place is in a part of the view that nobody can write.
func (m *Monitor) frozen(place string) bool {
	if m.options.Writable == nil {
		return false
	}
	for _, w := range m.options.Writable {
		if place == w || strings.HasPrefix(place, w+"/") {
			return false
		}
	}
	return true
}

// address records where a program wants to send something.
func (m *Monitor) address(t *task, c *supervisor.Call, s *socketCall) {
	if m.options.Record == nil {
		return
	}
	at, length := uint64(0), uint64(0)
	if s.name >= 0 {
		at, length = c.Args[s.name], c.Args[s.length]
	} else { // struct msghdr begins with the address and its length
		head, err := c.Bytes(c.Args[1], 12)
		if err != nil {
			return
		}
		at, length = binary.LittleEndian.Uint64(head), uint64(binary.LittleEndian.Uint32(head[8:]))
	}
	const most = 128 // struct sockaddr_storage
	if at == 0 || length < 2 {
		return
	}
	data, err := c.Bytes(at, int(min(length&0xffffffff, most)))
	if err != nil {
		return
	}
	if place, outcome := m.socketPlace(data); place != "" {
		m.record(t.process, observation.Connect, place, place, outcome)
	}
}

// socketPlace reads a struct sockaddr.
func (m *Monitor) socketPlace(data []byte) (string, observation.Outcome) {
	family, rest := binary.LittleEndian.Uint16(data), data[2:]
	internet := func(address netip.Addr) (string, observation.Outcome) {
		outcome := observation.Found
		if m.options.Offline && !address.IsLoopback() {
			outcome = observation.Refused
		}
		return netip.AddrPortFrom(address, binary.BigEndian.Uint16(rest)).String(), outcome
	}
	switch {
	case family == unix.AF_INET && len(rest) >= 6:
		return internet(netip.AddrFrom4([4]byte(rest[2:6])))
	case family == unix.AF_INET6 && len(rest) >= 22:
		return internet(netip.AddrFrom16([16]byte(rest[6:22])))
	case family == unix.AF_UNIX && len(rest) > 0 && rest[0] != 0:
		name, _, _ := strings.Cut(string(rest), "\x00")
		if strings.HasPrefix(name, "/") {
			return m.resolve(name)
		}
		return name, observation.Found
	}
	return "", ""
}
