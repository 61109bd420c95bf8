package policy

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

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
