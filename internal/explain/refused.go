package explain

import (
	"fmt"
	"net/netip"
	"path"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// network is an attempt to reach something that is not in the world.
func (s *search) network(i int, p *observation.Process, a observation.Access) {
	what := ""
	switch address, err := netip.ParseAddrPort(a.Path); {
	case a.Op == observation.Socket:
		// getaddrinfo asks the kernel over netlink for its addresses, and goes on
		// without.
		if family := strings.ToLower(a.Path); strings.Contains(family, "netlink") || strings.Contains(family, "unix") {
			return
		}
		what = "asked for a socket of the kind " + quoted(a.Path)
	case err != nil:
		s.service(i, p, a)
		return
	case address.Port() == 53:
		what = lookedUp
	case address.Addr().IsLoopback() || address.Addr().IsUnspecified():
		return // the world has a loopback network of its own
	default:
		what = "tried to connect to " + quoted(a.Path)
	}
	s.add(i, p, s.b.unreachable(p, what), "")
}

// nameServers is the file that says whom to ask for addresses. No world has it,
// so whoever looks up a host gets no further, and this is all that is seen of it.
const nameServers = "/etc/resolv.conf"

const lookedUp = "tried to look up the address of a host"

// lookup is weak: the C library opens the file for `localhost` too, which every
// world has.
func (s *search) lookup(i int, p *observation.Process) {
	f := s.b.unreachable(p, lookedUp)
	f.weak = true
	s.add(i, p, f, "")
}

func (b Build) unreachable(p *observation.Process, what string) finding {
	url := urlOf(p.Argv)
	if url != "" {
		what += fmt.Sprintf(" (%s, for %s)", quoted(path.Base(p.Exe)), quoted(url))
	}
	return finding{Note: Note{Code: Network, What: what, Help: b.pinIt(p, url)}}
}

// service is a local socket of the host, such as a container engine's.
func (s *search) service(i int, p *observation.Process, a observation.Access) {
	if a.Outcome == observation.Found || isBenign(a.Path) || placeOf(a.Path) == writable || a.Path == "/dev/log" || !strings.HasPrefix(a.Path, "/") {
		return
	}
	if there, _ := s.b.Host.Exists(a.Path); !there {
		return
	}
	s.add(i, p, finding{Note: Note{
		Code: Service,
		What: "tried to reach a service of this host at " + quoted(a.Path),
		Help: "no service of the host is in a hermetic build: do without it, or run this step before the build and put what it makes into the root",
	}}, a.Path)
}

// urlOf returns the address of an argument list; passwords in it are left out.
func urlOf(argv []string) string {
	for _, arg := range argv {
		if scheme, rest, ok := strings.Cut(arg, "://"); ok && scheme != "" && !strings.ContainsAny(scheme, " =/") {
			authority, after, _ := strings.Cut(rest, "/")
			if _, host, secret := strings.Cut(authority, "@"); secret {
				authority = host
			}
			after, _, _ = strings.Cut(after, "?")
			return scheme + "://" + authority + "/" + after
		}
	}
	return ""
}

// traced is an attempt to debug.
func traced(observation.Access) finding {
	return finding{Note: Note{
		Code: Trace,
		What: "tried to trace or debug a process",
		Help: "no process of a hermetic build can look into another: debug the program outside, with `cargo hermetic run` or plain `cargo`",
	}}
}

// written is an attempt to change what no build may change.
func (s *search) written(i int, p *observation.Process, a observation.Access) {
	where := placeOf(a.Path)
	if where == writable || where == machine || isBenignWrite(a.Path) || within(world.Target, a.Path) || within(world.Tmp, a.Path) || within(world.Shm, a.Path) {
		return // `mkdir -p` tries every directory on the way to an output
	}
	if there, dir := s.b.Host.Exists(s.b.onHost(p, a)); there && dir {
		return // the same, of a directory that is there already
	}
	f := finding{Note: Note{Code: Write, Help: "only OUT_DIR, the target directory and the temporary directory can be written in a hermetic build"}, name: path.Base(a.Path)}
	switch where {
	case project, hiddenRoot:
		f.What = "tried to write " + s.b.shown(s.b.onHost(p, a)) + " in the root"
		f.Help += ": write to OUT_DIR, or make the file before the build"
	case crates:
		rest := strings.TrimPrefix(a.Path, world.Crates+"/")
		f.What = "tried to write " + quoted(rest) + " among the sources of the crates"
		f.Help += ", and a crate is to write to its OUT_DIR: look for a newer version of it"
	case home, cargoHome:
		f.What = "tried to write " + s.b.shown(s.b.onHost(p, a)) + " in the home directory"
	default:
		f.What = "tried to write " + quoted(a.Path)
	}
	s.add(i, p, f, path.Dir(a.Path))
}
