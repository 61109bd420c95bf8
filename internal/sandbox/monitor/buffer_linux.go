package monitor

import (
	"crypto/sha256"
	"encoding/binary"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/syscallbuf"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/tracer"
)

// memory is what processes share that are not copies of each other (vfork(2), CLONE_VM), and in it
// the buffer in which they note which files they look for (package syscallbuf).
type memory struct {
	users int // processes

	at    uint64 // address of the buffer; 0: there is none
	code  syscallbuf.Place
	round uint32 // of what was read last
	read  int    // bytes of that round
	lost  uint64 // names that the program could not note

	sites     []bool // of those that are known of its program, whether they are shortened
	shortened int    // how many are
	prepared  int    // for how many there was code when it began
	futile    int    // how often that was tried, and there was none
}

// copied is the memory of a copy of a process.
func (m *memory) copied() *memory {
	c := *m
	c.users, c.sites = 1, slices.Clone(m.sites)
	return &c
}

// bufferCalls is the table of the calls at which a buffer must be read although they name
// no file that is recorded.
var bufferCalls = []struct {
	call seccomp.Call
	do   func(*Monitor, *task, *supervisor.Call)
}{
	{call("exit_group", unix.SYS_EXIT_GROUP), func(*Monitor, *task, *supervisor.Call) {}},
	{call("chdir", unix.SYS_CHDIR), func(m *Monitor, t *task, c *supervisor.Call) {
		name, err := c.String(c.Args[0])
		if err != nil {
			return // as the kernel will find
		}
		if !path.IsAbs(name) {
			name = m.directory(t.process, c.TID) + "/" + name
		}
		place, _ := m.resolve(name)
		m.moves(t.process, c, place)
	}},
	{call("fchdir", unix.SYS_FCHDIR), func(m *Monitor, t *task, c *supervisor.Call) {
		place, _ := c.Place(c.DirFD(c.Args[0])) // not absolute: it is unlinked, or no directory
		m.moves(t.process, c, place)
	}},
}

// buffered reports whether the programs of this run note by themselves. Where addresses are
// chance, their libraries are too far from the vDSO, and elsewhere in each process.
func (m *Monitor) buffered() bool {
	hold := m.options.Hold
	return m.options.Buffer && m.options.Record != nil && syscallbuf.Supported && hold != nil && !hold.Another.Addresses
}

// bufferRules let a call pass that has the key where it has no argument, and hand over
// those of the table.
func (m *Monitor) bufferRules() (rules []seccomp.Rule) {
	if !m.buffered() {
		return nil
	}
	for _, p := range pathCalls {
		if syscallbuf.Shortens(p.call.Number) {
			key := seccomp.Condition{Arg: 5, Op: seccomp.Whole, Value: uint32(m.key), High: uint32(m.key >> 32)}
			rules = append(rules, seccomp.Rule{Call: p.call, When: []seccomp.Condition{key}, Allow: true, Why: "noted by the program itself"})
		}
	}
	for _, b := range bufferCalls {
		rules = append(rules, seccomp.Rule{Call: b.call, Ask: true, Why: "what the program has noted is read"})
	}
	return rules
}

// keyOf is the key of a world. It is not a secret, and the same in each run, because it lies
// in the memory of programs.
func keyOf(seed string) uint64 {
	sum := sha256.Sum256([]byte("syscall buffer\x00" + seed))
	return binary.LittleEndian.Uint64(sum[:])
}

// startBuffer gives a new program a buffer, and the code for it a place behind the vDSO. A
// program without a dynamic linker has none: what it calls lies elsewhere in each. The
// stack begins at the same address on every machine, so it is lowered also where there is no
// room for the code.
func (m *Monitor) startBuffer(p *process, e *tracer.Program) {
	if linker, ok := e.Auxiliary(tracer.AuxBase); !ok || linker == 0 || !m.buffered() {
		return
	}
	at, ok := e.Lower(syscallbuf.Size)
	vdso, there := e.Auxiliary(tracer.AuxSysinfoEHDR)
	code := syscallbuf.Place{Address: vdso + m.spare.offset, Room: m.spare.size}
	if !ok || !there || code.Sites() == 0 || ours(p.dir) {
		return
	}
	b := p.memory
	b.at, b.code, b.round = at, code, syscallbuf.First.Round()
	e.Write(at, heads(make([]byte, 0, syscallbuf.HeadSize), syscallbuf.First, syscallbuf.First)[:syscallbuf.HeadSize])
	e.Write(code.Address, m.preparedCode(p))
	m.shortenKnown(p, true, func(address uint64, data []byte) error {
		e.Write(address, data)
		return nil
	})
}

