// Package census is the census of channels as test data: every file
// testdata/census/ch-ID.txtar holds one way in which something outside the
// root reaches `cargo build`, and the tests of this package prove two things
// about it. Plain cargo must be moved by it, or the file proves nothing; then
// `cargo-hermetic build` must not be moved, or must refuse it by name. What is
// still open says so in its file, must be so, and is counted as open. What
// cannot act is a line of cannot-act.toml, so that no channel is nowhere.
//
// Each half builds the project twice at the same absolute path: once in a
// quiet layout, once with the perturbation laid around the root, the directory
// being wiped in between, so that paths are never what differs. Only the state
// that a channel is about (an earlier target directory, a moved root) is kept
// or changed, and then its header says so.
//
// Adding a channel is adding a file; testdata/census/README.md describes the
// format. The package has no code of its own outside of its tests, does not
// use the network beyond loopback, and needs no privileges. A channel whose
// `needs` are not met on this host is skipped with the reason, and counted.
package census
