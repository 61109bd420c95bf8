package build

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/inspect"
	"github.com/cargo-hermetic/cargo-hermetic/internal/roots"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// Discovery is the report of `cargo hermetic roots`: the five searches, and what
// the configuration inside the root does.
type Discovery struct {
	Isolation string `json:"isolation"`
	roots.Report
	Settings []inspect.Setting `json:"settings"`
}

// Explain reports how a command would search, under the isolation asked for. It
// is the only command that looks above the root, and waits there for nobody. The
// error is what a build would say; the report is good all the same.
func Explain(h *Host, o *Options) (Discovery, error) {
	req := rootRequest(h, o)
	if o.Isolation == OrdinaryIsolation {
		req.Default = roots.Draft
	}
	report, err := roots.Explain(hostFiles{}, &patientFiles{limit: beyondLimit}, req)
	d := Discovery{Isolation: o.Isolation, Report: report, Settings: []inspect.Setting{}}
	if diag.ExitCode(err) == diag.ExitUsage {
		return Discovery{}, err
	}
	if err != nil {
		return d, err
	}
	found, err := roots.Find(hostFiles{}, req)
	if err != nil {
		return d, err
	}
	look := inspect.Request{Files: hostFiles{}, Found: found, Cargo: h.Cargo, Covered: covered}
	inspected := inspect.Root
	if o.Isolation == OrdinaryIsolation {
		look.Home, inspected = h.Cargo, inspect.Discovery
	}
	contents, err := inspected(look)
	if err != nil {
		return d, err
	}
	d.Settings = append(d.Settings, contents.Settings...)
	return d, contents.Err()
}

// JSON writes the report for programs; the form only grows.
func (d Discovery) JSON() ([]byte, error) {
	data, err := json.MarshalIndent(d, "", "  ")
	return append(data, '\n'), err
}

// Text writes the report for people.
func (d Discovery) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "isolation  %s\n%s", d.Isolation, d.Report.Text())
	if len(d.Settings) > 0 {
		b.WriteString("\nsettings of the configuration inside the root:\n")
	}
	for _, s := range d.Settings {
		fmt.Fprintf(&b, "  %-9s %s  (%s:%d)", s.Effect, ui.Escape(s.Key), ui.Escape(s.File), s.Line)
		if s.Why != "" {
			b.WriteString("  " + s.Why)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// beyondLimit is how long a look above the root may take: an automounter may
// never answer.
const beyondLimit = time.Second

// patientFiles are hostFiles that give up. After one operation without an
// answer all others fail at once; what blocks stays blocked until it answers or
// the process ends, which is soon.
type patientFiles struct {
	limit   time.Duration
	mu      sync.Mutex
	blocked error
}

var errNoAnswer = errors.New("the file system does not answer")

func patiently[T any](p *patientFiles, path string, do func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var none T
	p.mu.Lock()
	blocked := p.blocked
	p.mu.Unlock()
	if blocked != nil {
		return none, blocked
	}
	answers := make(chan answer, 1)
	go func() {
		value, err := do()
		answers <- answer{value, err}
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-time.After(p.limit):
		p.mu.Lock()
		p.blocked = &fs.PathError{Op: "look at", Path: path, Err: errNoAnswer}
		p.mu.Unlock()
		return none, p.blocked
	}
}

func (p *patientFiles) Lstat(path string) (fs.FileInfo, error) {
	return patiently(p, path, func() (fs.FileInfo, error) { return os.Lstat(path) })
}

func (p *patientFiles) Readlink(path string) (string, error) {
	return patiently(p, path, func() (string, error) { return os.Readlink(path) })
}

func (p *patientFiles) ReadDir(path string) ([]fs.DirEntry, error) {
	return patiently(p, path, func() ([]fs.DirEntry, error) { return os.ReadDir(path) })
}

func (p *patientFiles) ReadFile(path string) ([]byte, error) {
	return patiently(p, path, func() ([]byte, error) { return hostFiles{}.ReadFile(path) })
}