// ours reports whether names that begin in a directory can be files of ours, which must be
// asked for (see constant); or where it is is not known.
func ours(dir string) bool {
	return !strings.HasPrefix(dir, "/") || strings.HasPrefix(dir+"/", "/proc/") || strings.HasPrefix(dir+"/", "/dev/")
}

// moves prepares for another working directory. In one of ours, everything must be asked
// for again.
func (m *Monitor) moves(p *process, c *supervisor.Call, to string) {
	p.dir, p.moved = "", true
	if p.memory.at == 0 || !ours(to) {
		return
	}
	// Where that fails, it was killed, or has taken its buffer away.
	_ = writeHead(c.TID, p.memory.at, syscallbuf.Closed)
	p.memory.at = 0
}

// renew begins a round in a new process, which has not run yet: what its copy of the buffer
// holds was noted by threads of its parent, perhaps while it was copied.
func (m *Monitor) renew(b *memory, tid int) {
	if b.at == 0 {
		return
	}
	head, _, ok := b.fetch(tid, m.scratch)
	b.round, b.read, b.lost = head.Round()+1, 0, head.Lost
	if !ok || !writeHead(tid, b.at, syscallbuf.In(b.round), syscallbuf.In(b.round)) {
		b.at = 0 // it was killed
	}
}

// settle says in the memory of a new process what of its buffer has been read, which is
// mostly all: so it need not stop to begin another program, as most do at once.
func (b *memory) settle(tid int) {
	if b.at != 0 {
		// Where that fails, it was killed.
		_ = writeHead(tid, b.at+syscallbuf.ReadAt, syscallbuf.In(b.round)+syscallbuf.Head(b.read))
	}
}

// head is what a buffer begins with.
type head struct {
	syscallbuf.Head
	Lost uint64
}

// page is what is read at once of a buffer, in bytes: mostly that is everything.
const page = 4096

// fetch reads the head of a buffer, and then what follows what has been read, as far as
// that is at hand. ok is false if the process was killed, or has taken its buffer away.
func (b *memory) fetch(tid int, scratch []byte) (h head, noted []byte, ok bool) {
	next := b.at + syscallbuf.HeadSize + uint64(b.read)
	size := min(page-int(next%page), syscallbuf.Size-syscallbuf.HeadSize-b.read)
	data := scratch[:syscallbuf.HeadSize+size]
	n, err := supervisor.ReadMemory(tid, data, supervisor.Piece(b.at, syscallbuf.HeadSize), supervisor.Piece(next, size))
	if err != nil || n < syscallbuf.HeadSize {
		return h, nil, false
	}
	word := binary.LittleEndian
	return head{syscallbuf.Head(word.Uint64(data)), word.Uint64(data[syscallbuf.LostAt:])}, data[syscallbuf.HeadSize:n], true
}

// heads appends heads as they lie in memory.
func heads(data []byte, all ...syscallbuf.Head) []byte {
	for _, h := range all {
		data = binary.LittleEndian.AppendUint64(data, uint64(h))
	}
	return data
}

// writeHead writes heads to an address, and reports whether it could.
func writeHead(tid int, at uint64, all ...syscallbuf.Head) bool {
	data := heads(nil, all...)
	n, err := supervisor.WriteMemory(tid, at, data)
	return err == nil && n == len(data)
}

// directory is the working directory of a process, read again when it may be another. The task
// is stopped or waits.
func (m *Monitor) directory(p *process, tid int) string {
	if p.dir == "" || p.renamed != m.renamed {
		p.dir, _ = supervisor.PlaceOf(tid, unix.AT_FDCWD) // nothing, if it was killed
		p.renamed = m.renamed
	}
	return p.dir
}

