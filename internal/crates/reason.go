package crates

import (
	"context"
	"errors"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// reason returns a better error than that cargo failed to fetch, if there is one:
// an archive that is the right one and cannot be unpacked, or the digest of what
// the registry has instead of the right one. cargo checks and unpacks each archive
// as it arrives, and says neither in a form to rely on.
func (r *Request) reason(ctx context.Context, downloads string, err error) error {
	if i := (*Interrupted)(nil); errors.As(err, &i) || ctx.Err() != nil {
		return err
	}
	there := r.archives(downloads)
	for _, p := range r.Lock.External {
		if p.Git() {
			continue
		}
		archive, missing := there.find(p)
		if missing != nil {
			if p.ID() == r.refused {
				return r.wrongArchive(ctx, there, downloads, p)
			}
			continue // not every archive has come
		}
		if _, bad := archiveFiles(archive, p); bad != nil {
			return diag.Wrap(bad, "verifying `%s` against Cargo.lock", p.ID())
		}
	}
	return err
}

// wrongArchive says what there is in place of the archive that Cargo.lock names.
// cargo keeps no archive that it refuses, so the registry is asked for it once
// more; whatever it says then changes nothing but the words of the error.
func (r *Request) wrongArchive(ctx context.Context, there archives, downloads string, p cargo.LockedPackage) error {
	d := diag.New(diag.ExitLock, "what the registry has for `%s` is not what Cargo.lock names", p.ID()).
		Note("Cargo.lock says   %s", p.Checksum)
	found, err := there.of(p)
	if err != nil {
		return err
	}
	for _, archive := range found { // of a local registry
		got, err := sumFile(archive)
		if err != nil {
			return err
		}
		d = d.Note("the archive is    %s", got)
	}
	indices, err := indicesOf(downloads, p)
	if err != nil {
		return err
	}
	for _, x := range indices {
		if x.checksum != p.Checksum {
			d = d.Note("the index says    %s", x.checksum)
		}
		switch got, err := x.served(ctx, p); {
		case err != nil:
			d = d.Note("the archive could not be asked for again: %v", err)
		case got != p.Checksum:
			d = d.Note("the archive is    %s", got)
		default:
			d = d.Note("asked for again, the archive is the right one")
		}
	}
	return d.WithHelp("find out which of the two was changed before you run: cargo update")
}
