package policy

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

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

// downloadsOf reads every `[[download]]`.
func downloadsOf(doc *toml.Document, d *document) ([]Download, []toml.Problem) {
	var list []Download
	var problems []toml.Problem
	for i, e := range d.Download {
		r := &entryReader{doc: doc, number: i}
		read := r.read(e, d)
		for _, other := range list {
			key, message := other.clash(read)
			r.refuse(key, message, "")
		}
		list, problems = append(list, read), append(problems, r.problems...)
	}
	return list, problems
}

// entryReader collects what is wrong with one entry.
type entryReader struct {
	doc      *toml.Document
	number   int
	problems []toml.Problem
}

// refuse adds a problem at a key, or of the whole entry. No message is no problem.
func (r *entryReader) refuse(key, message, help string) {
	if message == "" {
		return
	}
	at := r.doc.At("download", r.number)
	if key != "" {
		at = r.doc.At("download", r.number, key)
	}
	r.problems = append(r.problems, toml.Problem{At: at, Message: message, Help: help})
}

// text returns a string. Of what is not there, and of what is none, it says so;
// missing is empty where nothing need be there.
func (r *entryReader) text(key string, value any, missing, help string) (string, bool) {
	s, ok := value.(string)
	if value == nil {
		r.refuse("", missing, help)
	} else if !ok {
		r.refuse(key, fmt.Sprintf("`download.%s` must be a string", key), "")
	}
	return s, ok
}

// read reads one entry. What it returns is whole if there are no problems.
func (r *entryReader) read(e entry, d *document) Download {
	const sumHelp = "`sha256sum FILE` prints it, of a file that you have looked at"
	read := Download{At: r.doc.At("download", r.number)}
	var ok bool
	if read.URL, ok = r.text("url", e.URL, "a download without `url`", ""); ok {
		message, help := wrongURL(read.URL)
		r.refuse("url", message, help)
	}
	read.SHA256, ok = r.text("sha256", e.SHA256, "a download without `sha256`: nothing would pin what arrives", sumHelp)
	if ok && !sha256Form().MatchString(read.SHA256) {
		r.refuse("sha256", fmt.Sprintf("%.100q is not a SHA-256: 64 lower-case hexadecimal digits", read.SHA256), sumHelp)
	}
	crate, ok := r.text("crate", e.Crate, "a download without `crate`", "name the crate whose build script wants the file")
	if m := crateForm().FindStringSubmatch(crate); m != nil {
		read.Crate, read.Version = m[1], m[2]
	} else if ok {
		r.refuse("crate", fmt.Sprintf("%.100q does not name a crate", crate), "write NAME or NAME@VERSION")
	}
	if (e.Env == nil) == (e.Path == nil) {
		r.refuse("", "a download needs `env` or `path`, and not both", "`env` sets a variable to the place of the file, `path` puts the file at a place")
		return read
	}
	if variable, ok := r.text("env", e.Env, "", ""); ok {
		if read.Env, read.Value, ok = strings.Cut(variable, "="); !ok {
			read.Value = PathPlaceholder
		}
		message, help := wrongVariable(read, d)
		r.refuse("env", message, help)
	}
	if read.Path, ok = r.text("path", e.Path, "", ""); ok {
		message, help := wrongPath(read.Path)
		r.refuse("path", message, help)
	}
	return read
}