// drain records what a process has noted since it was last looked at. A task of it is stopped or
// waits.
func (m *Monitor) drain(t *task, tid int) {
	p, b := t.process, t.process.memory
	if b.at == 0 || b.users > 1 && p.program.PID != p.pid && p.moved {
		return // or it borrows the memory, and what others note there begins in another directory
	}
	head, data, ok := b.fetch(tid, m.scratch)
	if !ok {
		return
	}
	if p.threads > 1 {
		p.dir = "" // another one may have changed it since
	}
	if lost := head.Lost - b.lost; lost > 0 {
		m.dropped += lost
		b.lost = head.Lost
	}
	if head.Round() != b.round {
		b.round, b.read, data = head.Round(), 0, nil
	}
	size := head.End() - b.read
	if size <= 0 {
		if head.Full() { // by the process of which this is a copy
			_ = writeHead(tid, b.at+syscallbuf.ReadAt, head.Head)
		}
		return
	}
	if have := len(data); have < size {
		data = m.scratch[syscallbuf.HeadSize:][:size]
		n, err := supervisor.ReadMemory(tid, data[have:], supervisor.Piece(b.at+syscallbuf.HeadSize+uint64(b.read+have), size-have))
		if err != nil {
			return
		}
		data = data[:have+n]
	}
	entries, used, whole := syscallbuf.Parse(m.entries[:0], data[:min(size, len(data))], b.round)
	m.entries = entries
	b.read += used
	m.calls += uint64(len(entries))
	m.noted += uint64(len(entries))
	for _, e := range entries {
		m.recordNoted(t, tid, e)
	}
	if whole && head.Full() {
		// Where that fails, it asks for each.
		_ = writeHead(tid, b.at+syscallbuf.ReadAt, head.Head)
	}
}

// recordNoted records one file that a process has looked for.
func (m *Monitor) recordNoted(t *task, tid int, e syscallbuf.Entry) {
	op, dir := observation.Look, ""
	switch {
	case e.Opened && e.Written:
		op = observation.Write
	case e.Opened:
		op = observation.Open
	case e.Executed:
		op = observation.Execute
	}
	if e.Name[0] != '/' {
		if dir = m.directory(t.process, tid); dir == "" {
			return
		}
	}
	if !m.recording(t.process) {
		return
	}
	wish := m.known.wish(op, dir, e.Name)
	if !m.freshWish(t.process, wish) {
		return
	}
	if m.root < 0 {
		m.dropped++ // as in see
		return
	}
	had := answer(wish, len(dir), e.Outcome)
	if l, ok := m.known.noted[had]; ok && l.holds(m) {
		m.write(recorded{id: t.process.program.ID, again: l.number})
		return
	}
	asked := string(e.Name)
	name := asked
	if dir != "" {
		name = dir + "/" + asked
	}
	if op == observation.Write {
		m.unresolve(name)
	}
	guesses := m.guesses
	place, outcome := "", observation.Absent
	if e.Executed {
		place, outcome = m.resolve(name) // what is missing may be its interpreter
	} else {
		place, outcome = m.ended(name, e.Outcome)
	}
	if op == observation.Write && outcome == observation.Absent {
		outcome = m.notMade(name)
	}
	number := m.saw(t.process, op, place, asked, outcome)
	if isMacro(place) || e.Executed || e.Outcome > syscallbuf.NoDirectory {
		return // what it is depends on who opens it, or on another file; or the program wrote that itself
	}
	if e.Outcome == syscallbuf.Found {
		if _, now := m.resolve(name); now != observation.Found {
			return // it has been removed since
		}
	}
	l := led{number, m.renamed, always}
	if m.guesses != guesses || indirect(name, place) {
		l.relinked = m.relinked
	}
	if m.frozen(path.Clean(name)) && m.frozen(place) {
		l.renamed, l.relinked = always, always
	}
	m.known.keep(0)
	m.known.noted[had] = l
}

// ended says where a name leads of which the kernel has said whether it is there.
func (m *Monitor) ended(name string, o syscallbuf.Outcome) (string, observation.Outcome) {
	switch o {
	case syscallbuf.Found:
		place, _ := m.resolve(name)
		return place, observation.Found
	case syscallbuf.Missing:
		dir, base := path.Split(name)
		if base == "" || base == "." || base == ".." {
			break
		}
		if parent, ok := m.parent(dir); ok {
			return path.Join(parent, base), observation.Absent
		}
	}
	return m.resolve(name)
}

// parent says where a directory is, or would be. That it is not there holds until somebody
// makes a link, or moves one or a directory: compilers look for each header in directories that many of
// their list have not.
func (m *Monitor) parent(dir string) (place string, ok bool) {
	if place, ok := m.missing[dir]; ok {
		return place, true
	}
	guesses := m.guesses
	place, outcome := m.resolve(directoryOf(dir))
	if outcome == observation.Absent && len(dir) <= maxRemembered && m.guesses == guesses {
		if m.missing == nil || len(m.missing) >= maxPlaces {
			m.missing = map[string]string{}
		}
		m.missing[dir] = place
	}
	return place, outcome != observation.Refused
}
