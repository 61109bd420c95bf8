package monitor

import (
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// Session is the supervision of one run from its beginning to its end. One that
// has nothing to do does nothing.
type Session struct {
	monitor  *Monitor
	handover *supervisor.Handover
	child    chan *stage.Process
	served   chan error
}

// NewSession prepares a supervision.
func NewSession(o Options) (*Session, error) {
	s := &Session{child: make(chan *stage.Process, 1), served: make(chan error, 1)}
	if !o.Needed() {
		return s, nil
	}
	var err error
	if s.handover, err = supervisor.NewHandover(); err != nil {
		return nil, diag.Wrap(err, "preparing the supervisor")
	}
	if s.monitor, err = newMonitor(o, s.endRun); err != nil {
		s.handover.Theirs.Close()
		s.handover.Close()
		return nil, diag.Wrap(err, "preparing the supervisor")
	}
	return s, nil
}

// Rules are the rules for the filter: what is to be handed over. They go behind
// the rules that refuse. Without any, there is no supervisor.
func (s *Session) Rules() []seccomp.Rule {
	if s.monitor == nil {
		return nil
	}
	return s.monitor.rules()
}

// endRun ends the run although nobody asked for it: it is not supervised any
// more.
func (s *Session) endRun() {
	child := <-s.child
	s.child <- child
	child.End()
}

// Files are handed to the second stage.
func (s *Session) Files() []*os.File {
	if s.monitor == nil {
		return nil
	}
	return []*os.File{s.handover.Theirs}
}

// Start begins to answer for a second stage.
func (s *Session) Start(child *stage.Process) {
	s.child <- child
	if s.monitor == nil {
		return
	}
	s.monitor.stage2 = child.PID() // before anybody asks
	child.StopBy(s.monitor.atRest)
	s.handover.Theirs.Close()
	go func() {
		err := s.handover.Serve(s.monitor.serve)
		if err != nil {
			// Nobody answers any more: what the command asks for now must not
			// be decided by chance.
			child.End()
		}
		s.served <- err
	}()
}

// Abandon closes everything where there is no second stage.
func (s *Session) Abandon() error {
	if s.monitor == nil {
		return nil
	}
	s.handover.Theirs.Close()
	s.handover.Close()
	return s.monitor.close()
}

// Finish ends the supervision of a run that has ended, and says what was not
// held. What is left of the run although it has ended is killed.
func (s *Session) Finish() (weaker []string, err error) {
	if s.monitor == nil {
		return nil, nil
	}
	s.monitor.kill()
	s.handover.Stop()
	err = <-s.served
	s.handover.Close()
	return s.monitor.weaker(), diag.Join(err, s.monitor.close())
}
