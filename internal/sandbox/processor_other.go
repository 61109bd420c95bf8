//go:build !linux

package sandbox

import "errors"

// FaultsOnCPUID says why programs cannot be shown another processor than the real one.
func FaultsOnCPUID() error { return errors.New("this is not Linux") }
