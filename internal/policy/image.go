package policy

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// imageName is what `[system] image` may be: `NAME@sha256:DIGEST` for an image
// of a registry, which a tag alone would not pin, or a path with or without a
// digest, which hermetic.lock pins. What is a name is decided by who asks the
// registry; here is refused what could not be written into the lock, or shown.
var imageName = sync.OnceValue(func() *regexp.Regexp {
	const word, digest = "[^\\x00-\\x20\"`\\\\\\x7f@]+", `@sha256:[0-9a-f]{64}`
	return regexp.MustCompile(`\A(?:\.?/` + word + `(?:` + digest + `)?|[0-9a-z]` + word + digest + `)\z`)
})

// checkImage checks `[system] image`.
func checkImage(doc *toml.Document, d *document) []toml.Problem {
	if d.System.Image == nil {
		return nil
	}
	var problems []toml.Problem
	at := doc.At("system", "image")
	image, text := d.System.Image.(string)
	switch pinned := strings.Contains(image, "@"); {
	case !text:
		problems = append(problems, toml.Problem{At: at, Message: "`system.image` must be a string"})
	case imageName().MatchString(image):
	case !pinned && imageName().MatchString(image+"@sha256:"+strings.Repeat("0", 64)):
		problems = append(problems, toml.Problem{
			At:      at,
			Message: fmt.Sprintf("`%s` says which image is meant today, and only a digest says it for good", image),
			Help:    "write `NAME@sha256:DIGEST`; `docker buildx imagetools inspect NAME` and `crane digest NAME` print the digest",
		})
	default:
		problems = append(problems, toml.Problem{
			At:      at,
			Message: fmt.Sprintf("%.200q does not name an image", image),
			Help:    "write `NAME@sha256:DIGEST`, or a path that begins with `./` (from the root) or `/`",
		})
	}
	if d.System.Packages != nil {
		problems = append(problems, toml.Problem{
			At:      at,
			Message: "`system.image` and `system.packages` exclude one another: an image is the whole system, and brings its own packages",
			Help:    "remove one of them; to have a package in an image, install it there",
		})
	}
	return problems
}
