package system

import (
	"bytes"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

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

// captureBundle adds the bundle, where the layer has certificates.
func (p *plan) captureBundle(sink Sink) error {
	text, err := p.bundle()
	if len(text) == 0 || err != nil {
		return err
	}
	dir, err := p.addSkeleton(bundleDir)
	if err != nil {
		return err
	}
	return diag.Wrap(sink.AddBytes(dir+"/"+bundleName, text, false), "capturing the certificates")
}

// derivedNames are files that scripts of packages make of other files, for
// speed, and that therefore depend on what else a host has and on its history.
// Some distributions list them as if they were shipped. What reads them does
// the same work without them. A name covers a directory with all in it.
var derivedNames = []rule{
	{"__pycache__", "byte code of Python, which compiles in memory"},
	{"gconv-modules.cache", "index of character sets beside its sources"},
	{"gschemas.compiled", "settings of desktop programs"},
	{"icon-theme.cache", "index of images"},
	{"immodules.cache", "input methods of desktop programs"},
	{"giomodule.cache", "index of plug-ins"},
	{"mime.cache", "index of types of files"},
}

// derived reports whether a component of a name is one of derivedNames.
func derived(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if slices.ContainsFunc(derivedNames, func(r rule) bool { return r.name == part }) {
			return true
		}
	}
	return false
}
