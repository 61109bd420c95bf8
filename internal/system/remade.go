package system

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// remadeRules are the files that scripts of packages make of the packages'
// files, and that a layer has all the same: made again here, of the layer's own
// files, so that neither what else the host has nor its history is in them. A
// later one may be made of an earlier one. Besides them there is an index beside each
// list of character sets (charsetIndexes). Everything else that scripts make
// stays out; unlistedRules says what that is, and why a build can do without.
var remadeRules = []struct {
	name, reason string
	make         func(*plan) ([]byte, error) // nothing where the layer needs none
}{
	{"etc/ssl/certs/ca-certificates.crt", "programs know certificates by this file only", (*plan).bundle},
	{loaderConf, "directories of libraries are in no other place", (*plan).loaderConfiguration},
	{loaderCache, "without it programs start slowly, and libraries in configured directories are not found", (*plan).loaderIndex},
}

// remake makes the files of remadeRules, and the indexes of character sets.
func (p *plan) remake() error {
	p.remade = map[string][]byte{}
	keep := func(name string, data []byte, err error) error {
		if err == nil && data != nil {
			p.remade[name] = data
		}
		return err
	}
	for _, r := range remadeRules {
		data, err := r.make(p)
		if err := keep(r.name, data, err); err != nil {
			return err
		}
	}
	for _, name := range p.charsetIndexes() {
		data, err := p.charsets(name)
		if err := keep(name, data, err); err != nil {
			return err
		}
	}
	return nil
}

// captureRemade hands them over.
func (p *plan) captureRemade(sink Sink) error {
	for _, name := range slices.Sorted(maps.Keys(p.remade)) {
		dir, err := p.addSkeleton(parent(name))
		if err != nil {
			return err
		}
		if err := sink.AddBytes(dir+"/"+path.Base(name), p.remade[name], false); err != nil {
			return diag.Wrap(err, "capturing `%s`", name)
		}
	}
	return nil
}

// derivedNames are files that scripts of packages make of other files, for
// speed, and that therefore depend on what else a host has and on its history.
// Some distributions list them as if they were shipped. What reads them does
// the same work without them. A name covers a directory with all in it.
var derivedNames = []rule{
	{"__pycache__", "byte code of Python, which compiles in memory"},
	{charsetIndex, "index of character sets, which is made again"},
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
