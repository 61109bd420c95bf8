package verify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// What diffoscope may take.
const (
	mostAsked   = 3                // files of one report
	lookingTime = time.Minute      // for each of them
	mostLooked  = 256 << 20        // bytes of a file
	mostOutput  = 64 << 10         // bytes of what it says
	mostMemory  = 2 << 20          // KiB of address space of each program that it starts
	mostScratch = 512 << 20        // bytes that it may write
	startTime   = 10 * time.Second // for saying which version it is
)

// diffoscope is the program of that name, which opens many formats that
// internal/compare does not. It starts a parser for each on bytes that a build chose,
// so it runs only where the caller asks for it, and in a sandbox that has nothing
// but the programs of the system and the two files.
type diffoscope struct {
	program string // absolute, below /usr
	version string // as it says
	dir     string // private, for copies
}

// findDiffoscope is the first in a PATH that lies below /usr, of which the sandbox has
// a view; empty if there is none.
func findDiffoscope(path string) string {
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue // another program in every directory
		}
		found, err := exec.LookPath(filepath.Join(dir, "diffoscope"))
		if err == nil {
			found, err = filepath.EvalSymlinks(found)
		}
		if err == nil && strings.HasPrefix(found, "/usr/") {
			return found
		}
	}
	return ""
}

// startDiffoscope finds it and has it say its version, so that what would keep it from
// running is an error before anything is built. dir is private and removed by the
// caller.
func startDiffoscope(ctx context.Context, h *build.Host, dir string) (*diffoscope, error) {
	program := findDiffoscope(h.Env["PATH"])
	if program == "" {
		return nil, diag.New(diag.ExitUsage, "`--diffoscope` needs the program `diffoscope` in a directory of PATH below /usr; the sandbox for it has no other programs").
			WithHelp("apt-get install diffoscope-minimal")
	}
	f := &diffoscope{program: program, dir: dir}
	said, err := f.run(ctx, startTime, nil, "--version")
	var failed *lookFailed
	switch {
	case errors.As(err, &failed):
		return nil, diag.New(diag.ExitFailed, "`%s` does not run in its sandbox", program).Because(err)
	case err != nil:
		return nil, diag.Wrap(err, "starting `%s`", program)
	}
	f.version, _, _ = strings.Cut(strings.TrimSpace(said.text), "\n")
	f.version = ui.Escape(f.version)
	return f, nil
}

// lookFurther has diffoscope look at what could only be compared as bytes, or notes
// that it could be asked.
func (v *verification) lookFurther(ctx context.Context, r *Report) error {
	if v.further != nil {
		return v.further.look(ctx, r)
	}
	r.NotAsked = slices.ContainsFunc(r.Differences, r.wantsFurther) && findDiffoscope(v.host.Env["PATH"]) != ""
	return nil
}

// wantsFurther reports whether both sides of a difference are there, and something in
// them was compared as bytes only.
func (r *Report) wantsFurther(d *compare.Difference) bool {
	_, ok := r.sides[d]
	return ok && d.Unopened()
}

// look asks it about the files of a report of which something could only be compared
// as bytes, and writes into the report what it says, or why it says nothing.
func (f *diffoscope) look(ctx context.Context, r *Report) error {
	asked := 0
	for _, d := range r.Differences {
		if !r.wantsFurther(d) {
			continue
		}
		d.Further = &compare.Further{Program: f.version}
		if asked++; asked > mostAsked {
			d.Further.Failed = fmt.Sprintf("it was asked about %d other files, which is the most", mostAsked)
			continue
		}
		said, err := f.compare(ctx, r.sides[d])
		var failed *lookFailed
		switch {
		case errors.As(err, &failed):
			d.Further.Failed = ui.Escape(failed.reason)
		case err != nil:
			return diag.Wrap(err, "having diffoscope look at `%s`", d.Name)
		}
		d.Further.Lines, d.Further.Cut = said.lines(), said.cut
	}
	return nil
}

// extension is one by which diffoscope knows formats; what else a build has in a name
// is of no use to it.
var extension = regexp.MustCompile(`^\.[A-Za-z0-9_]{1,16}$`)

// compare has it compare two files, by copies that any user may read: root on a host
// without user namespaces is somebody else in a sandbox.
func (f *diffoscope) compare(ctx context.Context, pair [2]file) (s said, err error) {
	var sides [2]string
	for i, side := range pair {
		if side.size > mostLooked {
			return said{}, &lookFailed{fmt.Sprintf("a file of %d bytes is more than the %d that it is given", side.size, mostLooked)}
		}
		sides[i] = filepath.Join(f.dir, []string{"first", "second"}[i])
		if err := copyReadable(sides[i], side.path); err != nil {
			return said{}, err
		}
		defer func() { err = errors.Join(err, os.Remove(sides[i])) }()
	}
	name := "file"
	if ext := filepath.Ext(pair[0].path); extension.MatchString(ext) && ext == filepath.Ext(pair[1].path) {
		name += ext
	}
	return f.run(ctx, lookingTime, []bound{{sides[0], "/first/" + name}, {sides[1], "/second/" + name}},
		"--text", "-", "--text-color", "never", "--no-progress", "--max-text-report-size", fmt.Sprint(mostOutput),
		"--exclude-directory-metadata", "recursive", "--", "/first/"+name, "/second/"+name)
}

// copyReadable copies a file that is within bounds.
func copyReadable(to, from string) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if from, err = filepath.EvalSymlinks(from); err == nil { // the caller may have named a link
		_, err = fsx.Copy(f, from)
	}
	if err == nil {
		err = f.Chmod(0o444) // whatever the umask says
	}
	return errors.Join(err, f.Close())
}
