package bounded

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// handOver returns cargo's arguments with the configuration of the true route.
// `--config` stands behind the verb: values there replace those in front of it
// (clap's rule for global options, cargo 1.95), and cargo does not pass the ones
// in front on to an external verb such as clippy.
func (req *Request) handOver(line args) ([]string, error) {
	files, why := req.handedFiles()
	handed := len(files) > 0
	why = cmp.Or(why, req.badPlace(), req.badVerb(line, handed), req.badLine(line, handed), req.badEnvironment(handed))
	if why != "" {
		return nil, diag.New(diag.ExitIsolation, "cargo's one internal switch cannot bound two searches that start in different places: %s", why).
			Note("configuration is searched from `%s` up to `%s`", req.Config.Start, req.Config.Bound).
			Note("manifest and workspace are searched from `%s` up to `%s`", req.Manifest.Start, req.Manifest.Bound).
			WithHelp("%s", inDir(req.Manifest.Start, req.Args))
	}
	var options []string
	for _, file := range slices.Backward(files) { // a later one wins, as a nearer one does
		options = append(options, "--config", file)
	}
	if options == nil {
		return slices.Clone(req.Args), nil
	}
	return slices.Insert(slices.Clone(req.Args), line.verbAt+1, options...), nil
}

// handedFiles are the files that cargo will not find itself, nearest first. What
// it does find, at the bound and then in its home, counts less than every
// `--config`, so those must be the farthest of the route.
func (req *Request) handedFiles() (files []string, why string) {
	own := []string{req.Facts.HomeConfig, req.BoundConfig} // farthest first
	if own[0] == own[1] {
		own = own[:1]
	}
	files = req.ConfigFiles
	for _, file := range own {
		if n := len(files); n > 0 && files[n-1] == file {
			files = files[:n-1]
		}
	}
	if req.BoundConfig != "" && !slices.Contains(req.ConfigFiles, req.BoundConfig) {
		return nil, "the configuration `" + req.BoundConfig + "` would count, and should not"
	}
	for _, file := range files {
		if slices.Contains(own, file) {
			return nil, "the configuration `" + file + "` would count less than it should"
		}
		if !utf8.ValidString(file) {
			return nil, "the name of a configuration file is not UTF-8, which `--config` does not take"
		}
	}
	return files, ""
}

// badPlace says why cargo cannot start at the bound of the manifest.
func (req *Request) badPlace() string {
	switch {
	case req.Facts.Bound == "":
		return "nobody has looked at what lies there"
	case req.Facts.Bound != req.Manifest.Bound:
		return "the root `" + req.Manifest.Bound + "` is `" + req.Facts.Bound + "` for cargo, which would not end a search there"
	case req.FixedDir && req.moves():
		return "the command means something relative to the directory where it is given"
	}
	return ""
}

// badEnvironment says which variable would mean something else: a configuration
// key that the command line beats and a file does not, or a path relative to the
// directory.
func (req *Request) badEnvironment(handed bool) string {
	if handed {
		for _, key := range req.ConfigKeys {
			if name := lookup(req.Env, key); name != "" {
				return "the variable `" + name + "` beats a configuration file, but not `--config`"
			}
		}
	}
	if !req.moves() {
		return ""
	}
	for _, pair := range list(req.Env) {
		name, value, _ := strings.Cut(pair, "=")
		if isRelative(name, value) {
			return "the variable `" + name + "` means something relative to the directory where the command is given"
		}
	}
	return ""
}

// inDir is the command line that starts where both searches are one.
func inDir(dir string, args []string) string {
	words := []string{"cargo hermetic --isolation roots -C", quote(dir)}
	for _, arg := range args {
		words = append(words, quote(arg))
	}
	return strings.Join(words, " ")
}

// quote makes a text one word of a shell's command line.
func quote(text string) string {
	if text != "" && !strings.ContainsFunc(text, func(c rune) bool {
		return !strings.ContainsRune("/._-+@%:,=", c) && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	}) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
