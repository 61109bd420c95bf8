//go:build linux

package sandbox_test

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const determinismDir = "../../testdata/determinism"

// specimen is one file of testdata/determinism: one source of nondeterminism. The
// README there says what its header may hold.
type specimen struct {
	name, path, language string
	interpreter          []string // of a script

	source  string
	state   string // `held`, or `open: ` and why
	control proof
	needs   []string
	flags   []string // for the compiler

	skip string // why it cannot run here
}

// proof says how a program shows that it differs without the hold.
type proof string

const (
	controlView     proof = "view"      // in the same world without the hold
	controlHost     proof = "host"      // without any world: there the source is absent, or constant
	controlReplaced proof = "replaced"  // not on one host; but the hold shows something else than the host
	controlSame     proof = "same host" // not on one host
)

const heldState = "held"

// What a program may need, besides files of the host.
const (
	intel   = "x86-64"
	several = "two processors"
	memory  = "directories in memory" // other file systems order by hashes, the same way each time
	// faulting is the need of what is held only where the processor can fault on
	// CPUID, and open elsewhere.
	faulting = "CPUID faulting"
	// libc begins the need of a C library's release, of what another one does in
	// another way.
	libc = "glibc "
)

func (p *specimen) held() bool { return p.state == heldState }

var languages = map[string]string{".c": "C", ".rs": "Rust", ".go": "Go", ".sh": "shell", ".pl": "Perl", ".py": "Python"}

func loadPrograms(t *testing.T) []*specimen {
	t.Helper()
	entries, err := os.ReadDir(determinismDir)
	if err != nil {
		t.Fatal(err)
	}
	var programs []*specimen
	for _, entry := range entries {
		if entry.Name() == "README.md" {
			continue
		}
		path, err := filepath.Abs(filepath.Join(determinismDir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		p, err := readProgram(path)
		if err != nil {
			t.Fatalf("%s: %v", entry.Name(), err)
		}
		programs = append(programs, p)
	}
	if len(programs) < 109 { // what DetTrace's suite has
		t.Errorf("there are only %d programs", len(programs))
	}
	return programs
}

// readProgram reads the header: the comment lines at the top, `key: value` each.
func readProgram(path string) (*specimen, error) {
	ext := filepath.Ext(path)
	p := &specimen{name: filepath.Base(path), path: path, language: languages[ext], control: controlView}
	if p.language == "" {
		return nil, fmt.Errorf("unknown language `%s`", ext)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var errs []error
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		if interpreter, is := strings.CutPrefix(line, "#!"); is {
			p.interpreter = strings.Fields(interpreter)
			continue
		}
		text, is := strings.CutPrefix(line, "// ")
		if !is {
			if text, is = strings.CutPrefix(line, "# "); !is {
				break
			}
		}
		key, value, _ := strings.Cut(text, ": ")
		errs = append(errs, p.set(key, value))
	}
	if p.source == "" || p.state == "" {
		errs = append(errs, errors.New("the header has no source or no state"))
	}
	if scripted := p.interpreter != nil; scripted != slices.Contains([]string{"shell", "Perl", "Python"}, p.language) {
		errs = append(errs, errors.New("a script has an interpreter, and only a script"))
	}
	return p, errors.Join(append(errs, lines.Err())...)
}

func (p *specimen) set(key, value string) error {
	switch key {
	case "source":
		p.source = value
	case "state":
		if value != heldState && len(value) <= len("open: ") || value != heldState && !strings.HasPrefix(value, "open: ") {
			return fmt.Errorf("the state is `held`, or `open: ` and why, not `%s`", value)
		}
		p.state = value
	case "control":
		kind, reason, _ := strings.Cut(value, ": ")
		p.control = proof(kind)
		if !slices.Contains([]proof{controlHost, controlReplaced, controlSame}, p.control) || reason == "" {
			return fmt.Errorf("a control is `host`, `replaced` or `same host`, with a reason, not `%s`", value)
		}
	case "needs":
		p.needs = strings.Split(value, ", ")
		for _, need := range p.needs {
			if !strings.HasPrefix(need, "/") && !strings.HasPrefix(need, libc) && !slices.Contains([]string{intel, several, memory, faulting}, need) {
				return fmt.Errorf("unknown need `%s`", need)
			}
		}
	case "flags":
		p.flags = strings.Fields(value)
	default:
		return fmt.Errorf("unknown key `%s`", key)
	}
	return nil
}

// lacking is what p needs and this host does not have.
func (p *specimen) lacking(h *hostFacts) string {
	needs := p.needs
	if p.interpreter != nil {
		needs = append(slices.Clone(needs), p.interpreter[0])
	}
	for _, need := range needs {
		switch {
		case need == intel:
			if runtime.GOARCH != "amd64" {
				return "it is about x86-64"
			}
		case need == several:
			if len(h.processors) < 2 {
				return "this host has one processor"
			}
		case need == memory:
			if h.memory == "" {
				return "this host has no directory in memory that this user can write"
			}
		case need == faulting:
			if !h.faults {
				p.state = "open: this processor cannot fault on CPUID"
			}
		case strings.HasPrefix(need, libc):
			if need != h.libc {
				return "it is about " + need + ", and this host has " + h.libc
			}
		default:
			if _, err := os.Stat(need); err != nil {
				return "there is no " + need
			}
		}
	}
	return ""
}

// wanted are the programs that -run asks for: all of them run before the first
// subtest does.
func wanted(t *testing.T, programs []*specimen) []*specimen {
	t.Helper()
	_, pattern, found := strings.Cut(flag.Lookup("test.run").Value.String(), "/")
	if !found {
		return programs
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(programs, func(p *specimen) bool { return !re.MatchString(p.name) })
}
