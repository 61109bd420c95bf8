package build

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// linkHost says where a C library is on hosts of one architecture.
type linkHost struct {
	emulation string // of GNU ld and lld
	multiarch string // Debian's directory
	loaders   []string
}

var linkHosts = map[string]linkHost{
	"amd64": {"elf_x86_64", "x86_64-linux-gnu", []string{"/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"}},
	"arm64": {"aarch64linux", "aarch64-linux-gnu", []string{"/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-aarch64.so.1"}},
}

// directories are those that a C compiler searches; those that are not there
// are left out.
func (h linkHost) directories(files fs.FS) []string {
	var dirs []string
	for _, dir := range []string{"/usr/lib/" + h.multiarch, "/lib/" + h.multiarch, "/usr/lib64", "/lib64", "/usr/lib", "/lib"} {
		if info, err := fs.Stat(files, dir[1:]); err == nil && info.IsDir() {
			dirs = append(dirs, dir)
		}
	}
	// libgcc_eh.a and libstdc++ are here, where packages brought them.
	versions, err := fs.Glob(files, "usr/lib/gcc/"+h.multiarch+"/*")
	if err != nil {
		return dirs // a bad pattern, which this is not
	}
	for _, dir := range versions {
		dirs = append(dirs, "/"+dir)
	}
	return dirs
}

func (h linkHost) loader(files fs.FS) (string, error) {
	for _, name := range h.loaders {
		if _, err := fs.Stat(files, name[1:]); err == nil {
			return name, nil
		}
	}
	return "", fmt.Errorf("there is no dynamic loader: none of %s", strings.Join(h.loaders, ", "))
}

func findStart(files fs.FS, dirs []string, name string) (string, error) {
	for _, dir := range dirs {
		if _, err := fs.Stat(files, dir[1:]+"/"+name); err == nil {
			return dir + "/" + name, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("the start file `%s` of the C library is in none of %s", name, strings.Join(dirs, ", "))
}
