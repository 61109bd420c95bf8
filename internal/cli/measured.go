package cli

import "github.com/cargo-hermetic/cargo-hermetic/internal/build"

// Measured is Main with options that no flag sets. It is for measurements only
// (bench): a part of the product is left out, so that what it costs can be seen.
// The product does not call it.
func Measured(args []string, change func(*build.Options)) int { return execute(args, change) }
