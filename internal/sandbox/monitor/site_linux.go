package monitor

import (
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/syscallbuf"
)

// site is where a call is made that can be shortened.
type site struct {
	after  uint64 // the address that it returns to
	number uint32 // of the call
}

// shorten replaces the sites that are known of a program, of which that of the call is one
// from now on. Where others run in the same memory it is left alone: they could be in the middle. It
// is replaced then in the next process that begins the program (see Cloned).
func (m *Monitor) shorten(p *process, tid int, s site) {
	if m.learn(p, tid, s) {
		m.shortenHere(p, tid)
	} else {
		m.shortenPending(p, tid)
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
func (m *Monitor) learn(p *process, tid int, s site) bool {
	if p.memory.at == 0 || !syscallbuf.Shortens(s.number) || p.memory.sites[s.after] {
		return false
	}
	known := m.sites[p.program.Exe]
	if slices.Contains(known, s) {
		return true
	}
	texts := readSites(tid, []site{s})
	if len(texts) == 0 || !syscallbuf.IsSite(texts[0], s.number) || len(known) == p.memory.code.Sites() {
		return false
	}
	if _, _, _, near := p.memory.code.Site(0, texts[0], s.after); !near {
		return false
	}
	if len(m.sites) >= maxPlaces {
		clear(m.sites)
	}
	m.sites[p.program.Exe] = append(known, s)
	return true
}

// shortenHere replaces the sites that are known in a process of which a task waits or is stopped.
func (m *Monitor) shortenHere(p *process, tid int) {
	if p.memory.at == 0 || len(m.sites[p.program.Exe]) == len(p.memory.sites) || !p.alone() {
		return
	}
	memory, err := unix.Open("/proc/"+strconv.Itoa(tid)+"/mem", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return // it was killed
	}
	defer unix.Close(memory)
	m.shortenKnown(p, false, func(address uint64, data []byte) error {
		_, err := unix.Pwrite(memory, data, int64(address))
		return err
	})
}

// alone reports whether nobody else runs in the memory of a process.
func (p *process) alone() bool { return p.threads == 1 && p.memory.users == 1 }

// shortenKnown replaces the sites that processes of this program have, as far as they are
// there already: mostly they lie at the same addresses. A new program has only its dynamic
// linker, which is what others have come by first: there the search ends where nothing is. The
// process is alone, and a task of it is stopped or waits.
func (m *Monitor) shortenKnown(p *process, starts bool, write func(uint64, []byte) error) {
	b := p.memory
	before := len(b.sites)
	var missing []site
	for _, s := range m.sites[p.program.Exe] {
		if !b.sites[s.after] {
			missing = append(missing, s)
		}
	}
	for len(missing) > 0 {
		texts := readSites(p.pid, missing)
		for i, text := range texts {
			s := missing[i]
			if !syscallbuf.IsSite(text, s.number) {
				continue
			}
			slot, code, jump, ok := b.code.Site(len(b.sites), text, s.after)
			if ok && write(slot, code) == nil && write(s.after-syscallbuf.SiteSize, jump) == nil {
				b.sites[s.after] = true
			}
		}
		if starts {
			break
		}
		missing = missing[min(len(texts)+1, len(missing)):] // behind the one that is not there
	}
	if len(b.sites) == before {
		b.futile++
	}
}

// siteText is what is read of a site, in bytes: its instructions, and a byte before.
const siteText = syscallbuf.SiteSize + 1

// readSites reads sites up to the first that is not there.
func readSites(tid int, sites []site) (texts [][]byte) {
	pieces := make([]unix.RemoteIovec, len(sites))
	for i, s := range sites {
		pieces[i] = supervisor.Piece(s.after-siteText, siteText)
	}
	data := make([]byte, siteText*len(sites))
	n, err := supervisor.ReadMemory(tid, data, pieces...)
	if err != nil {
		return nil
	}
	return slices.Collect(slices.Chunk(data[:n-n%siteText], siteText))
}
