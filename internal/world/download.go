package world

import (
	"fmt"
	"path"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// Placed is a layer of the downloads, or a file of it, and its place.
type Placed struct {
	Place  string
	What   What          // Pinned or CrateDir
	Digest digest.Digest // of the layer
	Path   string        // of the file in it; empty for all of the layer
}

// DownloadPlace is where a variable finds a file. It is the same on every host,
// because it may end up in what is built.
func DownloadPlace(sha256, name string) string { return path.Join(Downloads, sha256, name) }

// kernelPlaces are made by the kernel, or private to a run: nothing is put there.
var kernelPlaces = []string{"/dev", "/proc", "/sys", Tmp}

// Unplaceable says why no file can be put at an absolute path of a world; it is
// empty where one can. What is mounted read-only cannot be given a file more, and
// what a build writes is not ours; so it is a place that no layer has, or the home
// directory, where crates look for their caches.
func Unplaceable(place string, system []Top) string {
	if within(place, Home) {
		if place == Home {
			return "it is the home directory"
		}
		return ""
	}
	if within(place, "/hermetic") {
		return fmt.Sprintf("below `/hermetic` only the home directory `%s` takes files", Home)
	}
	for _, dir := range kernelPlaces {
		if within(place, dir) {
			return fmt.Sprintf("`%s` is made anew for every run", dir)
		}
	}
	for _, top := range system {
		if within(place, "/"+top.Name) {
			return fmt.Sprintf("`/%s` is the system layer, which is never changed", top.Name)
		}
	}
	return ""
}

// within reports whether p is dir or lies below it.
func within(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }
