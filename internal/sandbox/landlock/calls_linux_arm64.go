package landlock

import "github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"

// archCalls: this architecture has none of the older calls.
var archCalls map[uintptr]asked

var archOwnerCalls, archTimeCalls []seccomp.Call
