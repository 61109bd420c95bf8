//go:build !linux

package main

import (
	"context"
	"runtime"
)

// startedAsProduct: this program is never the product here.
func startedAsProduct([]string) (code int, is bool) { return 0, false }

// measureOverhead leaves the measurement out: there is no sandbox here.
func measureOverhead(_ context.Context, r *report, _ string, _ int) error {
	r.LeftOut = append(r.LeftOut, leftOut{What: "overhead", Reason: "it needs Linux, this is " + runtime.GOOS})
	return nil
}
