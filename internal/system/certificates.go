package system

import (
	"bytes"
	"maps"
	"os"
	"path"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Debian's ca-certificates has each certificate in a file of its own, and a
// script makes the one file of it that programs read. The layer's is made here,
// as that script makes it (update-ca-certificates(8)), of the certificates in
// the layer: without those that an administrator added to the host or took off
// it, which no build may depend on.
const (
	certificates = "usr/share/ca-certificates"
	bundleDir    = "etc/ssl/certs"
	bundleName   = "ca-certificates.crt"
)

// bundle returns the certificates of the layer, in the order of their paths;
// nothing where it has none, or where a package has the bundle as a file.
func (p *plan) bundle() ([]byte, error) {
	if _, listed := p.entries[bundleDir+"/"+bundleName]; listed {
		return nil, nil
	}
	var text []byte
	for _, name := range slices.Sorted(maps.Keys(p.entries)) {
		if e := p.entries[name]; e.target != "" || !below(name, certificates) || path.Ext(name) != ".crt" {
			continue
		}
		data, err := os.ReadFile(p.tree.host(name))
		if err != nil {
			return nil, diag.Wrap(err, "reading the certificate `%s`", p.tree.host(name))
		}
		if text = append(text, data...); !bytes.HasSuffix(data, []byte("\n")) {
			text = append(text, '\n')
		}
	}
	return text, nil
}
