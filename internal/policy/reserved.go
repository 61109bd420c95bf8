package policy

import "strings"

// Reasons that several entries share.
const (
	isConstant  = "every world holds one constant value of it"
	isView      = "it is a place in the view of the build, where host paths do not exist"
	isToolchain = "the toolchain comes from `hermetic.lock`"
	isJobs      = "it names the job server of another process, which does not exist in the build"
	isLoader    = "it makes the dynamic linker load or choose other files than the pinned ones"
)

// reserved lists the variables that no policy may let in or set, each with the
// reason that the message gives. RUSTC, RUSTC_WRAPPER, RUSTFLAGS, CC and the
// like are not here on purpose: allowing them by name is what the flag
// `--allow-env` is for, and their value is then an input of the world.
var reserved = map[string]string{
	"PATH":    isView,
	"HOME":    isView,
	"TMPDIR":  isView,
	"PWD":     isView,
	"USER":    isConstant,
	"LOGNAME": isConstant,
	"LANG":    isConstant,
	"TZ":      isConstant,
	"TERM":    isConstant,

	"SOURCE_DATE_EPOCH": isConstant,

	"CARGO":                  isView,
	"CARGO_HOME":             isView,
	"CARGO_TARGET_DIR":       isView,
	"CARGO_BUILD_TARGET_DIR": isView,
	"CARGO_BUILD_BUILD_DIR":  isView,
	// With incremental compilation every workspace library differs between
	// clean builds.
	"CARGO_INCREMENTAL":       "incremental builds are not reproducible",
	"CARGO_BUILD_INCREMENTAL": "incremental builds are not reproducible",
	"CARGO_CACHE_RUSTC_INFO":  isConstant,

	// Cargo runs `$RUSTUP_HOME/toolchains/$RUSTUP_TOOLCHAIN/bin/rustc` by
	// itself when it takes its rustc for a rustup proxy (channel C02).
	"RUSTUP_HOME":      isToolchain,
	"RUSTUP_TOOLCHAIN": isToolchain,

	// Channel C15; cargo makes a job server of its own.
	"CARGO_MAKEFLAGS": isJobs,
	"MAKEFLAGS":       isJobs,
	"MFLAGS":          isJobs,

	"GLIBC_TUNABLES": isLoader, // ld.so(8)
}

// reservedPrefixes are families of which every member is reserved.
var reservedPrefixes = []struct{ prefix, reason string }{
	{"LD_", isLoader}, // ld.so(8): LD_PRELOAD, LD_LIBRARY_PATH, LD_AUDIT and twenty more
	{"__CARGO_", "it is internal to cargo and its tests"},
}

// reservedReason says why a name is reserved; empty if it is not.
func reservedReason(name string) string {
	if reason := reserved[name]; reason != "" {
		return reason
	}
	for _, family := range reservedPrefixes {
		if strings.HasPrefix(name, family.prefix) {
			return family.reason
		}
	}
	return ""
}
