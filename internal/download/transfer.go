package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
)

// transfer is one file on its way. part keeps what has arrived, and is named after
// the digest that is wanted, so that the next attempt, in this process or in
// another, goes on where this one ended.
type transfer struct {
	d      policy.Download
	client *http.Client
	agent  string
	limits Limits

	part    *os.File
	sum     hash.Hash // of part
	size    int64     // of part
	resumed bool      // part holds bytes of another response than the last one
}

// maxAttempts bounds how often a server may break off before we give up.
const maxAttempts = 8

// run transfers until part holds the file, or until that cannot be had. Attempts
// that brought something are followed by another one; the first that brings
// nothing ends it, because whoever calls again goes on there.
func (t *transfer) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, t.limits.Total, fmt.Errorf("it took longer than %s", t.limits.Total))
	defer cancel()
	if err := t.rehash(); err != nil {
		return err
	}
	for attempt := 1; t.size == 0 || !t.right(); attempt++ {
		before := t.size
		err := t.attempt(ctx)
		broken := (*brokenOff)(nil)
		switch {
		case errors.As(err, &broken) && t.size > before && attempt < maxAttempts && ctx.Err() == nil:
			continue
		case err != nil:
			return diag.Wrap(err, "downloading `%s`", t.d.URL)
		case t.right():
			return nil
		}
		received, size, resumed := [sha256.Size]byte(t.sum.Sum(nil)), t.size, t.resumed
		if err := t.restart(); err != nil {
			return err
		}
		// What was put together of two responses may be of two files. From the
		// beginning, the server's answer is one.
		if !resumed || attempt >= maxAttempts {
			return mismatch(t.d, received, size)
		}
	}
	return nil
}

// brokenOff says that a response ended before its end.
type brokenOff struct{ cause error }

func (b *brokenOff) Error() string { return "the transfer broke off: " + b.cause.Error() }
func (b *brokenOff) Unwrap() error { return b.cause }

// attempt asks once for what is still missing.
func (t *transfer) attempt(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	idle := time.AfterFunc(t.limits.Idle, func() { cancel(fmt.Errorf("the server sent nothing for %s", t.limits.Idle)) })
	defer idle.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.d.URL, nil)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", t.agent)
	req.Header.Set("Accept-Encoding", "identity")
	if t.size > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", t.size))
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return because(ctx, err)
	}
	defer func() { err = diag.Join(err, resp.Body.Close()) }()
	if err := t.begin(resp); err != nil {
		return err
	}
	if resp.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		return nil // what is kept is all that there is, or no beginning of the file
	}
	buffer := make([]byte, 256<<10)
	for {
		n, err := resp.Body.Read(buffer)
		if n > 0 {
			idle.Reset(t.limits.Idle)
			if t.size += int64(n); t.size > t.limits.Size {
				return t.tooLarge()
			}
			t.sum.Write(buffer[:n])
			if _, err := t.part.Write(buffer[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return &brokenOff{because(ctx, err)}
		}
	}
}

// begin looks at the answer, and makes part what the body continues.
func (t *transfer) begin(resp *http.Response) error {
	if resp.ContentLength > t.limits.Size {
		return t.tooLarge()
	}
	switch resp.StatusCode {
	case http.StatusOK:
		return t.restart() // the server begins at the beginning
	case http.StatusPartialContent:
		if !strings.HasPrefix(resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", t.size)) {
			return diag.Join(diag.New(diag.ExitFailed, "the server sends another part of the file than it was asked for"), t.restart())
		}
		t.resumed = true
		return nil
	case http.StatusRequestedRangeNotSatisfiable:
		if t.size > 0 {
			return nil
		}
	}
	return diag.New(diag.ExitFailed, "the server answers `%s`", resp.Status).
		In(t.d.At.File, t.d.At.Line, t.d.At.Column).
		WithHelp("see whether the URL is right, and whether the file is still there")
}

func (t *transfer) tooLarge() error {
	return diag.Join(diag.New(diag.ExitFailed, "the file has more than %d bytes, which is the most that is taken", t.limits.Size), t.restart())
}

// because prefers the reason for which we ended a request to what net/http makes
// of that, and leaves out the URL, which is said once.
func because(ctx context.Context, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// right reports whether part is the file.
func (t *transfer) right() bool { return hex.EncodeToString(t.sum.Sum(nil)) == t.d.SHA256 }

// rehash begins with what an earlier run left in part.
func (t *transfer) rehash() (err error) {
	t.sum = sha256.New()
	if t.size, err = io.Copy(t.sum, t.part); err != nil || t.size > t.limits.Size {
		return diag.Join(err, t.restart())
	}
	t.resumed = t.size > 0
	return nil
}

// restart forgets what has arrived.
func (t *transfer) restart() error {
	t.sum, t.size, t.resumed = sha256.New(), 0, false
	if err := t.part.Truncate(0); err != nil {
		return err
	}
	_, err := t.part.Seek(0, io.SeekStart)
	return err
}
