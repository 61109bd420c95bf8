package observation

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Record is a whole record in memory.
type Record struct {
	Processes []Process // by ID: the process with ID n is at n-1
	Accesses  []Access  // in the order in which they happened
	Exits     []Exit
	Summary   Summary
	Cut       bool // its writer was killed: what happened last is missing
}

// maxLine bounds a line in bytes: an argument list and an environment may have
// 2 MiB each (execve(2)), and JSON makes up to six bytes of one.
const maxLine = 32 << 20

// Read reads a record. One that was cut off is no error.
func Read(r io.Reader) (*Record, error) {
	rec := &Record{Cut: true}
	into := reader{Record: rec}
	gz, err := gzip.NewReader(r)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return rec, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading an observation: %w", err)
	}
	lines := bufio.NewScanner(gz)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	for n := 1; lines.Scan(); n++ {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			if !lines.Scan() && errors.Is(lines.Err(), io.ErrUnexpectedEOF) {
				return rec, nil // the last line, in part
			}
			return nil, fmt.Errorf("reading an observation: line %d: %w", n, err)
		}
		if err := into.add(l); err != nil {
			return nil, fmt.Errorf("reading an observation: line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("reading an observation: %w", err)
	}
	return rec, nil
}

// reader is a record that is being read.
type reader struct {
	*Record
	numbered []int // indexes of the accesses that have a line of their own
}

// add takes one line, and refuses what does not belong to what came before.
func (r *reader) add(l line) error {
	switch {
	case !r.Cut:
		return errors.New("something follows the end")
	case l.Process != nil:
		if l.Process.ID != len(r.Processes)+1 || l.Process.Parent < 0 || l.Process.Parent >= l.Process.ID {
			return fmt.Errorf("process %d of parent %d is out of order", l.Process.ID, l.Process.Parent)
		}
		r.Processes = append(r.Processes, *l.Process)
	case l.Access != nil:
		r.numbered = append(r.numbered, len(r.Accesses))
		return r.access(*l.Access)
	case l.Again != nil:
		for _, n := range l.Again.Accesses {
			if n < 1 || n > len(r.numbered) {
				return fmt.Errorf("there is no access %d", n)
			}
			a := r.Accesses[r.numbered[n-1]]
			a.Process = l.Again.Process
			if err := r.access(a); err != nil {
				return err
			}
		}
	case l.Exit != nil:
		r.Exits = append(r.Exits, *l.Exit)
		return r.known(l.Exit.Process)
	case l.Summary != nil:
		r.Summary, r.Cut = *l.Summary, false
	default:
		return errors.New("it says nothing")
	}
	return nil
}

// access takes one access.
func (r *Record) access(a Access) error {
	if len(r.Accesses) == maxAccesses {
		return fmt.Errorf("there are more than %d accesses", maxAccesses)
	}
	r.Accesses = append(r.Accesses, a)
	return r.known(a.Process)
}

func (r *Record) known(process int) error {
	if process < 1 || process > len(r.Processes) {
		return fmt.Errorf("there is no process %d", process)
	}
	return nil
}

// Process returns the program of an access or an exit.
func (r *Record) Process(id int) *Process { return &r.Processes[id-1] }

// Ancestors calls yield for a program and then for what started it, and so on
// up to cargo or until yield returns false.
func (r *Record) Ancestors(id int) func(yield func(*Process) bool) {
	return func(yield func(*Process) bool) {
		for ; id > 0; id = r.Processes[id-1].Parent {
			if !yield(&r.Processes[id-1]) {
				return
			}
		}
	}
}
