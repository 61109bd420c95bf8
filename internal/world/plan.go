package world

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/determinism"
)

// Epoch is the instant that SOURCE_DATE_EPOCH names, and the modification time
// of everything in a layer: 2000-01-01T00:00:00Z.
const Epoch = 946684800

// Inputs is what a world is planned from: digests of what is pinned, the part
// of the policy that the command sees, and the command.
type Inputs struct {
	Isolation string
	Root      digest.Digest // contents of the root
	Covered   []string      // places inside the root that are hidden, relative, sorted
	Toolchain digest.Digest
	System    digest.Digest
	SystemTop []Top         // top level of the system layer, sorted by name
	Crates    digest.Digest // zero if there are no external packages
	Sources   string        // cargo configuration that makes cargo use Crates
	Downloads []Placed      // sorted by place
	Dir       string        // working directory, relative to the root
	Cargo     []string      // arguments of cargo, verb first
	Env       map[string]string
	Tool      digest.Digest // of this tool, where it has a part in the world
	Run       bool          // it stands in for the program
	Packaged  bool          // the toolchain is links to programs of the system layer
	Linker    bool          // it stands in for the C compiler when programs are linked
	Held      Held
	Elsewhere bool // places are other directories when the world runs, and rustc has to be told
}

// Top is a directory or a link at the top of the system layer.
type Top struct {
	Name   string
	Target string // of a link; empty for a directory
}

// fixed is the environment of every world. Variables of the policy join it and
// cannot replace it.
var fixed = map[string]string{
	"PATH":              Rust + "/bin:/usr/bin:/bin",
	"HOME":              Home,
	"CARGO_HOME":        Cargo,
	"CARGO_TARGET_DIR":  Target,
	"CARGO_INCREMENTAL": "0", // incremental builds are not reproducible (cache study, 1.5)
	// Cargo 1.91 and later put intermediate files there; a project's own
	// configuration could lead them out of the target directory.
	"CARGO_BUILD_BUILD_DIR": Target,
	"USER":                  "builder",
	"LOGNAME":               "builder",
	"LANG":                  "C.UTF-8",
	"TZ":                    "UTC",
	"TERM":                  "xterm", // a constant; whether there is a terminal is another matter
	"TMPDIR":                Tmp,
	"SOURCE_DATE_EPOCH":     fmt.Sprint(Epoch),
	// Which file a library is does not depend on the processor (ld.so(8): glibc-hwcaps,
	// of which every level wants POPCNT, and the directories that were before them). It
	// also spares a third of all names that a dynamic linker tries.
	"GLIBC_TUNABLES": "glibc.cpu.hwcap_mask=0:glibc.cpu.hwcaps=-POPCNT",
}

// Exempt are programs that see the real clock and processors: cargo, which compares
// times of files and starts as many jobs as the host has processors, and make,
// which compares the times of files with the clock. Neither can write them into
// what it makes but by starting another program.
var Exempt = []string{Rust + "/bin/cargo", "/usr/bin/make", "/usr/bin/gmake"}

// PackagedCargo is cargo where the toolchain is packages of the distribution: a file
// of the system layer.
const PackagedCargo = "/usr/bin/cargo"

// flowing are programs whose clock runs, from the instant at which all others
// stand: tests, benchmarks and examples as cargo places them, and doc tests.
var flowing = []string{Target + "/*/deps/*", Target + "/*/*/deps/*", Target + "/*/examples/*", Target + "/*/*/examples/*", Tmp + "/rustdoctest*/rust_out"}

