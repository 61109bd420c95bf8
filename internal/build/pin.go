package build

import "github.com/cargo-hermetic/cargo-hermetic/internal/toolchain"

// Pin is the toolchain file that counts where the command is given, for who
// explains a project without building it. ok is false when there is none.
func (p *Project) Pin() (pin toolchain.Pin, ok bool, err error) { return p.pin() }
