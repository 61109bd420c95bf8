//go:build !unix

package download

// nonBlocking has no meaning where there are no fifos.
const nonBlocking = 0
