package verify

import (
	"context"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/download"
)

// againstLimits bound what is fetched to compare with. No linker makes larger files
// than that, and what is sent without an end must not fill the disk.
var againstLimits = download.Limits{Size: 4 << 30, Total: time.Hour, Idle: time.Minute}

// isAddress tells an address from a path. A path that begins as an address does can be
// written with `./` in front.
func isAddress(text string) bool {
	scheme, _, ok := strings.Cut(text, "://")
	return ok && scheme != "" && !strings.ContainsFunc(scheme, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("+-.", r)
	})
}

// fetch brings what lies behind an address into the directory of this run. Nobody has
// pinned its digest: whether it is what was built is the question.
func (v *verification) fetch(ctx context.Context, address string, limits download.Limits) (file string, err error) {
	name, err := addressed(address)
	if err != nil {
		return "", err
	}
	if v.request.Options.Offline {
		return "", diag.New(diag.ExitFailed, "`%s` is to be fetched, and the network is not to be used", address).
			WithHelp("fetch it before, and name the file: --against PATH")
	}
	if strings.HasPrefix(strings.ToLower(address), "http:") {
		v.host.Shell.Note("`%s` is not encrypted: whoever is on the way can exchange it, and so the verdict", address)
	}
	dir := filepath.Join(v.dir, "against")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	file = filepath.Join(dir, name)
	to, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", diag.Wrap(err, "making a file for `%s`", address)
	}
	v.host.Shell.Status("Downloading", "%s", address)
	u := &download.Unpinned{URL: address, Env: v.host.Env, Agent: "cargo-hermetic/" + v.host.Version, Limits: limits}
	return file, diag.Join(u.Fetch(ctx, to), to.Close())
}

// addressed checks an address, and returns the name under which what lies there is
// compared: the last part of its path.
func addressed(address string) (name string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", diag.New(diag.ExitUsage, "%.200q is no address", address)
	}
	name = path.Base(u.Path)
	unfit := func(r rune) bool { return !unicode.IsPrint(r) || r == '/' || r == '\\' || r == unicode.ReplacementChar }
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return "", diag.New(diag.ExitUsage, "%.200q has another scheme than `https` and `http`", address).
			WithHelp("fetch it yourself, and name the file: --against PATH")
	case u.User != nil:
		return "", diag.New(diag.ExitUsage, "the address has a user or a password, which a report would show").
			WithHelp("fetch it yourself, and name the file: --against PATH")
	case u.Hostname() == "":
		return "", diag.New(diag.ExitUsage, "%.200q names no server", address)
	case u.Fragment != "":
		return "", diag.New(diag.ExitUsage, "%.200q names a part of a file", address).WithHelp("leave out what begins with `#`")
	case name == "." || name == ".." || name == "/" || len(name) > 255 || strings.HasSuffix(u.Path, "/") || strings.ContainsFunc(name, unfit):
		return "", diag.New(diag.ExitUsage, "%.200q does not end with the name of a file", address)
	}
	return name, nil
}
