//go:build !linux

package main

import (
	"context"
	"runtime"
)

// measureStartup leaves the measurement out: there is no sandbox here.
func measureStartup(_ context.Context, r *report, _ int) error {
	r.LeftOut = append(r.LeftOut, leftOut{What: "start-up of the sandbox", Reason: "it needs Linux, this is " + runtime.GOOS})
	return nil
}
