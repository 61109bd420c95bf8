package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var imageDigest = "@sha256:" + strings.Repeat("0123456789abcdef", 4)

func TestImage(t *testing.T) {
	for _, image := range []string{
		"debian" + imageDigest, "debian:12" + imageDigest, "localhost:5000/team/base" + imageDigest,
		"./image", "./image" + imageDigest, "/srv/image.tar", "/srv/image.tar" + imageDigest,
	} {
		got, err := Parse("hermetic.toml", []byte("system.image = '"+image+"'"), "0.1.0")
		if err != nil {
			t.Error(image, err)
			continue
		}
		if diff := cmp.Diff(System{Image: image}, got.System); diff != "" {
			t.Error(image, diff)
		}
	}
}

func TestImageErrors(t *testing.T) {
	none := "\nhelp: write `NAME@sha256:DIGEST`, or a path that begins with `./` (from the root) or `/`"
	for name, c := range map[string]struct{ text, want string }{
		"tag": {"[system]\nimage = 'debian:12'", "111 `debian:12` says which image is meant today, and only a digest says it for good\n--> hermetic.toml:2:1\n" +
			"help: write `NAME@sha256:DIGEST`; `docker buildx imagetools inspect NAME` and `crane digest NAME` print the digest"},
		"empty":           {"[system]\nimage = ''", "111 \"\" does not name an image\n--> hermetic.toml:2:1" + none},
		"short digest":    {"[system]\nimage = 'debian@sha256:00'", "111 \"debian@sha256:00\" does not name an image\n--> hermetic.toml:2:1" + none},
		"other algorithm": {"[system]\nimage = 'debian@md5:00'", "111 \"debian@md5:00\" does not name an image\n--> hermetic.toml:2:1" + none},
		"upward":          {"[system]\nimage = '../image'", "111 \"../image\" does not name an image\n--> hermetic.toml:2:1" + none},
		"home":            {"[system]\nimage = '~/image'", "111 \"~/image\" does not name an image\n--> hermetic.toml:2:1" + none},
		"space":           {"[system]\nimage = './an image'", "111 \"./an image\" does not name an image\n--> hermetic.toml:2:1" + none},
		"newline":         {"[system]\nimage = \"./a\\nb\"", "111 \"./a\\nb\" does not name an image\n--> hermetic.toml:2:1" + none},
		"type":            {"[system]\nimage = 1", "111 `system.image` must be a string\n--> hermetic.toml:2:1"},
		"with packages": {"[system]\npackages = ['make']\nimage = './image'",
			"111 `system.image` and `system.packages` exclude one another: an image is the whole system, and brings its own packages\n--> hermetic.toml:3:1\n" +
				"help: remove one of them; to have a package in an image, install it there"},
		"with no packages": {"[system]\npackages = []\nimage = './image'",
			"111 `system.image` and `system.packages` exclude one another: an image is the whole system, and brings its own packages\n--> hermetic.toml:3:1\n" +
				"help: remove one of them; to have a package in an image, install it there"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Parse("hermetic.toml", []byte(c.text), "0.1.0")
			if diff := cmp.Diff(c.want, report(err)); diff != "" || p != nil {
				t.Error(p, diff)
			}
		})
	}
}

// TestImageDigest: another image, and an image instead of packages, makes a lock
// out of date.
func TestImageDigest(t *testing.T) {
	seen := map[string]string{}
	for _, image := range []string{"", "./image", "./image" + imageDigest, "/image"} {
		d := (&Policy{System: System{Image: image}}).SystemDigest().String()
		if other, twice := seen[d]; twice {
			t.Errorf("`%s` and `%s` have the same digest", image, other)
		}
		seen[d] = image
	}
}
