package ui

import (
	"crypto/sha256"
	"encoding/base64"
)

// ContentSource is the digest of a style or script as a content security policy for
// browsers names it (CSP 3, section 2.3.1), so that a page runs this one and no other.
func ContentSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
