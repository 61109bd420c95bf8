package monitor

import (
	"io"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/syscallbuf"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/tracer"
)

// site is where a call is made that can be shortened.
type site struct {
	after uint64         // the address that it returns to
	text  [siteText]byte // before that: its instructions, and a byte before
}

// siteText is what is read of a site, in bytes.
const siteText = syscallbuf.SiteSize + 1

// shorten replaces the sites that are known of a program, of which that of a call is one
// from now on. Where others run in the same memory it is left alone: they could be in the middle. It
// is replaced then in the next process that begins the program (see Cloned).
func (m *Monitor) shorten(p *process, c *supervisor.Call) {
	if m.learn(p, c) {
		m.shortenHere(p, c.TID)
	} else {
		m.shortenPending(p, c.TID)
	}
}

// shortenPending replaces sites unless that was in vain too often.
func (m *Monitor) shortenPending(p *process, tid int) {
	if p.memory.futile < maxFutile {
		m.shortenHere(p, tid)
	}
}

// maxFutile is how often a process is looked at in vain for sites that are not where
// others had them, or not yet.
const maxFutile = 8

// learn notes the site of a call, and reports whether it can be shortened and is not yet.
func (m *Monitor) learn(p *process, c *supervisor.Call) bool {
	b, number := p.memory, uint32(c.Number)
	if b.at == 0 || !syscallbuf.Shortens(number) {
		return false
	}
	known := m.sites[p.program.Exe]
	if i := slices.IndexFunc(known, func(s site) bool { return s.after == c.Return }); i >= 0 {
		return i >= len(b.sites) || !b.sites[i]
	}
	s := site{after: c.Return}
	if readSites(c.TID, []site{s}, s.text[:]) < 1 || !syscallbuf.IsSite(s.text[:], number) || len(known) == b.code.Sites() {
		return false
	}
	if _, _, _, near := b.code.Site(len(known), s.text[:], s.after); !near {
		return false
	}
	if known == nil && len(m.sites) >= maxPlaces {
		return false
	}
	m.sites[p.program.Exe] = append(known, s)
	return true
}

// shortenHere replaces the sites that are known in a process of which a task waits or is stopped.
func (m *Monitor) shortenHere(p *process, tid int) {
	if p.memory.at == 0 || len(m.sites[p.program.Exe]) == p.memory.shortened || !p.alone() {
		return
	}
	memory, err := tracer.OpenMemory(tid)
	if err != nil {
		return // it was killed
	}
	defer unix.Close(memory)
	m.shortenKnown(p, false, func(address uint64, data []byte) error {
		n, err := unix.Pwrite(memory, data, int64(address))
		if err == nil && n < len(data) {
			err = io.ErrShortWrite
		}
		return err
	})
}

// alone reports whether nobody else runs in the memory of a process.
func (p *process) alone() bool { return p.threads == 1 && p.memory.users == 1 }

// preparedCode is the code of a new program: with that for all sites that are known of it.
func (m *Monitor) preparedCode(p *process) []byte {
	b, known := p.memory, m.sites[p.program.Exe]
	all := syscallbuf.Code(b.at, m.key)
	all = append(all, make([]byte, b.code.Size(len(known))-len(all))...)
	for i, s := range known {
		if slot, code, _, ok := b.code.Site(i, s.text[:], s.after); ok {
			copy(all[slot-b.code.Address:], code)
		}
	}
	b.prepared = len(known)
	return all
}

// shortenKnown replaces the sites that processes of this program have, as far as they are
// there already: mostly they lie at the same addresses. A new program has only its dynamic
// linker, which is what others have come by first: there the search ends where nothing is. The
// process is alone, and a task of it is stopped or waits.
func (m *Monitor) shortenKnown(p *process, starts bool, write func(uint64, []byte) error) {
	b, known := p.memory, m.sites[p.program.Exe]
	b.sites = append(b.sites, make([]bool, len(known)-len(b.sites))...)
	before := b.shortened
	for from := 0; from < len(known); {
		texts := make([]byte, siteText*(len(known)-from))
		n := readSites(p.pid, known[from:], texts)
		for i, s := range known[from:][:n] {
			if b.sites[from+i] || string(s.text[:]) != string(texts[siteText*i:][:siteText]) {
				continue
			}
			slot, code, jump, ok := b.code.Site(from+i, s.text[:], s.after)
			if !ok || from+i >= b.prepared && write(slot, code) != nil || write(s.after-syscallbuf.SiteSize, jump) != nil {
				continue
			}
			b.sites[from+i] = true
			b.shortened++
		}
		if starts {
			break
		}
		from += n + 1 // behind the one that is not there
	}
	if b.shortened == before {
		b.futile++
	}
}

// readSites reads sites one behind the other, and says how many there are up to the first
// that is not there.
func readSites(tid int, sites []site, texts []byte) int {
	pieces := make([]unix.RemoteIovec, len(sites))
	for i, s := range sites {
		pieces[i] = supervisor.Piece(s.after-siteText, siteText)
	}
	n, err := supervisor.ReadMemory(tid, texts, pieces...)
	if err != nil {
		return 0
	}
	return n / siteText
}
