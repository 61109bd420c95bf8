package explain

import (
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// maxQuoted is how much of a name is shown, in bytes.
const maxQuoted = 256

// quoted makes a name that a program chose one of a sentence, which it can
// neither end nor break.
func quoted(name string) string {
	if len(name) > maxQuoted {
		name = name[:maxQuoted] + "..."
	}
	return "`" + strings.ReplaceAll(ui.Escape(name), "`", "'") + "`"
}

// isPlain reports whether a name has only what names of packages and paths of
// careful people have. Such a name needs no quotes in a shell.
func isPlain(name string) bool {
	for _, c := range []byte(name) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("_-+./:", c) >= 0) {
			return false
		}
	}
	return name != "" && len(name) <= maxQuoted
}

// plain is a name without quotes where it needs none.
func plain(name string) string {
	if isPlain(name) {
		return name
	}
	return quoted(name)
}

// shell is a path as a POSIX shell reads it; ok is false for one that would not
// look like itself there.
func shell(path string) (text string, ok bool) {
	switch {
	case isPlain(path) && path[0] != '-':
		return path, true
	case ui.Escape(path) != path || strings.ContainsAny(path, "'`"):
		return "", false
	}
	return "'" + path + "'", true
}
