package explain

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
)

const (
	relock = "after a change of [system], run: cargo hermetic lock --update"
	look   = observation.Look
	open   = observation.Open
)

func more(code Code) string {
	return "for more about a code: cargo hermetic explain " + string(code)
}

// TestFailure has one build for each kind of note, and for each way to be quiet.
func TestFailure(t *testing.T) {
	for name, c := range map[string]struct {
		build  func(s *scene)
		said   *Said
		policy policy.Policy
		layer  []string
		host   fakeHost
		want   []string
	}{
		"nothing": {func(s *scene) { s.fail(s.rustc("p")) }, said("error[E0308]: mismatched types"), policy.Policy{}, nil, fakeHost{}, nil},
		"a program of a package": {
			func(s *scene) { id := s.script("prost-build"); s.exec(id, "protoc"); s.fail(id) }, nil, policy.Policy{}, nil,
			fakeHost{files: map[string]string{"/usr/bin/protoc": "protobuf-compiler"}},
			[]string{"prost-build (build script): tried to run the program `protoc`; host package protobuf-compiler has it; add to hermetic.toml: [system] packages = [\"protobuf-compiler\"] [H001]", relock, more(Program)},
		},
		"merged with the policy": {
			func(s *scene) { id := s.script("prost-build"); s.exec(id, "protoc"); s.fail(id) }, nil,
			policy.Policy{System: policy.System{Packages: []string{"make", "zlib1g-dev"}}}, nil,
			fakeHost{files: map[string]string{"/usr/bin/protoc": "protobuf-compiler"}},
			[]string{"prost-build (build script): tried to run the program `protoc`; host package protobuf-compiler has it; add to hermetic.toml: [system] packages = [\"make\", \"protobuf-compiler\", \"zlib1g-dev\"] [H001]", relock, more(Program)},
		},
		"a program that nobody has": {
			func(s *scene) { id := s.script("prost-build"); s.exec(id, "protoc"); s.fail(id) }, nil, policy.Policy{}, nil, fakeHost{},
			[]string{"prost-build (build script): tried to run the program `protoc`; this host has it not; package protobuf-compiler has it as a rule; install it (apt install protobuf-compiler) and add to hermetic.toml: [system] packages = [\"protobuf-compiler\"] [H001]", relock, more(Program)},
		},
		"a system layer of an image": {
			func(s *scene) { id := s.script("p"); s.exec(id, "protoc"); s.fail(id) }, nil, policy.Policy{System: policy.System{Image: "debian@sha256:0"}}, nil,
			fakeHost{files: map[string]string{"/usr/bin/protoc": "protobuf-compiler"}},
			[]string{"p (build script): tried to run the program `protoc`; host package protobuf-compiler has it; the system layer is an image: name one in [system] image that has package protobuf-compiler [H001]", relock, more(Program)},
		},
		"one of two names, and what is known of the crate": {
			func(s *scene) {
				id := s.script("openssl-sys")
				s.exec(id, "pkg-config")
				s.exec(id, "pkgconf")
				s.fail(id)
			}, nil, policy.Policy{}, nil,
			fakeHost{files: map[string]string{"/usr/bin/pkg-config": "pkgconf", "/usr/bin/pkgconf": "pkgconf-bin", "/usr/include/openssl/opensslv.h": "libssl-dev"}},
			[]string{"openssl-sys (build script): tried to run the program `pkg-config`; host package pkgconf has it; add to hermetic.toml: [system] packages = [\"libssl-dev\", \"pkgconf\"] [H001]", relock, more(Program)},
		},
		"the other name is there": {
			func(s *scene) {
				id := s.script("p")
				s.access(id, observation.Execute, observation.Found, "/usr/bin/make")
				s.exec(id, "gmake")
				s.fail(id)
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/usr/bin/gmake": "make"}}, nil,
		},
		"a program of no package": {
			func(s *scene) { id := s.script("p"); s.exec(id, "gen-x"); s.fail(id) }, nil, policy.Policy{}, nil,
			fakeHost{path: map[string]string{"gen-x": "/home/me/bin/gen-x"}},
			[]string{"p (build script): tried to run the program `gen-x`; this host has it as `~/bin/gen-x`, in no package; a system layer holds packages only: put it into the root, or install a package that has it [H001]", more(Program)},
		},
		"a program of the caller and one of a package": {
			func(s *scene) { id := s.script("p"); s.misses(id, look, "/usr/bin/python3"); s.fail(id) }, nil, policy.Policy{}, nil,
			fakeHost{path: map[string]string{"python3": "/home/me/shims/python3"}, files: map[string]string{"/usr/bin/python3": "python3-minimal"}},
			[]string{"p (build script): looked for the program `python3`; host package python3-minimal has it; add to hermetic.toml: [system] packages = [\"python3-minimal\"] [H001]", relock, more(Program)},
		},
		"a program that was found in the next directory": {
			func(s *scene) {
				id := s.script("p")
				s.misses(id, observation.Execute, "/hermetic/rust/bin/cc")
				s.access(id, observation.Execute, observation.Found, "/usr/bin/cc")
				s.fail(id)
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/usr/bin/cc": "gcc"}}, nil,
		},
		"cmake, and what it starts": {
			func(s *scene) {
				id := s.script("libz-ng-sys")
				cmake := s.run(id, observation.BuildScript, "", "/usr/bin/cmake", "..")
				s.exec(cmake, "ninja")
				s.exec(cmake, "make")
				s.fail(cmake, id)
			}, said("CMake Error: CMake was unable to find a build program corresponding to \"Unix Makefiles\".", "is `make` not installed?"), policy.Policy{}, nil,
			fakeHost{files: map[string]string{"/usr/bin/make": "make"}},
			[]string{"libz-ng-sys (`cmake`, started by its build script): tried to run the program `make`; host package make has it; add to hermetic.toml: [system] packages = [\"make\"] [H001]", relock, more(Program)},
		},
		"a header": {
			func(s *scene) {
				id := s.script("openssl-sys")
				cc := s.run(id, observation.CCompiler, "", "/usr/bin/cc1", "x.c")
				s.access(cc, open, observation.Found, "/usr/include/stdc-predef.h")
				s.header(cc, "openssl/opensslv.h")
				s.fail(cc, id)
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/usr/include/openssl/opensslv.h": "libssl-dev"}},
			[]string{"openssl-sys (C compiler of its build script): looked for the header `openssl/opensslv.h`; host package libssl-dev has it; add to hermetic.toml: [system] packages = [\"libssl-dev\"] [H002]", relock, more(Header)},
		},
		"a header that is found later": {
			func(s *scene) {
				id := s.script("p")
				cc := s.run(id, observation.CCompiler, "", "/usr/bin/cc1", "x.c")
				s.header(cc, "stdio.h")
				s.access(cc, open, observation.Found, "/usr/include/stdio.h")
				s.fail(cc, id)
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/usr/local/include/stdio.h": ""}}, nil,
		},
		"a header that nobody has": {
			func(s *scene) {
				id := s.script("p")
				cc := s.run(id, observation.CCompiler, "", "/usr/bin/cc1", "x.c")
				s.header(cc, "first/tried.h")
				s.end(cc, 1) // a configure script goes on
				cc = s.run(id, observation.CCompiler, "", "/usr/bin/cc1", "y.c")
				s.header(cc, "sqlite3.h")
				s.fail(cc, id)
			}, nil, policy.Policy{}, nil, fakeHost{},
			[]string{"p (C compiler of its build script): looked for the header `sqlite3.h`; this host has it not; package libsqlite3-dev has it as a rule; install it (apt install libsqlite3-dev) and add to hermetic.toml: [system] packages = [\"libsqlite3-dev\"] [H002]", relock, more(Header)},
		},
		"libraries of a linker": {
			func(s *scene) {
				rustc := s.rustc("app")
				ld := s.run(rustc, observation.Linker, "", "/usr/bin/ld", "-lssl", "-lc")
				s.library(ld, "ssl")
				s.library(ld, "c")
				s.access(ld, open, observation.Found, "/usr/lib/x86_64-linux-gnu/libc.so")
				s.fail(ld, rustc)
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/usr/lib/x86_64-linux-gnu/libssl.so": "libssl-dev", "/usr/lib/x86_64-linux-gnu/libc.a": "libc6-dev"}},
			[]string{"app (linker): looked for the library `libssl` (-lssl); host package libssl-dev has it; add to hermetic.toml: [system] packages = [\"libssl-dev\"] [H003]", relock, more(Library)},
		},
		"pkg-config without its directories": {
			func(s *scene) {
				id := s.script("libz-sys")
				pc := s.run(id, observation.BuildScript, "", "/usr/bin/pkg-config", "--libs", "--cflags", "zlib", "zlib >= 1.2")
				s.misses(pc, look, "/usr/lib/x86_64-linux-gnu/pkgconfig", "/usr/share/pkgconfig")
				s.access(pc, look, observation.Found, "/usr/lib/x86_64-linux-gnu/libc.so.6")
				s.fail(pc, id)
			}, nil, policy.Policy{}, nil,
			fakeHost{files: map[string]string{"/usr/lib/x86_64-linux-gnu/pkgconfig/": "", "/usr/share/pkgconfig/": "", "/usr/lib/x86_64-linux-gnu/pkgconfig/zlib.pc": "zlib1g-dev"}},
			[]string{"libz-sys (`pkg-config`, started by its build script): asked pkg-config for `zlib`; host package zlib1g-dev has it; add to hermetic.toml: [system] packages = [\"zlib1g-dev\"] [H004]", relock, more(PkgConfig)},
		},
		"a shared library of a program from elsewhere": {
			func(s *scene) {
				id := s.script("p")
				tool := s.run(id, observation.BuildScript, "", "/hermetic/root/tool")
				s.misses(tool, open, "/etc/ld.so.cache", "/usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libstdc++.so.6", "/usr/lib/x86_64-linux-gnu/libstdc++.so.6")
				s.end(tool, 127)
				s.fail(id)
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/usr/lib/x86_64-linux-gnu/libstdc++.so.6": "libstdc++6", "/etc/ld.so.cache": ""}},
			[]string{"p (`tool`, started by its build script): looked for the shared library `libstdc++.so.6`; host package libstdc++6 has it; add to hermetic.toml: [system] packages = [\"libstdc++6\"] [H005]", relock, more(Shared)},
		},
		"an interpreter": {
			func(s *scene) {
				id := s.script("p")
				s.access(id, observation.Execute, observation.Found, "/hermetic/root/gen.pl", "/hermetic/root/gen.sh")
				s.fail(id)
			}, nil, policy.Policy{}, nil,
			fakeHost{inside: []string{"/bin/sh"}, interpreters: map[string]string{"/hermetic/root/gen.pl": "/usr/bin/perl", "/hermetic/root/gen.sh": "/bin/sh"}, files: map[string]string{"/usr/bin/perl": "perl-base", "/bin/sh": "dash"}},
			[]string{"p (build script): tried to run `gen.pl`, which needs `/usr/bin/perl`; host package perl-base has it; add to hermetic.toml: [system] packages = [\"perl-base\"] [H006]", relock, more(Interpreter)},
		},
		"a file that the layer leaves out": {
			func(s *scene) { id := s.script("p"); s.misses(id, open, "/usr/share/doc/gcc/README"); s.fail(id) }, nil, policy.Policy{}, []string{"gcc"},
			fakeHost{files: map[string]string{"/usr/share/doc/gcc/README": "gcc"}},
			[]string{"p (build script): looked for `/usr/share/doc/gcc/README`; host package gcc has it, and the system layer holds that package without it; put the file into the root [H007]", more(SystemFile)},
		},
		"a component": {
			func(s *scene) { id := s.script("p"); s.exec(id, "rustfmt"); s.fail(id) }, nil, policy.Policy{}, nil, fakeHost{},
			[]string{"p (build script): tried to run the program `rustfmt`; it comes with Rust, and the locked toolchain has it not; add \"rustfmt\" to `components` in rust-toolchain.toml, have rustup install it, then run: cargo hermetic lock --update [H008]", more(Component)},
		},
		"a target": {
			func(s *scene) {
				id := s.rustc("p")
				s.misses(id, look, "/hermetic/rust/lib/rustlib/wasm32-unknown-unknown/lib", "/hermetic/rust/lib/rustlib/etc")
				s.fail(id)
			}, said("error[E0463]: can't find crate for `core`", "  = note: the `wasm32-unknown-unknown` target may not be installed"), policy.Policy{}, nil, fakeHost{},
			[]string{"p (rustc): looked for the libraries of the target `wasm32-unknown-unknown`; the locked toolchain has it not; add \"wasm32-unknown-unknown\" to `targets` in rust-toolchain.toml, have rustup install it, then run: cargo hermetic lock --update [H008]", more(Component)},
		},
		"the network": {
			func(s *scene) {
				id := s.script("p")
				curl := s.run(id, observation.BuildScript, "", "/usr/bin/curl", "-o", "x", "https://me:secret@example.org/a?token=1")
				s.misses(curl, open, "/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt")
				s.access(curl, observation.Socket, observation.Refused, "AF_NETLINK")
				s.access(curl, observation.Connect, observation.Absent, "127.0.0.1:53", "127.0.0.1:8080", "192.0.2.1:443")
				s.fail(curl, id)
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/etc/resolv.conf": "", "/etc/ssl/certs/ca-certificates.crt": ""}},
			[]string{"p (`curl`, started by its build script): tried to look up the address of a host (`curl`, for `https://example.org/a`); there is no network in a hermetic build: pin the file in hermetic.toml, [[download]] with url = \"URL\", sha256 = \"...\", crate = \"p\", env or path = \"where it looks\", and run cargo hermetic fetch; or put it into the root, or turn the download off, as the crate's documentation says [H010]", more(Network)},
		},
		"a program that downloads": {
			func(s *scene) {
				id := s.script("p")
				s.exec(id, "curl")
				s.fail(id)
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/usr/bin/curl": "curl"}},
			[]string{"p (build script): tried to run the program `curl`; there is no network in a hermetic build: pin the file in hermetic.toml, [[download]] with url = \"URL\", sha256 = \"...\", crate = \"p\", env or path = \"where it looks\", and run cargo hermetic fetch; or put it into the root, or turn the download off, as the crate's documentation says [H010]", more(Network)},
		},
		"a name, and nobody to ask": {
			func(s *scene) {
				id := s.script("p")
				s.misses(id, look, "/etc/resolv.conf")
				s.misses(id, open, "/etc/resolv.conf")
				s.access(id, open, observation.Found, "/etc/hosts")
				s.fail(id)
			}, nil, policy.Policy{}, nil, fakeHost{},
			[]string{"p (build script): tried to look up the address of a host; there is no network in a hermetic build: pin the file in hermetic.toml, [[download]] with url = \"URL\", sha256 = \"...\", crate = \"p\", env or path = \"where it looks\", and run cargo hermetic fetch; or put it into the root, or turn the download off, as the crate's documentation says [H010]", more(Network)},
		},
		"a test of its own server that misses a file": {
			func(s *scene) {
				id := s.run(1, observation.Test, "p", "/hermetic/target/debug/deps/it-0")
				s.misses(id, open, "/etc/resolv.conf", "/usr/share/x/data")
				s.access(id, observation.Connect, observation.Found, "127.0.0.1:4000")
				s.fail(id)
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/usr/share/x/data": "x-data"}},
			[]string{"p (test): looked for `/usr/share/x/data`; host package x-data has it; add to hermetic.toml: [system] packages = [\"x-data\"] [H007]", relock, more(SystemFile)},
		},
		"the whole of a split package": {
			func(s *scene) { id := s.script("p"); s.exec(id, "python3"); s.fail(id) }, nil, policy.Policy{}, nil,
			fakeHost{files: map[string]string{"/usr/bin/python3": "python3-minimal", "/usr/share/doc/python3": "python3"}},
			[]string{"p (build script): tried to run the program `python3`; host package python3 has it; add to hermetic.toml: [system] packages = [\"python3\"] [H001]", relock, more(Program)},
		},
		"a service": {
			func(s *scene) {
				id := s.run(1, observation.Test, "p", "/hermetic/target/debug/deps/it-0")
				s.access(id, observation.Connect, observation.Absent, "/var/run/nscd/socket", "/var/run/docker.sock")
				s.fail(id)
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/var/run/docker.sock": "", "/var/run/nscd/socket": ""}},
			[]string{"p (test): tried to reach a service of this host at `/var/run/docker.sock`; no service of the host is in a hermetic build: do without it, or run this step before the build and put what it makes into the root [H011]", more(Service)},
		},
		"variables": {
			func(s *scene) { s.fail(s.script("openssl-sys")) },
			said("error: failed to run custom build command for `openssl-sys v0.9.1`\ncargo:rerun-if-env-changed=OPENSSL_DIR\n  cargo::rerun-if-env-changed=NOT_SET\ncargo:rerun-if-env-changed=HOME\ncargo:rerun-if-env-changed=GIVEN\n[other 1.0.0] cargo:rerun-if-env-changed=CC\ncargo:rerun-if-env-changed=OPENSSL_DIR"),
			policy.Policy{Env: policy.Env{Allow: []string{"GIVEN"}}}, nil, fakeHost{variables: []string{"OPENSSL_DIR", "HOME", "GIVEN", "CC"}},
			[]string{
				"openssl-sys (build script): reads the variable `OPENSSL_DIR`; your environment has it, and the build has not; add to hermetic.toml: [env] allow = [\"CC\", \"GIVEN\", \"OPENSSL_DIR\"], or give it once: --allow-env OPENSSL_DIR [H020]",
				"other (build script): reads the variable `CC`; your environment has it, and the build has not; add to hermetic.toml: [env] allow = [\"CC\", \"GIVEN\", \"OPENSSL_DIR\"], or give it once: --allow-env CC [H020]",
				more(Variable),
			},
		},
		"env!": {
			func(s *scene) { s.fail(s.rustc("app")) }, said("error: environment variable `APP_CHANNEL` not defined at compile time"), policy.Policy{}, nil, fakeHost{variables: []string{"APP_CHANNEL"}},
			[]string{"app (rustc): reads the variable `APP_CHANNEL`; your environment has it, and the build has not; add to hermetic.toml: [env] allow = [\"APP_CHANNEL\"], or give it once: --allow-env APP_CHANNEL [H020]", more(Variable)},
		},
		"include_str! outside": {
			func(s *scene) {
				id := s.run(1, observation.Rustc, "app", "/hermetic/rust/bin/rustc")
				s.Process(id).Dir = "/hermetic/root"
				s.misses(id, open, "src/../../../shared/x.sql", "src/gone.txt")
				s.fail(id)
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/home/me/shared/x.sql": ""}},
			[]string{"app (rustc): looked for `~/shared/x.sql` in the home directory; this host has it, and no build sees it; a home is of one user and may hold secrets: put what the build needs into the root, or pass a value with --allow-env [H031]", more(Home)},
		},
		"include_str! beside": {
			func(s *scene) {
				id := s.run(1, observation.Rustc, "app", "/hermetic/rust/bin/rustc")
				s.Process(id).Dir = "/hermetic/root"
				s.access(id, observation.Load, observation.Found, "/hermetic/target/debug/deps/libembed_it-0123.so")
				s.misses(id, open, "src/../../x.sql")
				s.fail(id)
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/home/me/src/x.sql": ""}},
			[]string{"app (rustc, or a macro in it: embed_it): looked for `../x.sql` outside the root; this host has it, and no build sees it; move it into the root, or build with a root that holds both: cargo hermetic build --root /home/me/src [H030]", more(Outside)},
		},
		"include_str! beside a root that is marked": {
			func(s *scene) {
				id := s.run(1, observation.Rustc, "app", "/hermetic/rust/bin/rustc")
				s.Process(id).Dir = "/hermetic/root"
				s.misses(id, open, "src/../../x.sql")
				s.fail(id)
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/home/me/src/x.sql": "", "/home/me/src/app/.cargo/root": ""}},
			[]string{"app (rustc): looked for `../x.sql` outside the root; this host has it, and no build sees it; move it into the root, or make /home/me/src the root: move .cargo/root and the files hermetic.* there [H030]", more(Outside)},
		},
		"an interpreter of an output": {
			func(s *scene) {
				id := s.script("p")
				s.access(id, observation.Execute, observation.Found, "/hermetic/target/debug/x")
				s.fail(id)
			}, nil, policy.Policy{}, nil, fakeHost{interpreters: map[string]string{"/hermetic/target/debug/x": "/opt/x"}},
			[]string{"p (build script): tried to run `target/hermetic/debug/x`, which needs `/opt/x`; this host has it not; find the package that has it, install it and name it in [system] packages of hermetic.toml [H006]", more(Interpreter)},
		},
		"the home": {
			func(s *scene) {
				id := s.script("p")
				s.misses(id, open, "/hermetic/home/.gitconfig", "/hermetic/home/.netrc", "/hermetic/home/.other")
				s.fail(id)
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/home/me/.netrc": "", "/home/me/.gitconfig": ""}},
			[]string{"p (build script): looked for `~/.netrc` in the home directory; this host has it, and no build sees it; a home is of one user and may hold secrets: put what the build needs into the root, or pass a value with --allow-env [H031]", more(Home)},
		},
		"somewhere on the host": {
			func(s *scene) { id := s.script("p"); s.misses(id, open, "/srv/data/x", "/data"); s.fail(id) }, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/srv/data/x": ""}},
			[]string{"p (build script): looked for `/srv/data/x` outside the root; this host has it, and no build sees it; move it into the root [H030]", more(Outside)},
		},
		"version control": {
			func(s *scene) {
				id := s.script("app")
				git := s.run(id, observation.BuildScript, "", "/usr/bin/git", "describe")
				s.misses(git, look, "/hermetic/root/.git/HEAD", "/hermetic/root/.git", "/hermetic/.git", "/.git")
				s.fail(git, id)
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/home/me/src/app/.git/": "", "/home/me/src/app/.git/HEAD": ""}},
			[]string{"app (`git`, started by its build script): looked for `.git/HEAD`; the state of version control is not part of the root; hand over what it needs as a variable, such as: --allow-env GIT_COMMIT=$(git rev-parse HEAD) [H032]", more(Hidden)},
		},
		"writes": {
			func(s *scene) {
				id := s.script("p")
				s.access(id, observation.Write, observation.Found, "/hermetic", "/usr", "/dev/null")
				s.access(id, observation.Write, observation.Absent, "/hermetic/target/debug/build/p/out/x", "/tmp/x", "/hermetic/root/src/new.rs", "/usr/lib/python3/__pycache__/x.pyc")
				s.fail(id)
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/usr/": ""}},
			[]string{"p (build script): tried to write `src/new.rs` in the root; only OUT_DIR, the target directory and the temporary directory can be written in a hermetic build: write to OUT_DIR, or make the file before the build [H040]", more(Write)},
		},
		"a debugger": {
			func(s *scene) {
				id := s.run(1, observation.Test, "p", "/hermetic/target/debug/deps/it-0")
				s.access(id, observation.Trace, observation.Refused, "/hermetic/target/debug/deps/it-0")
				s.fail(id)
			}, nil, policy.Policy{}, nil, fakeHost{},
			[]string{"p (test): tried to trace or debug a process; no process of a hermetic build can look into another: debug the program outside, with `cargo hermetic run` or plain `cargo` [H050]", more(Trace)},
		},
		"cargo itself": {
			func(s *scene) { s.exec(1, "my-runner"); s.misses(1, open, "/usr/share/x"); s.fail() }, nil, policy.Policy{}, nil,
			fakeHost{files: map[string]string{"/usr/bin/my-runner": "runners", "/usr/share/x": "x"}},
			[]string{"cargo: tried to run the program `my-runner`; host package runners has it; add to hermetic.toml: [system] packages = [\"runners\"] [H001]", relock, more(Program)},
		},
		"a script that becomes another program": {
			func(s *scene) {
				id := s.script("p")
				sh := s.run(id, observation.BuildScript, "", "/usr/bin/sh", "configure")
				s.Process(sh).PID = s.Process(id).PID
				s.misses(sh, look, "/usr/bin/m4")
				s.fail(sh) // the script has no end of its own
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/usr/bin/m4": "m4"}},
			[]string{"p (`sh`, started by its build script): looked for the program `m4`; host package m4 has it; add to hermetic.toml: [system] packages = [\"m4\"] [H001]", relock, more(Program)},
		},
		"a unit that went well": {
			func(s *scene) {
				id := s.script("fine")
				s.exec(id, "git")
				s.end(id, 0)
				s.fail(s.rustc("p"))
			}, nil, policy.Policy{}, nil, fakeHost{files: map[string]string{"/usr/bin/git": "git"}}, nil,
		},
		"what cargo names comes first": {
			func(s *scene) { id := s.script("p"); s.exec(id, "cmake"); s.exec(id, "git"); s.fail(id) }, said("is `cmake` not installed?"), policy.Policy{}, nil,
			fakeHost{files: map[string]string{"/usr/bin/git": "git", "/usr/bin/cmake": "cmake"}},
			[]string{
				"p (build script): tried to run the program `cmake`; host package cmake has it; add to hermetic.toml: [system] packages = [\"cmake\", \"git\"] [H001]",
				"p (build script): tried to run the program `git`; host package git has it; add to hermetic.toml: [system] packages = [\"cmake\", \"git\"] [H001]",
				relock, more(Program),
			},
		},
		"names of a hostile program": {
			func(s *scene) {
				id := s.script("p`; error: \x1b[2J")
				s.exec(id, "x`\n\x1b]0;y; rm -rf \u202e")
				s.fail(id)
			}, nil, policy.Policy{}, nil, fakeHost{},
			[]string{"`p'; error: \\x1b[2J` (build script): tried to run the program `x'\\x0a\\x1b]0;y; rm -rf \\u{202e}`; this host has it not; find the package that has it, install it and name it in [system] packages of hermetic.toml [H001]", more(Program)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			c.build(s)
			got, err := Failure(Build{Record: &s.Record, Said: c.said, Policy: &c.policy, Layer: c.layer, Root: "/home/me/src/app", Target: "/home/me/src/app/target/hermetic", Home: "/home/me", Host: c.host})
			if diff := cmp.Diff(c.want, lines(got)); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}
