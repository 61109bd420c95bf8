package system

import "github.com/cargo-hermetic/cargo-hermetic/internal/diag"

// multiarchNames gives the directory below /usr/lib that holds an
// architecture's libraries, as `dpkg-architecture -a ARCH -q DEB_HOST_MULTIARCH`
// prints it. An architecture that is not here is refused, not guessed.
var multiarchNames = map[string]string{
	"amd64":    "x86_64-linux-gnu",
	"arm64":    "aarch64-linux-gnu",
	"armel":    "arm-linux-gnueabi",
	"armhf":    "arm-linux-gnueabihf",
	"i386":     "i386-linux-gnu",
	"loong64":  "loongarch64-linux-gnu",
	"mips64el": "mips64el-linux-gnuabi64",
	"ppc64el":  "powerpc64le-linux-gnu",
	"riscv64":  "riscv64-linux-gnu",
	"s390x":    "s390x-linux-gnu",
}

// multiarchOf returns the multiarch directory name of a dpkg architecture.
func multiarchOf(arch string) (string, error) {
	if name, ok := multiarchNames[arch]; ok {
		return name, nil
	}
	return "", diag.New(diag.ExitFailed, "the architecture `%s` is not served", arch).
		Note("its multiarch directory is not known to cargo-hermetic").
		WithHelp("build on a machine of a served architecture, such as amd64")
}

// libraryDirectories lists where the loader of a Debian system looks without a
// cache, in its order, and then the places of the loader itself, which
// executables name by path but toolchains also name as a needed library.
func libraryDirectories(multiarch string) []string {
	return []string{
		"lib/" + multiarch, "usr/lib/" + multiarch, "lib", "usr/lib",
		"lib64", "usr/lib64",
	}
}
