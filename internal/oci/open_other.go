//go:build !unix

package oci

// nonBlocking is nothing where no file waits to be opened.
const nonBlocking = 0
