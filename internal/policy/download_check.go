package policy

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// entry is a `[[download]]` as it is written; of type any, so that a missing key
// can be told from an empty one.
type entry struct {
	URL    any `toml:"url"`
	SHA256 any `toml:"sha256"`
	Crate  any `toml:"crate"`
	Env    any `toml:"env"`
	Path   any `toml:"path"`
}

var (
	sha256Form = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\A[0-9a-f]{64}\z`) })
	// crateForm is cargo's rule for names, and what semver allows in versions.
	crateForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\A([A-Za-z_][A-Za-z0-9_-]*)(?:@([0-9][0-9A-Za-z.+-]*))?\z`)
	})
)

const sumHelp = "`sha256sum FILE` prints it, of a file that you have looked at"

// downloadsOf reads every `[[download]]`.
func downloadsOf(doc *toml.Document, d *document) ([]Download, []toml.Problem) {
	var list []Download
	var problems []toml.Problem
	for i, e := range d.Download {
		refuse := func(key, help, format string, args ...any) {
			at := doc.At("download", i)
			if key != "" {
				at = doc.At("download", i, key)
			}
			problems = append(problems, toml.Problem{At: at, Message: fmt.Sprintf(format, args...), Help: help})
		}
		// text returns a string that is there; of what is not, or is something else,
		// it says so.
		text := func(key string, value any, help, missing string) (string, bool) {
			s, ok := value.(string)
			switch {
			case value == nil && missing != "":
				refuse("", help, "%s", missing)
			case value != nil && !ok:
				refuse(key, "", "`download.%s` must be a string", key)
			}
			return s, ok
		}
		wrong := func(key, message, help string) {
			if message != "" {
				refuse(key, help, "%s", message)
			}
		}
		read := Download{At: doc.At("download", i)}
		var ok bool
		if read.URL, ok = text("url", e.URL, "", "a download without `url`"); ok {
			message, help := wrongURL(read.URL)
			wrong("url", message, help)
		}
		if read.SHA256, ok = text("sha256", e.SHA256, sumHelp, "a download without `sha256`: nothing would pin what arrives"); ok && !sha256Form().MatchString(read.SHA256) {
			refuse("sha256", sumHelp, "%.100q is not a SHA-256: 64 lower-case hexadecimal digits", read.SHA256)
		}
		if crate, ok := text("crate", e.Crate, "name the crate whose build script wants the file", "a download without `crate`"); ok {
			if m := crateForm().FindStringSubmatch(crate); m != nil {
				read.Crate, read.Version = m[1], m[2]
			} else {
				refuse("crate", "write NAME or NAME@VERSION", "%.100q does not name a crate", crate)
			}
		}
		if (e.Env == nil) == (e.Path == nil) {
			refuse("", "`env` sets a variable to the place of the file, `path` puts the file at a place", "a download needs `env` or `path`, and not both")
		} else if variable, ok := text("env", e.Env, "", ""); ok {
			read.Env, read.Value, ok = strings.Cut(variable, "=")
			if !ok {
				read.Value = PathPlaceholder
			}
			message, help := wrongVariable(read, d)
			wrong("env", message, help)
		} else if read.Path, ok = text("path", e.Path, "", ""); ok {
			message, help := wrongPath(read.Path)
			wrong("path", message, help)
		}
		for _, other := range list {
			if key, message := other.clash(read); message != "" {
				refuse(key, "", "%s", message)
			}
		}
		list = append(list, read)
	}
	return list, problems
}

// wrongURL says what is wrong with a URL, and what to do; empty for nothing.
func wrongURL(text string) (message, help string) {
	u, err := url.Parse(text)
	scheme, _, _ := strings.Cut(text, ":")
	plain := !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '`' })
	switch {
	case err != nil || !plain || len(text) > 2048:
		return fmt.Sprintf("%.200q is not a URL", text), "encode what is special in it with `%`"
	case scheme == "file":
		local := Download{URL: text}.Local()
		if err := digest.CheckPath(local); err != nil {
			return fmt.Sprintf("%.200q does not name a file of the root", text), "write `file:` and the path from the root, such as `file:third-party/model.bin`"
		}
	case scheme != "https" && scheme != "http":
		return fmt.Sprintf("%.200q has another scheme than `https`, `http` and `file`", text), "write the whole URL, beginning with `https://`"
	case u.Hostname() == "" || u.Fragment != "":
		return fmt.Sprintf("%.200q does not name a file of a server", text), "write the whole URL, without `#`"
	case u.User != nil:
		return "a URL with a user or a password does not belong into a file that is committed", "take a place that needs none, or put the file into the root and write `file:PATH`"
	}
	return "", ""
}

// wrongVariable says what is wrong with the variable of a download.
func wrongVariable(read Download, d *document) (message, help string) {
	if err := checkName(read.Env); err != nil {
		return err.Error(), ""
	}
	if err := checkValue(read.Env, read.Value); err != nil {
		return err.Error(), ""
	}
	if !strings.Contains(read.Value, PathPlaceholder) && !strings.Contains(read.Value, DirPlaceholder) {
		return fmt.Sprintf("the value of `%s` does not say where the file is", read.Env),
			fmt.Sprintf("write `%s` for the path, or a value with %s or %s, such as `%s=file://%s`", read.Env, PathPlaceholder, DirPlaceholder, read.Env, PathPlaceholder)
	}
	if _, set := d.Env.Set[read.Env]; set {
		return fmt.Sprintf("`%s` is both in a `download` and in `env.set`", read.Env), ""
	}
	if slices.Contains(d.Env.Allow, read.Env) {
		return fmt.Sprintf("`%s` is both in a `download` and in `env.allow`", read.Env), ""
	}
	return "", ""
}

// maxDownloadPath bounds a path, in bytes; the kernel's bound is 4095 with all
// that stands in front of it.
const maxDownloadPath = 1024

// wrongPath says what is wrong with the place of a download. Whether it is taken
// is for the world to say.
func wrongPath(text string) (message, help string) {
	err := digest.CheckPath(strings.TrimPrefix(text, "/"))
	special := strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == '`' })
	if err == nil && !special && len(text) <= maxDownloadPath {
		return "", ""
	}
	return fmt.Sprintf("%.200q is not a place for a file", text),
		"write an absolute path, or one that is relative to the sources of the crate; without `.`, `..` and a slash at the end"
}
