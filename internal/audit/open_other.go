//go:build !unix

package audit

// nonBlocking is for systems that have fifos in directories.
const nonBlocking = 0
