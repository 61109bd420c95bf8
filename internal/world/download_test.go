package world

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnplaceable(t *testing.T) {
	system := []Top{{Name: "etc"}, {Name: "lib", Target: "usr/lib"}, {Name: "usr"}}
	const (
		below = "below `/hermetic` only the home directory `/hermetic/home` takes files"
		anew  = "` is made anew for every run"
		layer = "` is the system layer, which is never changed"
	)
	for place, want := range map[string]string{
		"/opt/x": "", "/library/x": "", "/hermetic/home/.cache/x": "", "/x": "", "/hermetic2/x": "",
		"/hermetic/home": "it is the home directory",
		"/hermetic":      below, "/hermetic/root/x": below, "/hermetic/target/x": below, "/hermetic/rust/bin/x": below,
		"/hermetic/crates/x": below, "/hermetic/downloads/x": below, "/hermetic/homes/x": below,
		"/dev/shm/x": "`/dev" + anew, "/proc/x": "`/proc" + anew, "/sys/x": "`/sys" + anew, "/tmp": "`/tmp" + anew, "/tmp/x": "`/tmp" + anew,
		"/usr/share/x": "`/usr" + layer, "/lib/x": "`/lib" + layer, "/etc/x": "`/etc" + layer, "/usr": "`/usr" + layer,
	} {
		if diff := cmp.Diff(want, Unplaceable(place, system)); diff != "" {
			t.Error(place, diff)
		}
	}
	// Every place of a world is refused, but its home.
	for _, m := range Plan(example()).Mounts {
		if m.What != Pinned && Unplaceable(m.Place, example().SystemTop) == "" {
			t.Errorf("a file could be put at %s", m.Place)
		}
	}
}

func TestDownloadPlace(t *testing.T) {
	if diff := cmp.Diff("/hermetic/downloads/00ff/a.zip", DownloadPlace("00ff", "a.zip")); diff != "" {
		t.Error(diff)
	}
}
