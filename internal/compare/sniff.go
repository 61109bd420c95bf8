package compare

import "bytes"

// Format is what the first bytes of an artifact say that it is.
type Format string

// Formats.
const (
	FormatAr    Format = "ar archive"
	FormatThin  Format = "thin ar archive"
	FormatELF   Format = "ELF"
	FormatWasm  Format = "WebAssembly"
	FormatRmeta Format = "rustc metadata"
	FormatGzip  Format = "gzip"
	FormatZip   Format = "zip"
	FormatTar   Format = "tar"
	FormatJSON  Format = "JSON"
	FormatText  Format = "text"
	FormatData  Format = "data"
	FormatEmpty Format = "nothing"
)

// magics are the first bytes of formats, each with its source.
var magics = []struct {
	at     int
	magic  string
	format Format
}{
	{0, "!<arch>\n", FormatAr},           // ar(5)
	{0, "!<thin>\n", FormatThin},         // binutils, ar --thin
	{0, "\x7fELF", FormatELF},            // System V ABI
	{0, "\x00asm", FormatWasm},           // WebAssembly core specification 5.5.16
	{0, "rust\x00\x00\x00", FormatRmeta}, // rustc_metadata::rmeta::METADATA_HEADER
	{0, "\x1f\x8b\x08", FormatGzip},      // RFC 1952
	{0, "PK\x03\x04", FormatZip},         // APPNOTE 4.3.7
	{257, "ustar", FormatTar},            // POSIX.1-2001, pax
}

// sniff says what an artifact is.
func sniff(a Artifact) (Format, error) {
	head, err := a.around(0, window)
	if err != nil {
		return "", err
	}
	if len(head) == 0 {
		return FormatEmpty, nil
	}
	for _, m := range magics {
		if len(head) >= m.at+len(m.magic) && string(head[m.at:m.at+len(m.magic)]) == m.magic {
			return m.format, nil
		}
	}
	if !isText(head, int64(len(head)) < a.Size) {
		return FormatData, nil
	}
	if start := bytes.TrimLeft(head, " \t\r\n"); len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		return FormatJSON, nil
	}
	return FormatText, nil
}

// opener is what compares artifacts of a format, nil for bytes.
func opener(f Format) open {
	switch f {
	case FormatAr:
		return asAr
	case FormatELF:
		return asELF
	case FormatWasm:
		return asWasm
	case FormatRmeta:
		return asRmeta
	case FormatGzip:
		return asGzip
	case FormatZip:
		return asZip
	case FormatTar:
		return asTar
	case FormatJSON:
		return asJSON
	case FormatText:
		return asText
	}
	return nil
}
