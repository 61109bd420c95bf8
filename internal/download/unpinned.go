package download

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
)

// Unpinned is a file that nobody pinned. It is for those who ask what a server has, and
// compare it with something better than its word; no build gets it.
type Unpinned struct {
	URL    string            // `https` or `http`
	Env    map[string]string // the caller's environment, for proxies and certificates
	Agent  string            // how we call ourselves to a server
	Limits Limits
}

// Fetch writes the file to an empty one. It asks once and from the beginning: without
// a digest nobody could tell whether the halves of two answers belong together.
func (u *Unpinned) Fetch(ctx context.Context, to *os.File) error {
	client, err := newClient(u.Env)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeoutCause(ctx, u.Limits.Total, fmt.Errorf("it took longer than %s", u.Limits.Total))
	defer cancel()
	t := &transfer{d: policy.Download{URL: u.URL}, client: client, agent: u.Agent, limits: u.Limits, part: to}
	if err := t.restart(); err != nil {
		return err
	}
	err = t.attempt(ctx)
	if broken := (*brokenOff)(nil); errors.As(err, &broken) {
		err = diag.New(diag.ExitFailed, "%v", err).WithHelp("try again")
	}
	if err == nil && t.resumed { // it was not asked for a part
		err = diag.New(diag.ExitFailed, "the server answers `%s` to who asks for all of the file", http.StatusText(http.StatusPartialContent))
	}
	return diag.Wrap(err, "fetching `%s`", u.URL)
}
