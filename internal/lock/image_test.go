package lock

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var imageName = "debian@sha256:" + strings.Repeat("0123456789abcdef", 4)

func imageSample() *Lock {
	l := sample()
	l.System.Image, l.System.Requested = imageName, nil
	return l
}

func imageText() string {
	from, to := wantText(), ""
	before, after, _ := strings.Cut(from, "requested = [\n    \"gcc\",\n    \"libc6-dev\",\n]\n")
	to = before + "requested = []\n" + after
	to = strings.Replace(to, "version = 1\n", "version = 2\n", 1)
	return strings.Replace(to, "[system]\n", "[system]\nimage = \""+imageName+"\"\n", 1)
}

func TestImage(t *testing.T) {
	if diff := cmp.Diff(imageText(), string(imageSample().Encode())); diff != "" {
		t.Error(diff)
	}
	if err := imageSample().Check(); err != nil {
		t.Error(err)
	}
	got, err := Parse("hermetic.lock", []byte(imageText()))
	if diff := cmp.Diff(imageSample(), got, byValue); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestImageErrors(t *testing.T) {
	again := "\nhelp: to make it anew, run `cargo hermetic lock --update`"
	for name, c := range map[string]struct{ old, new, want string }{
		"in the first version": {"version = 2", "version = 1", "112 `system.image` came with version 2, and this is version 1\n--> hermetic.lock:21:1" + again},
		"none in the second":   {"image = \"" + imageName + "\"\n", "", "112 missing key `system.image`\n--> hermetic.lock:20:2" + again},
		"empty":                {imageName, "", "112 missing key `system.image`\n--> hermetic.lock:20:2" + again},
		"no digest":            {imageName, "debian:12", "112 `debian:12` is not an image with its digest, such as `debian@sha256:...`\n--> hermetic.lock:21:1" + again},
		"with packages": {"requested = []", "requested = [\"make\"]",
			"112 packages of a host and an image exclude one another\n--> hermetic.lock:24:1" + again},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(imageText(), c.old, c.new, 1)
			if text == imageText() {
				t.Fatal("the case changes nothing")
			}
			l, err := Parse("hermetic.lock", []byte(text))
			if diff := cmp.Diff(c.want, report(err)); diff != "" || l != nil {
				t.Error(l, diff)
			}
		})
	}
}

func TestImageDiff(t *testing.T) {
	other := imageSample()
	other.System.Image = "ubuntu" + strings.TrimPrefix(imageName, "debian")
	for name, c := range map[string]struct {
		old, new *Lock
		want     []string
	}{
		"to an image":   {sample(), imageSample(), []string{"+ image " + imageName, "- requested gcc", "- requested libc6-dev"}},
		"from an image": {imageSample(), sample(), []string{"- image " + imageName, "+ requested gcc", "+ requested libc6-dev"}},
		"to another":    {imageSample(), other, []string{"~ image " + imageName + " -> " + other.System.Image}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, lines(Diff(c.old, c.new))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
