package crates

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
)

// Bounds of asking for an archive again, which only words an error.
const (
	maxServed  = 1 << 30 // bytes
	maxAsking  = time.Minute
	configName = "config.json"
)

// index is what cargo keeps of a registry's index.
type index struct {
	dir      string // of the index below the downloads
	checksum string // of a package, as the index has it
}

// indicesOf returns the indices in the downloads that have a package.
//
// cargo keeps, for each crate that it looked up, a file with the lines of its
// versions, apart by a zero byte each:
// https://docs.rs/cargo/latest/cargo/sources/registry/index/cache/index.html
func indicesOf(downloads string, p cargo.LockedPackage) ([]index, error) {
	all := filepath.Join(downloads, "registry", "index")
	dirs, err := os.ReadDir(all)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // only local registries were asked
	}
	if err != nil {
		return nil, err
	}
	name := strings.ToLower(p.Name)
	var found []index
	for _, d := range dirs {
		x := index{dir: filepath.Join(all, d.Name())}
		data, err := os.ReadFile(filepath.Join(x.dir, ".cache", filepath.FromSlash(prefixOf(name)), name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for part := range bytes.SplitSeq(data, []byte{0}) {
			var line struct{ Vers, Cksum string }
			if json.Unmarshal(part, &line) == nil && line.Vers == p.Version { // all else is the form's own
				x.checksum = line.Cksum
				found = append(found, x)
				break
			}
		}
	}
	return found, nil
}

// prefixOf is the directory of a crate in an index:
// https://doc.rust-lang.org/cargo/reference/registry-index.html#index-files
func prefixOf(name string) string {
	switch len(name) {
	case 1, 2:
		return fmt.Sprint(len(name))
	case 3:
		return path.Join("3", name[:1])
	}
	return path.Join(name[:2], name[2:4])
}

// served returns the SHA-256 of what a registry serves as a package, without the
// user's credentials.
func (x index) served(ctx context.Context, p cargo.LockedPackage) (string, error) {
	data, err := os.ReadFile(filepath.Join(x.dir, configName))
	if errors.Is(err, fs.ErrNotExist) {
		return "", errors.New("its index is a git repository, which only cargo reads")
	}
	if err != nil {
		return "", err
	}
	var config struct {
		DL   string `json:"dl"`
		Auth bool   `json:"auth-required"`
	}
	if err := json.Unmarshal(data, &config); err != nil {
		return "", fmt.Errorf("its `%s`: %w", configName, err)
	}
	if config.Auth {
		return "", errors.New("it wants credentials, which only cargo has")
	}
	ctx, cancel := context.WithTimeout(ctx, maxAsking)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, archiveURL(config.DL, x.checksum, p), nil)
	if err != nil {
		return "", err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true // the digest is of the archive as it is sent
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the registry answers `%s`", response.Status)
	}
	body := &io.LimitedReader{R: response.Body, N: maxServed}
	got, err := sum(body)
	if err == nil && body.N == 0 {
		err = fmt.Errorf("it has %d bytes or more", maxServed)
	}
	return got, err
}

// archiveURL fills a registry's template for the places of archives:
// https://doc.rust-lang.org/cargo/reference/registry-index.html#index-configuration
func archiveURL(template, checksum string, p cargo.LockedPackage) string {
	if !strings.Contains(template, "{") {
		return template + "/" + p.Name + "/" + p.Version + "/download"
	}
	prefix := prefixOf(p.Name)
	return strings.NewReplacer(
		"{crate}", p.Name, "{version}", p.Version, "{sha256-checksum}", checksum,
		"{prefix}", prefix, "{lowerprefix}", strings.ToLower(prefix),
	).Replace(template)
}
