// Package probe tries, one by one, the features of the kernel that isolations
// are made of. A feature is tried by using it and by looking at the effect,
// never by a version or a setting, because container profiles, security modules
// and kernels of another kind (gVisor) differ from what those say.
//
// Each try is made in a child process of its own, this program started again
// under another name, which sees nothing but the try and ends with it: no try
// changes the caller. What a try makes lives in that child's memory or in its
// own namespaces. There is one exception, an empty control group, which is
// removed by the child, or by the parent after a child that was killed.
//
// It decides nothing: whether an isolation works is answered by running
// something in it (Inside is the program for that). These tries explain why.
package probe

import (
	"syscall"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
)

// State is how a try went.
type State string

// States.
const (
	OK     State = "ok"
	Failed State = "failed"
	// Skipped is a feature that can only be tried where another works.
	Skipped State = "skipped"
)

// Result is one feature of this host. Its JSON form only grows.
type Result struct {
	Name  string `json:"name"`
	What  string `json:"what"`
	State State  `json:"state"`
	Value string `json:"value,omitempty"` // what was found out beyond "it works"

	Step      string        `json:"step,omitempty"`  // what failed
	Errno     syscall.Errno `json:"-"`               // 0 if it was not a system call
	ErrnoName string        `json:"errno,omitempty"` // as in errno(3)
	Error     string        `json:"error,omitempty"` // the whole text
	Missing   string        `json:"missing,omitempty"`

	RequiredBy  []string `json:"required_by"` // isolations that do not run without it
	Strengthens []string `json:"strengthens"` // isolations that are weaker without it
	Reason      string   `json:"reason,omitempty"`
	Help        string   `json:"help,omitempty"`

	Milliseconds float64 `json:"milliseconds"`
}

// names of a child, argv[0]; see stage.Name.
var childName = stage.Name("probe")

// IsChild reports whether the argument list is that of a try, or of the program
// that looks around inside a world.
func IsChild(args []string) bool {
	return len(args) == 3 && args[0] == childName || IsInside(args)
}

// insideArg is the first argument of the program that looks around inside.
var insideArg = stage.Name("inside")

// IsInside reports whether the argument list is that of the program that looks
// around. Its name is the place where the world has it, so the argument counts.
func IsInside(args []string) bool { return len(args) == 3 && args[1] == insideArg }
