package verify

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/perturb"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
)

// chosen returns the named dimensions, all without names, and says of each why it
// cannot be varied here, if that is so.
func chosen(h *build.Host, o *build.Options, named []string) ([]dimension, error) {
	if o.Isolation != string(sandbox.Namespaces) {
		return nil, diag.New(diag.ExitIsolation, "isolation `%s` keeps no record of a build, and without one `verify` has nothing to find a cause in", o.Isolation)
	}
	list := slices.Clone(dimensions)
	for _, name := range named {
		if !slices.ContainsFunc(list, func(d dimension) bool { return d.name == name }) {
			return nil, diag.New(diag.ExitUsage, "there is no dimension `%s`", name).WithHelp("the dimensions are %s", names(dimensions))
		}
	}
	if len(named) > 0 {
		list = slices.DeleteFunc(list, func(d dimension) bool { return !slices.Contains(named, d.name) })
	}
	for i := range list {
		var err error
		if list[i].refused, err = list[i].refusal(h, o); err != nil {
			return nil, diag.Wrap(err, "finding out whether `%s` can be varied", list[i].name)
		}
	}
	return list, nil
}

// refusal says why a dimension cannot be varied here, empty if it can.
func (d *dimension) refusal(h *build.Host, o *build.Options) (string, error) {
	if d.name == "processor" {
		if err := sandbox.FaultsOnCPUID(); err != nil {
			return fmt.Sprintf("this processor cannot fault on CPUID (%v), so programs see the real one", err), nil
		}
	}
	if !o.Undetermined && d.shown != "" {
		return d.shown, nil
	}
	switch d.name {
	case "user", "host-name":
		return perturb.Refusal(), nil
	case "file-order":
		if o.Undetermined { // the supervisor lists them
			return "", nil
		}
		if by, err := byItself(h); err != nil || by {
			return "the file system of `" + h.Temp + "` has an order of its own, in whichever the files were made", err
		}
	}
	return "", nil
}

// byItself reports whether a file system lists files in an order that has nothing to do
// with the one in which they were made, as ext4 does, by a hash of their names.
func byItself(h *build.Host) (is bool, err error) {
	dir, remove, err := h.TempDir("hermetic-order-", "what is tried")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	there, err := listed(filepath.Join(dir, "there"), false)
	if err != nil {
		return false, err
	}
	back, err := listed(filepath.Join(dir, "back"), true)
	return slices.Equal(there, back), err
}

// listed makes ten files in a new directory and lists them.
func listed(dir string, back bool) ([]string, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	files := []string{"ash", "beech", "cedar", "elm", "fir", "hazel", "larch", "maple", "oak", "pine"}
	if back {
		slices.Reverse(files)
	}
	for _, name := range files {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			return nil, err
		}
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	list, err := d.Readdirnames(-1) // as the kernel lists them
	return list, errors.Join(err, d.Close())
}
