package explain

import (
	"strings"
	"testing"
)

func TestIsCompiler(t *testing.T) {
	for _, name := range strings.Fields("cc gcc clang c++ g++ clang++ c99 gcc-12 clang-14 aarch64-linux-gnu-gcc x86_64-linux-gnu-gcc-12 musl-gcc cpp-12 x86_64-w64-mingw32-g++") {
		if !isCompiler(name) {
			t.Errorf("%s is one", name)
		}
	}
	for _, name := range strings.Fields("ld ar make rustc cmake sccache gcc-ar gcc-nm clang-format ccache c -12 12 - protoc") {
		if isCompiler(name) {
			t.Errorf("%s is none", name)
		}
	}
}
