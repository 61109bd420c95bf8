package system

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/oci"
)

// ImageRules is the version of what becomes of an image: which parts of it are
// in the layer. Whoever remembers layers by image remembers it too.
const ImageRules = 1

// Image is what an image says about itself. Its packages are those of its own
// dpkg database, for people to read; an image without one has none.
type Image struct {
	Source       string // distribution and release, `unknown` where the image does not say
	Architecture string // as dpkg names it, which for served architectures is as Go does
	Packages     []Package
}

// Staging is a layer that is being made: a sink, and the directory behind it.
type Staging interface {
	Sink
	Dir() string
}

// CaptureImage makes the system layer of an image: what a layer of packages
// would hold of it (see leftOut), every directory, and the same constant files.
// Nothing is taken from the host.
//
// Expected errors are diagnostics with diag.ExitPolicy: an image that is refused
// as oci says, and one without a C compiler or without a library that the Rust
// toolchain loads (all of these at once).
func CaptureImage(ctx context.Context, img *oci.Image, libraries []string, to Staging) (*Image, error) {
	tree, err := img.Flatten(ctx)
	if err != nil {
		return nil, err
	}
	multiarch, err := multiarchOf(img.Architecture)
	if err != nil {
		return nil, err
	}
	if err := completeImage(tree, img.Reference.Name, multiarch, libraries); err != nil {
		return nil, err
	}
	const status = dpkgDir + "status"
	releases := []string{"usr/lib/os-release", "etc/os-release"}
	texts, err := tree.Extract(ctx, to.Dir(), ofImage, append(releases, status)...)
	if err != nil {
		return nil, err
	}
	for _, g := range generated {
		if err := to.AddBytes(g.name, []byte(g.content), false); err != nil {
			return nil, diag.Wrap(err, "adding `%s` to the image", g.name)
		}
	}
	if err := addImageSkeleton(tree, multiarch, to); err != nil {
		return nil, err
	}
	about := &Image{Source: "unknown", Architecture: img.Architecture}
	for _, name := range releases {
		if text, ok := texts[name]; ok {
			release, err := parseRelease(name, string(text))
			if err != nil {
				return nil, diag.Wrap(err, "reading what the image is")
			}
			about.Source = release.source
		}
	}
	if text, ok := texts[status]; ok {
		about.Packages, err = imagePackages(status, string(text))
	}
	return about, diag.Wrap(err, "reading the packages of the image")
}

// ofImage decides what of an image is in the layer. Its indexes are: they are
// of the files in the image, and pinned as those are.
func ofImage(name string, closed bool) bool {
	if IsIndex("/" + name) {
		return true
	}
	return !leftOut(name) && !(closed && below(name, "etc"))
}

// completeImage looks for what no build can do without, before anything is unpacked.
func completeImage(tree *oci.Tree, image, multiarch string, libraries []string) error {
	var missing []string
	find := func(what string, places ...string) error {
		for _, place := range places {
			at, regular, err := tree.Resolve(place)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return diag.Wrap(err, "looking for %s in the image `%s`", what, image)
			}
			if regular && ofImage(at, false) {
				return nil
			}
		}
		missing = append(missing, what)
		return nil
	}
	if err := find("a C compiler, `cc`", "usr/bin/cc", "bin/cc"); err != nil {
		return err
	}
	for _, soname := range libraries {
		var places []string
		for _, dir := range libraryDirectories(multiarch) {
			places = append(places, dir+"/"+soname)
		}
		if err := find("the library `"+soname+"`", places...); err != nil {
			return err
		}
	}
	if len(missing) == 0 {
		return nil
	}
	d := diag.New(diag.ExitPolicy, "the image `%s` cannot be the system of a build", image)
	for _, what := range missing {
		d.Note("it has not %s", what)
	}
	return d.WithHelp("use an image with these; in one of Debian: apt-get install gcc libc6-dev zlib1g")
}

// addImageSkeleton adds the directories of skeleton, except where the image has
// something else in the way, such as a link: that is the image's own affair.
func addImageSkeleton(tree *oci.Tree, multiarch string, to Sink) error {
	for _, name := range skeleton([]string{"usr/lib/" + multiarch, "usr/lib"}) {
		if !isPlain(tree, name) {
			continue
		}
		if err := to.AddDir(name); err != nil {
			return diag.Wrap(err, "adding `%s` to the image", name)
		}
	}
	return nil
}

// isPlain reports whether what there is of a path in the image are directories
// of exactly these names.
func isPlain(tree *oci.Tree, name string) bool {
	for ; name != ""; name = parent(name) {
		if at, regular, err := tree.Resolve(name); err == nil {
			return !regular && at == name
		}
	}
	return true
}

// imagePackages lists what a dpkg database has installed, in order.
func imagePackages(file, text string) ([]Package, error) {
	all, err := parseStatus(file, text)
	if err != nil {
		return nil, err
	}
	found := map[Package]bool{}
	for _, p := range all {
		if p.usable() {
			found[p.Package] = true
		}
	}
	return slices.SortedFunc(maps.Keys(found), func(a, b Package) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Architecture, b.Architecture)
	}), nil
}
