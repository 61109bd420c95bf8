//go:build linux

package sandbox_test

import (
	"regexp"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
)

// TestNoCoreDumpHandler: the limit is the one at which the kernel starts no
// handler (fs/coredump.c: limit 1), and nobody inside can set another. That a
// limit of 0 does not help was seen with a handler in core_pattern; a test that
// sets one would do so for the whole host.
func TestNoCoreDumpHandler(t *testing.T) {
	const script = `grep '^Max core' /proc/self/limits; ulimit -S -c 0 2>/dev/null && echo lowered; grep '^Max core' /proc/self/limits`
	unchanged := regexp.MustCompile(`^(Max core file size +1 +1 +bytes *\n){2}$`)
	inside, _, _ := inPlace(t, "/bin/sh", "-c", script)
	for isolation, s := range map[sandbox.Isolation]sandbox.Spec{
		sandbox.Namespaces: shell(script),
		sandbox.Landlock:   inside,
	} {
		text, _, err := runIn(t, isolation, s)
		if err != nil || !unchanged.MatchString(text) {
			t.Errorf("%s: %v\n%s", isolation, err, text)
		}
	}
}
