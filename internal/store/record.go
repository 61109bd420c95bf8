package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// record is the file of one value. The key is in it because its file name is
// only a hash; the digest of the value finds damage that is still JSON.
type record struct {
	Key    string          `json:"key"`
	Digest digest.Digest   `json:"digest"` // of the bytes of Value
	Value  json.RawMessage `json:"value"`
}

// hashedName makes a file name of any string.
func hashedName(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// recordPath returns the file of a record. A kind is a word of the program, not
// of the user: lower-case letters, digits and `-`.
func (s *Store) recordPath(kind, key string) (string, error) {
	if kind == "" || strings.Trim(kind, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return "", fmt.Errorf("%q is not a kind of record", kind)
	}
	return s.path(recordsDir, kind, hashedName(key)), nil
}

// Remember stores v, as JSON, under a kind and any key. It replaces what was
// there, atomically, and survives a power failure.
func (s *Store) Remember(kind, key string, v any) error {
	return diag.Wrap(s.remember(kind, key, v, fsx.WriteFile), "remembering %s `%s`", kind, key)
}

// Jot is Remember without waiting for the disk: after a power failure the
// record may be absent. For what is cheap to find out again.
func (s *Store) Jot(kind, key string, v any) error {
	return diag.Wrap(s.remember(kind, key, v, fsx.WriteCache), "remembering %s `%s`", kind, key)
}

func (s *Store) remember(kind, key string, v any, write func(string, []byte, fs.FileMode) error) error {
	path, err := s.recordPath(kind, key)
	if err != nil {
		return err
	}
	value, err := json.Marshal(v)
	if err != nil {
		return err
	}
	data, err := json.Marshal(record{key, digest.Of(value), value})
	if err != nil {
		return err
	}
	if err := os.Mkdir(s.path(recordsDir, kind), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return write(path, append(data, '\n'), 0o600)
}

// Recall reads into v, a pointer, what Remember stored, and reports whether
// there is such a record. One that is damaged or does not fit v counts as
// absent; v may then hold a part of it. An error means that it could not be read.
func (s *Store) Recall(kind, key string, v any) (bool, error) {
	path, err := s.recordPath(kind, key)
	if err != nil {
		return false, err
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, diag.Wrap(err, "recalling %s `%s`", kind, key)
	}
	value, ok := decodeRecord(data, key)
	return ok && json.Unmarshal(value, v) == nil, nil
}

// decodeRecord returns the value of an undamaged record of the key.
func decodeRecord(data []byte, key string) (json.RawMessage, bool) {
	var r record
	if err := json.Unmarshal(bytes.TrimSuffix(data, []byte("\n")), &r); err != nil {
		return nil, false
	}
	return r.Value, r.Key == key && r.Digest == digest.Of(r.Value)
}

// Forget removes a record. One that does not exist is no error.
func (s *Store) Forget(kind, key string) error {
	path, err := s.recordPath(kind, key)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return diag.Wrap(err, "forgetting %s `%s`", kind, key)
	}
	return nil
}

// Lock takes a lock that all processes with this store share. If it is busy,
// onWait (may be nil) is called once; the wait ends with the lock or with ctx.
// The lock ends with unlock or with the process. It is not recursive.
func (s *Store) Lock(ctx context.Context, name string, onWait func()) (unlock func() error, err error) {
	// The file stays: removing it would only make the next owner create it.
	l, err := fsx.Lock(ctx, s.lockPath(name), onWait)
	if err != nil {
		return nil, diag.Wrap(err, "locking `%s`", name)
	}
	return func() error { return diag.Wrap(l.Unlock(), "unlocking `%s`", name) }, nil
}

func (s *Store) lockPath(name string) string { return s.path(locksDir, hashedName(name)) }
