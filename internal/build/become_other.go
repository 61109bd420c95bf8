//go:build !unix

package build

import "errors"

// become cannot be reached: no isolation that needs it runs here.
func become(string, []string, []string) error { return errors.New("needs a Unix system") }
