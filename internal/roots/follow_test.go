//go:build !windows

package roots

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// someTree makes a file system of a few names from a few bytes: below top/r and
// top/out directories, files and links to anything near. Top is empty or a
// directory, without a slash at its end.
func someTree(top string, data []byte) map[string]string {
	next := func() int {
		if len(data) == 0 {
			return 0
		}
		b := data[0]
		data = data[1:]
		return int(b)
	}
	names := []string{"n0", "n1", "n2", "r", "out"}
	parts := []string{"n0", "n1", "n2", "..", "..", ".", ""}
	files := map[string]string{top + "/r/n0/": "", top + "/out/n0/": ""}
	for len(data) > 0 {
		path := top + "/" + names[3+next()%2]
		for range 1 + next()%3 {
			path += "/" + names[next()%3]
		}
		switch next() % 4 {
		case 0:
			put(files, path+"/", "")
		case 1:
			put(files, path, "")
		default:
			target := []string{"", "", top + "/r/", top + "/out/"}[next()%4]
			for range 1 + next()%4 {
				target += parts[next()%len(parts)] + "/"
			}
			if next()%3 > 0 {
				target = strings.TrimSuffix(target, "/")
			}
			if target != "" { // no kernel makes such a link
				put(files, path, "-> "+target)
			}
		}
	}
	return files
}

func randomBytes(random *rand.Rand, n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	return data
}

// put adds a file, unless one of the two would then be a file and a directory.
func put(files map[string]string, path, content string) {
	for other := range files {
		isDir := strings.HasSuffix(other, "/")
		other, path := strings.TrimSuffix(other, "/")+"/", strings.TrimSuffix(path, "/")+"/"
		if strings.HasPrefix(other, path) || strings.HasPrefix(path, other) && !isDir {
			return
		}
	}
	files[path] = content
}

// FuzzFollow compares with the memory's own walk, which is the kernel's
// (TestMemoryIsAsTheKernel): a path leaves the root if the kernel would touch
// anything outside, and otherwise leads where it leads for the kernel.
func FuzzFollow(f *testing.F) {
	f.Add([]byte{0, 0, 1, 2, 2, 0, 1, 3, 1}, "n1/n0")
	f.Add([]byte{0, 0, 1, 2, 0, 2, 3, 0, 4, 1, 0, 0, 2, 3, 2, 0, 3, 1}, "n1/n2/n0")
	f.Add([]byte{0, 0, 1, 2, 0, 0, 1, 1}, "n1")
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 { // so that an ordinary run of the tests asks something too
		f.Add(randomBytes(random, 60), fmt.Sprintf("n%d/n%d/n%d", random.IntN(3), random.IntN(3), random.IntN(3)))
	}
	f.Fuzz(func(t *testing.T, data []byte, path string) {
		if len(data) > 200 || strings.ContainsAny(path, ".\x00") || len(path) > 40 {
			return
		}
		m := &memory{files: someTree("", data)}
		full := strings.TrimSuffix("/r/"+strings.Trim(path, "/"), "/")
		if strings.Contains(full, "//") {
			return
		}
		at, touched, missing := m.trail(full, true)
		leaves := false
		for _, place := range touched {
			leaves = leaves || !Within("/r", place)
		}
		got, err := newFinder(m, "").follow(full, "/r")
		switch {
		case errors.Is(err, errLeaves) != leaves:
			t.Errorf("%s: %v, and the kernel touches %q", full, err, touched)
		case !leaves && (err == nil) != (missing == nil):
			t.Errorf("%s: %v, and the kernel says %v", full, err, missing)
		case err == nil && got != at:
			t.Errorf("%s leads to %s, and for the kernel to %s", full, got, at)
		}
		if diff := cmp.Diff([]string(nil), m.outside("/r")); diff != "" {
			t.Errorf("touched (-want +got):\n%s", diff)
		}
	})
}
