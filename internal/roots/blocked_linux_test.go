package roots

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// Above the root lies a file system that never answers for any name but that of
// the root, as an automounter without a network does. No bounded search asks it
// anything; the same search without a bound waits for ever.
func TestAncestorThatNeverAnswers(t *testing.T) {
	if !again(t, ownMounts()) {
		return
	}
	project := onDisk(t)
	above := t.TempDir()
	auto := automount(t, above)
	if err := unix.Mount(project, above+"/here", "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(above+"/here", unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	for name, req := range requests(above + "/here") {
		switch name {
		case "none", "none, as the draft", "elsewhere":
			continue // nobody named a root, or not one for a hermetic build: markers and checkouts are looked for above
		}
		t.Run(name, func(t *testing.T) {
			ends(t, "a search", func() {
				if found, err := searchAll(t, disk{}, req); err != nil || found.Workspace != above+"/here/r/p" {
					t.Errorf("%+v, %v", found, err)
				}
			})
		})
	}
	// A root that is the mount point itself: what is above it is asked nothing.
	t.Run("mount point", func(t *testing.T) {
		ends(t, "a search", func() {
			req := Request{Cwd: above + "/here/r/p", Roots: []string{above + "/here"}}
			if found, err := searchAll(t, disk{}, req); err != nil || found.Root != above+"/here" {
				t.Errorf("%+v, %v", found, err)
			}
		})
	})
	if diff := cmp.Diff([]string(nil), auto.unanswered()); diff != "" {
		t.Errorf("asked above the root (-want +got):\n%s", diff)
	}
	// Without a bound the search asks, and is not answered.
	ended := make(chan error, 1)
	go func() {
		_, _, _, err := newFinder(disk{}, "").workspace(above+"/here/r/p/Cargo.toml", "")
		ended <- err
	}()
	select {
	case <-auto.asked:
	case err := <-ended:
		t.Fatalf("the search without a bound ended, with %v", err)
	case <-time.After(patience):
		t.Fatal("the search without a bound asks nothing")
	}
	if diff := cmp.Diff([]string{"1 Cargo.toml"}, auto.unanswered()); diff != "" {
		t.Errorf("the search without a bound asks (-want +got):\n%s", diff)
	}
	select {
	case err := <-ended:
		t.Errorf("the search without a bound ended, with %v", err)
	default:
	}
	if _, err := os.Stat(above + "/here/r/p/Cargo.toml"); err != nil { // what is known goes on to be served
		t.Error(err)
	}
}
