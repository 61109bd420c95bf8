package store

import (
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

const (
	downloadsDir  = "downloads"
	downloadsLock = "fetch" // of Lock: who uses the directory holds it
)

// Downloads returns the directory that keeps what fetches have downloaded, so
// that an interrupted one loses nothing. Collect may empty it. Whoever uses it holds the lock `fetch`
// and trusts nothing in it without checking.
func (s *Store) Downloads() (string, error) {
	dir := s.path(downloadsDir)
	return dir, diag.Wrap(os.MkdirAll(dir, 0o700), "making the downloads directory")
}
