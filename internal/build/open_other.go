//go:build !unix

package build

// nonBlocking is for systems that have fifos in directories.
const nonBlocking = 0
