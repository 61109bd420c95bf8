package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
	"github.com/cargo-hermetic/cargo-hermetic/internal/system"
)

// gather looks up on the host and in the output what Analyse needs.
func gather(h *build.Host, r *observation.Record, p Places, rules *policy.Policy) (Facts, error) {
	f := Facts{Places: p, Policy: rules, Hashes: map[string]string{}, Directories: map[string]bool{}}
	var err error
	if f.Declared, err = FindDeclared(p.Target); err != nil {
		return f, err
	}
	if f.Bytes, err = FindBytes(p); err != nil {
		return f, err
	}
	outside := Outside(r, p)
	if err := f.owners(h, outside); err != nil {
		return f, err
	}
	for _, path := range outside {
		// What has gone since was a file of some process; and was no directory.
		if info, err := os.Lstat(path); err == nil && info.IsDir() {
			f.Directories[path] = true
			continue
		}
		hash, err := hashFile(path)
		if err != nil {
			return f, diag.Wrap(err, "hashing what the build read")
		}
		f.Hashes[path] = hash
	}
	return f, nil
}

// owners asks the package database who owns the paths, and which packages a
// world has with the policy as it is. A host without a database that we can read
// has no owners; that is said, and no reason for less of a report.
func (f *Facts) owners(h *build.Host, paths []string) error {
	owners, err := system.Owners(h.System, paths)
	if d, ok := errors.AsType[*diag.Diagnostic](err); ok {
		h.Shell.Warn("which package owns a file is not known here: %v", d)
		return nil
	}
	if err != nil {
		return err
	}
	pinned, err := system.Resolve(h.System, system.Request{Packages: f.Policy.System.Packages})
	if err != nil {
		return diag.Wrap(err, "finding the packages of a world")
	}
	names := slices.Compact(slices.Sorted(maps.Values(owners)))
	all, err := system.Resolve(h.System, system.Request{Packages: names})
	if err != nil {
		return diag.Wrap(err, "finding the versions of packages")
	}
	f.Pinned, f.Owners, f.Needs = map[string]bool{}, map[string]Package{}, map[string][]string{}
	for _, p := range pinned.Packages {
		f.Pinned[p.Name], f.Pinned[p.Name+":"+p.Architecture] = true, true
	}
	for _, name := range names {
		if f.Pinned[name] {
			continue
		}
		with, err := system.Resolve(h.System, system.Request{Packages: []string{name}})
		if err != nil {
			return diag.Wrap(err, "finding what the package `%s` needs", name)
		}
		for _, p := range with.Packages {
			f.Needs[name] = append(f.Needs[name], p.Name)
		}
	}
	versions := map[string]string{}
	for _, p := range all.Packages {
		versions[p.Name+":"+p.Architecture] = p.Version
		if p.Architecture == all.Architecture || p.Architecture == "all" {
			versions[p.Name] = p.Version
		}
	}
	for path, name := range owners {
		f.Owners[path] = Package{name, versions[name]}
	}
	return nil
}

// hashFile is the SHA-256 of a regular file, in hexadecimal digits. It is empty
// for what is no regular file, what is gone by now, and what we may not read: the
// build may have run set-user-ID programs. It waits for nothing.
func hashFile(path string) (string, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|nonBlocking, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENODEV):
		return "", nil
	case err != nil:
		return "", err
	}
	defer f.Close() // read only: nothing to lose
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || strings.HasPrefix(path, "/proc/") || strings.HasPrefix(path, "/sys/") {
		return "", err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
