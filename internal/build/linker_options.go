package build

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// link is what the options of a C compiler ask for.
type link struct {
	options []string
	kind    string // -pie, -no-pie, -shared, -static, -static-pie; empty: as gcc does by itself
	starts  bool   // a C compiler would add its start files
	libs    bool   // and its libraries
}

// linkerOptions are the options of the linker for those of a C compiler that
// links. What it does not know is an error: to drop an option could make another
// program than was asked for.
func linkerOptions(args []string, files fs.FS, arch string) ([]string, error) {
	l := link{starts: true, libs: true}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if rest, ok := strings.CutPrefix(arg, "@"); ok {
			more, err := responseFile(rest)
			if err != nil {
				return nil, err
			}
			args = slices.Insert(slices.Clone(args), i+1, more...)
			continue
		}
		value := func() (string, error) { // of an option that stands alone
			if i++; i == len(args) {
				return "", fmt.Errorf("the option `%s` has no value", arg)
			}
			return args[i], nil
		}
		if err := l.add(arg, value); err != nil {
			return nil, err
		}
	}
	return l.complete(files, arch)
}

// add takes one option.
func (l *link) add(arg string, value func() (string, error)) error {
	switch {
	case !strings.HasPrefix(arg, "-") || arg == "-":
		l.options = append(l.options, arg) // a file
	case strings.HasPrefix(arg, "-Wl,"):
		l.options = append(l.options, strings.Split(arg, ",")[1:]...)
	case arg == "-Xlinker", arg == "-L", arg == "-o", arg == "-l", arg == "-u", arg == "-z", arg == "-T":
		v, err := value()
		if err != nil {
			return err
		}
		if arg != "-Xlinker" {
			l.options = append(l.options, arg)
		}
		l.options = append(l.options, v)
	case arg == "-pie", arg == "-no-pie", arg == "-shared", arg == "-static", arg == "-static-pie":
		l.kind = arg
	case arg == "-nostartfiles":
		l.starts = false
	case arg == "-nodefaultlibs":
		l.libs = false
	case arg == "-nostdlib":
		l.starts, l.libs = false, false
	case arg == "-lgcc_s":
		// The name without a version is one of gcc's own directory, which a world
		// without gcc has not. The library is there: the toolchain needs it.
		l.options = append(l.options, "-l:libgcc_s.so.1")
	case arg == "-lgcc":
		// Rust's compiler_builtins has what it holds.
	case arg == "-pthread":
		l.options = append(l.options, "-lpthread")
	case arg == "-rdynamic":
		l.options = append(l.options, "--export-dynamic")
	case arg == "-s", arg == "-S", strings.HasPrefix(arg, "-L"), strings.HasPrefix(arg, "-l"), strings.HasPrefix(arg, "-o"), strings.HasPrefix(arg, "-u"), strings.HasPrefix(arg, "-z"):
		l.options = append(l.options, arg)
	case slices.Contains(meaningless, arg), strings.HasPrefix(arg, "-B"), strings.HasPrefix(arg, "-fuse-ld="), strings.HasPrefix(arg, "-O"), strings.HasPrefix(arg, "-g"), strings.HasPrefix(arg, "--ld-path="):
		// How to compile, and which linker to start.
	default:
		return fmt.Errorf("rust-lld cannot be asked for what the C compiler's option `%s` means", arg)
	}
	return nil
}

// meaningless are options that say for which machine or how to compile, which
// the object files know.
var meaningless = []string{"-m64", "-m32", "-march=native", "-fno-use-linker-plugin", "-fPIC", "-fPIE", "-fpic", "-fpie", "-no-canonical-prefixes", "-pipe", "-w"}

// complete adds what a C compiler adds by itself.
func (l *link) complete(files fs.FS, arch string) ([]string, error) {
	host, ok := linkHosts[arch]
	if !ok {
		return nil, fmt.Errorf("no start files are known for %s", arch)
	}
	dirs := host.directories(files)
	var options []string
	start, dynamic := "crt1.o", true
	switch l.kind {
	case "", "-pie":
		options, start = append(options, "-pie"), "Scrt1.o"
	case "-no-pie":
		options = append(options, "-no-pie")
	case "-shared":
		options, start = append(options, "-shared"), ""
	case "-static":
		options, dynamic = append(options, "-static"), false
	case "-static-pie":
		options, start, dynamic = append(options, "-static", "-pie", "--no-dynamic-linker", "-z", "text"), "rcrt1.o", false
	}
	options = append(options, "-m", host.emulation, "--hash-style=gnu", "--eh-frame-hdr")
	if dynamic && l.kind != "-shared" {
		loader, err := host.loader(files)
		if err != nil {
			return nil, err
		}
		options = append(options, "-dynamic-linker", loader)
	}
	var ends []string
	if l.starts {
		for _, name := range []string{start, "crti.o"} {
			if name == "" {
				continue
			}
			file, err := findStart(files, dirs, name)
			if err != nil {
				return nil, err
			}
			options = append(options, file)
		}
		end, err := findStart(files, dirs, "crtn.o")
		if err != nil {
			return nil, err
		}
		ends = append(ends, end)
	}
	options = append(options, l.options...)
	for _, dir := range dirs {
		options = append(options, "-L", dir)
	}
	if l.libs {
		options = append(options, "-lc")
	}
	return append(options, ends...), nil
}

// responseFile reads options from a file, as rustc writes them where a command
// line would be too long: one a line, with a backslash before what the C
// compiler would take for something else.
func responseFile(name string) ([]string, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var args []string
	var word strings.Builder
	begun, escaped, quote := false, false, rune(0)
	for _, r := range string(data) {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\':
			begun, escaped = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			begun, quote = true, r
		case quote == 0 && strings.ContainsRune(" \t\r\n", r):
			if begun {
				args = append(args, word.String())
				word.Reset()
			}
			begun = false
		default:
			begun = true
			word.WriteRune(r)
		}
	}
	if escaped || quote != 0 {
		return nil, fmt.Errorf("the file of options `%s` has no end", name)
	}
	if begun {
		args = append(args, word.String())
	}
	return args, nil
}