// Plan makes the world of one cargo command.
func Plan(in Inputs) World {
	w := World{
		Format:    Format,
		Isolation: in.Isolation,
		Argv:      append([]string{Rust + "/bin/cargo"}, in.Cargo...),
		Dir:       path.Join(Root, in.Dir),
		Files:     []File{{CargoConfig, in.Sources}},
		Links: []Link{{"/dev/fd", "/proc/self/fd"}, {"/dev/stdin", "/proc/self/fd/0"}, {"/dev/stdout", "/proc/self/fd/1"}, {"/dev/stderr", "/proc/self/fd/2"},
			// cargo's note of what it used when; its home is read-only.
			{Cargo + "/.global-cache", Shm + "/cargo-global-cache"}},
		Dirs:     []string{Home},
		Identity: Identity{UID: 1000, GID: 1000, User: "builder", HostName: "localhost", DomainName: "(none)", Umask: 0o022, OpenFiles: 1024},
		Network:  "loopback",
		Held:     in.Held,
		Outputs:  []string{Target},
	}
	if w.Held.Clock != "real" || w.Held.CPUs != 0 {
		w.Exempt, w.Flowing = Exempt, flowing
		if in.Packaged {
			w.Exempt = append(slices.Clone(Exempt), PackagedCargo)
		}
	}
	if w.Held.CPUs != 0 {
		for _, f := range determinism.SystemFiles(w.Held.CPUs) {
			w.Files = append(w.Files, File(f))
		}
	}
	env := maps.Clone(fixed)
	if w.Held.Clock == "commit" {
		env["SOURCE_DATE_EPOCH"] = fmt.Sprint(w.Held.Epoch)
	}
	for name, value := range in.Env {
		if _, taken := env[name]; !taken {
			env[name] = value
		}
	}
	if in.Elsewhere {
		env["RUSTC_WRAPPER"] = Rustc
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		w.Env = append(w.Env, Variable{name, env[name]})
	}
	for _, top := range in.SystemTop {
		if top.Target != "" {
			w.Links = append(w.Links, Link{"/" + top.Name, top.Target})
		} else {
			w.Mounts = append(w.Mounts, Mount{Place: "/" + top.Name, What: System, Digest: in.System, Path: top.Name})
		}
	}
	w.Mounts = append(w.Mounts, Mount{Place: Rust, What: Toolchain, Digest: in.Toolchain})
	if !in.Crates.IsZero() {
		w.Mounts = append(w.Mounts, Mount{Place: Crates, What: CratesDir, Digest: in.Crates})
	}
	for _, d := range in.Downloads {
		w.Mounts = append(w.Mounts, Mount{Place: d.Place, What: d.What, Digest: d.Digest, Path: d.Path})
	}
	w.Mounts = append(w.Mounts, Mount{Place: Root, What: RootTree, Digest: in.Root})
	for _, c := range in.Covered {
		w.Mounts = append(w.Mounts, Mount{Place: path.Join(Root, c), What: Nothing})
	}
	w.Mounts = append(w.Mounts,
		Mount{Place: Target, What: Outputs, Writable: true},
		Mount{Place: Tmp, What: Temporary, Writable: true},
		Mount{Place: Shm, What: Temporary, Writable: true, Size: shmSize},
		Mount{Place: "/proc", What: Processes},
	)
	for _, name := range []string{"full", "null", "random", "urandom", "zero"} {
		w.Mounts = append(w.Mounts, Mount{Place: "/dev/" + name, What: Device})
	}
	if in.Run {
		w.Mounts = append(w.Mounts, Mount{Place: Runner, What: Tool, Digest: in.Tool})
	}
	if in.Linker {
		w.Mounts = append(w.Mounts, Mount{Place: Linker, What: Tool, Digest: in.Tool})
	}
	if in.Elsewhere {
		w.Network = "none"
		w.Mounts = append(w.Mounts, Mount{Place: Rustc, What: Tool, Digest: in.Tool})
		w.Files = append(w.Files, placesFile())
	}
	return w
}

// remapped are the places whose paths get into what rustc writes. Of two that
// lie in one another the inner one comes later, as rustc wants it.
var remapped = []string{Root, Crates, Rust, Cargo, Tmp, Target}

// placesFile tells Rustc by the name of each place which directory it is. Where
// places are moved, the second column moves with them.
func placesFile() File {
	var b strings.Builder
	for _, place := range remapped {
		fmt.Fprintf(&b, "%s\t%s\n", strings.TrimPrefix(place, "/"), place)
	}
	return File{PlacesFile, b.String()}
}
