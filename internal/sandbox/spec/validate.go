package spec

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Bounds of the kernel (include/uapi/linux/limits.h, include/uapi/linux/utsname.h).
const (
	maxName     = 255       // bytes of one name in a path
	maxPath     = 4095      // bytes of a path
	maxHostName = 64        // bytes of a host or domain name
	maxID       = 1<<32 - 2 // the highest uid and gid; the one above means `no change`
)

// Validate returns every reason why s does not say one thing only: what an
// isolation could not do as written, would do in part, or would have to guess.
// It looks at nothing but s. A valid Spec may still be refused on a host.
//
// Text must be UTF-8, because a Spec travels between processes as JSON, which
// would exchange anything else for U+FFFD.
func (s *Spec) Validate() error {
	return errors.Join(s.validateCommand(), s.validateIdentity(), s.validateMounts(), s.validatePlaces())
}

func (s *Spec) validateCommand() error {
	var errs []error
	if len(s.Argv) == 0 || s.Argv[0] == "" {
		errs = append(errs, errors.New("there is no command"))
	} else if !strings.HasPrefix(s.Argv[0], "/") && strings.Contains(s.Argv[0], "/") {
		errs = append(errs, fmt.Errorf("the command %q is neither an absolute path nor a bare name", s.Argv[0]))
	}
	for i, arg := range s.Argv {
		errs = append(errs, about(text(arg), "argument %d %q", i, arg))
	}
	taken := make(map[string]bool, len(s.Env))
	for i, entry := range s.Env {
		// Values may be credentials, so no error quotes one.
		name, _, found := strings.Cut(entry, "=")
		if !found || name == "" {
			errs = append(errs, fmt.Errorf("environment entry %d is not NAME=VALUE", i))
			continue
		}
		errs = append(errs, about(text(entry), "environment variable %q", name))
		if taken[name] {
			errs = append(errs, fmt.Errorf("the variable %q is in the environment twice", name))
		}
		taken[name] = true
	}
	errs = append(errs, about(place(s.Dir), "working directory %q", s.Dir))
	return errors.Join(errs...)
}

func (s *Spec) validateIdentity() error {
	var errs []error
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	refuse(s.UID < 0 || int64(s.UID) > maxID, "uid %d does not exist", s.UID)
	refuse(s.GID < 0 || int64(s.GID) > maxID, "gid %d does not exist", s.GID)
	refuse(s.Umask < 0 || s.Umask > 0o777, "umask %#o does not exist", s.Umask)
	refuse(s.OpenFiles == 0, "a command that may open no file cannot be started")
	switch s.Network {
	case NetworkLoopback, NetworkHost, NetworkNone:
	default:
		refuse(true, "unknown network %q", string(s.Network))
	}
	for _, n := range []struct{ what, name string }{{"host", s.HostName}, {"domain", s.DomainName}} {
		errs = append(errs, about(text(n.name), "%s name %q", n.what, n.name))
		refuse(len(n.name) > maxHostName, "%s name %q is longer than %d bytes", n.what, n.name, maxHostName)
	}
	return errors.Join(errs...)
}

// validateMounts checks each mount by itself.
func (s *Spec) validateMounts() error {
	var errs []error
	for i, m := range s.Mounts {
		errs = append(errs, about(m.validate(), "mount %d at %q", i, m.Target))
	}
	return errors.Join(errs...)
}

func (m *Mount) validate() error {
	var errs []error
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	switch m.Kind {
	case Bind, Device:
		errs = append(errs, about(place(m.Source), "source %q", m.Source))
	case Tmpfs, Proc, Cover:
		refuse(m.Source != "", "%s has no source", m.Kind)
	default:
		refuse(true, "unknown kind %q", string(m.Kind))
	}
	if m.Kind == Tmpfs {
		refuse(m.Size <= 0, "a file system in memory needs a size, not %d", m.Size)
		refuse(m.Mode > 0o1777, "mode %#o is none of a directory", m.Mode)
	} else {
		refuse(m.Size != 0, "only %s has a size", Tmpfs)
		refuse(m.Mode != 0, "only %s has a mode", Tmpfs)
	}
	refuse(m.Writable && m.Kind != Bind && m.Kind != Tmpfs, "%s is never writable", m.Kind)
	refuse(m.File && m.Kind != Bind, "%s is no file", m.Kind)
	return errors.Join(errs...)
}

// place checks a path: absolute, clean, and nothing that the kernel would not
// take as it stands.
func place(p string) error {
	if err := text(p); err != nil {
		return err
	}
	switch {
	case !strings.HasPrefix(p, "/"):
		return errors.New("is not absolute")
	case len(p) > maxPath:
		return fmt.Errorf("is longer than %d bytes", maxPath)
	case p == "/":
		return nil
	}
	for name := range strings.SplitSeq(p[1:], "/") {
		switch {
		case name == "" || name == "." || name == "..":
			return errors.New("is not clean")
		case len(name) > maxName:
			return fmt.Errorf("has a name of more than %d bytes", maxName)
		}
	}
	return nil
}

// text checks what the kernel ends at a NUL and JSON changes if it is not UTF-8.
func text(s string) error {
	switch {
	case strings.ContainsRune(s, 0):
		return errors.New("has a NUL byte in it")
	case !utf8.ValidString(s):
		return errors.New("is not UTF-8")
	}
	return nil
}

// about says what err, if there is one, is about.
func about(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}
