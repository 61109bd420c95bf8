package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
)

// fetchers do nothing but reach the network: a package with one would only fail
// later.
var fetchers = map[string]bool{"curl": true, "wget": true, "wget2": true, "aria2c": true}

// pinIt proposes a `[[download]]` for what a process wanted from the network. url
// may be empty: most programs do not name it where it can be seen.
func (b Build) pinIt(p *observation.Process, url string) string {
	crate := p.Unit.Package
	if b.Policy != nil && slices.ContainsFunc(b.Policy.Downloads, func(d policy.Download) bool { return d.Crate == crate }) {
		return fmt.Sprintf("there is no network in a hermetic build: hermetic.toml pins a download for %s, and it was not taken; look into the crate's documentation for the variable or the place that it reads", plain(crate))
	}
	if !isPlain(crate) {
		crate = "CRATE"
	}
	// What urlOf left out, such as a password, would be missing.
	if !pastable(url) || !slices.Contains(p.Argv, url) {
		url = "URL"
	}
	lead := `env or path = "where it looks"`
	if known := policy.DownloadVariable(crate); known != "" {
		lead = fmt.Sprintf("env = %q", known)
	}
	return fmt.Sprintf(`there is no network in a hermetic build: pin the file in hermetic.toml, [[download]] with url = "%s", sha256 = "...", crate = "%s", %s, and run cargo hermetic fetch; or put it into the root, or turn the download off, as the crate's documentation says`, url, crate, lead)
}

// pastable reports whether a URL, which a program chose, can stand between quotes
// and in a file: nothing in it ends either.
func pastable(url string) bool {
	secure := strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
	return secure && len(url) <= maxPastable && strings.Trim(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/%+@=,") == ""
}

// maxPastable bounds a URL in a note, in bytes.
const maxPastable = 300
