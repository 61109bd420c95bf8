package census

import (
	"testing"
)

// session is one half of a channel: a tool in a place.
type session struct {
	*place
	channel *channel
	voice   *voice
	ours    bool
	entries []entry // the root as the quiet layout made it
}

// quiet lays the project alone, pins it, and builds.
func (s *session) quiet(t *testing.T) observation {
	t.Helper()
	c := s.channel
	must(t, "laying the quiet layout", s.clear())
	must(t, "laying the root", s.lay(s.root, c.root))
	must(t, "laying the quiet files", s.layPlaces(c.quiet))
	must(t, "setting up", s.shell(c.Setup))
	s.pin(t, s.root)
	var err error
	s.entries, err = remember(s.root)
	must(t, "reading the root back", err)
	seen, err := s.observe(s.quietRun())
	must(t, "building", err)
	return seen
}

// clear makes the place as it is at the start of a layout.
func (s *session) clear() error {
	if err := s.wipe(); err != nil || !s.channel.Linked {
		return err
	}
	return s.link()
}

// pin makes the lock files of the project at dir: Cargo.lock by plain cargo,
// and ours as `init` makes them. A build that is not pinned is not what is
// measured.
func (s *session) pin(t *testing.T, dir string) {
	t.Helper()
	lock := run{cwd: dir, args: []string{"generate-lockfile", "--offline"}}
	_, seen, err := s.execute(lock, "@TOOLCHAIN@/bin/cargo")
	must(t, "making Cargo.lock", err)
	if seen.exit != 0 {
		t.Fatalf("making Cargo.lock: %s", seen.log)
	}
	if s.ours {
		pins, err := s.host.pins()
		must(t, "pinning the toolchain and the system", err)
		must(t, "laying the pins", s.lay(dir, pins))
	}
}

// perturbed lays the same root with the perturbation around it, and builds.
func (s *session) perturbed(t *testing.T) observation {
	t.Helper()
	c := s.channel
	if c.Perturbation.Root != "" {
		root, err := s.expand(c.Perturbation.Root)
		must(t, "moving the root", err)
		s.root = root
	}
	must(t, "laying the perturbed layout", s.clear())
	must(t, "laying the root", restore(s.root, s.entries))
	must(t, "laying the ambient files", s.layPlaces(c.ambient))
	must(t, "setting up the perturbation", s.shell(c.Perturbation.Setup))
	if c.Earlier != nil {
		s.earlier(t)
	}
	must(t, "tampering", s.shell(c.Perturbation.Tamper))
	s.voice.text.Store(c.Perturbation.Listen)
	seen, err := s.observe(s.perturbedRun())
	must(t, "building", err)
	return seen
}

// earlier makes the build whose state the perturbed one finds: of the root in
// a former state, or of another project.
func (s *session) earlier(t *testing.T) {
	t.Helper()
	at, err := s.expand(s.channel.Earlier.At)
	must(t, "finding the earlier root", err)
	must(t, "laying the earlier root", s.lay(at, s.channel.before))
	r := s.perturbedRun()
	if at != s.root {
		s.pin(t, at)
		r.cwd = at
	}
	r.env = append(r.env, s.channel.Earlier.Env)
	program := s.channel.Cargo
	if s.ours {
		program = s.host.ours
	}
	_, seen, err := s.execute(r, program)
	must(t, "making the earlier build", err)
	if seen.exit != 0 {
		t.Fatalf("the earlier build fails, which proves nothing:\n%s", seen.log)
	}
	must(t, "laying the root again", restore(s.root, s.entries))
}

func must(t *testing.T, doing string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", doing, err)
	}
}
