// Package cargo is a read-only model of what cargo writes and reads:
// Cargo.lock, the few parts of manifests and configuration that decide where a
// build begins and what it must fetch, and the messages that cargo prints.
//
// It is pure: bytes in, values out. It never resolves, fetches or decides for
// cargo; the pinned cargo does all of that, and wherever the two disagree this
// package is wrong.
package cargo
