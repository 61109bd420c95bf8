package compare

import "bytes"

// fileFormat is what the first bytes of an artifact say that it is.
type fileFormat string

// Formats.
const (
	formatAr    fileFormat = "ar archive"
	formatThin  fileFormat = "thin ar archive"
	formatELF   fileFormat = "ELF"
	formatWasm  fileFormat = "WebAssembly"
	formatRmeta fileFormat = "rustc metadata"
	formatGzip  fileFormat = "gzip"
	formatZip   fileFormat = "zip"
	formatTar   fileFormat = "tar"
	formatJSON  fileFormat = "JSON"
	formatText  fileFormat = "text"
	formatData  fileFormat = "data"
	formatEmpty fileFormat = "nothing"
)

// magics are the first bytes of formats, each with its source.
var magics = []struct {
	at     int
	magic  string
	format fileFormat
}{
	{0, "!<arch>\n", formatAr},           // ar(5)
	{0, "!<thin>\n", formatThin},         // binutils, ar --thin
	{0, "\x7fELF", formatELF},            // System V ABI
	{0, "\x00asm", formatWasm},           // WebAssembly core specification 5.5.16
	{0, "rust\x00\x00\x00", formatRmeta}, // rustc_metadata::rmeta::METADATA_HEADER
	{0, "\x1f\x8b\x08", formatGzip},      // RFC 1952
	{0, "PK\x03\x04", formatZip},         // APPNOTE 4.3.7
	{257, "ustar", formatTar},            // POSIX.1-2001, pax
}

// sniff says what an artifact is.
func sniff(a Artifact) (fileFormat, error) {
	head, err := a.around(0, window)
	if err != nil {
		return "", err
	}
	if len(head) == 0 {
		return formatEmpty, nil
	}
	for _, m := range magics {
		if len(head) >= m.at+len(m.magic) && string(head[m.at:m.at+len(m.magic)]) == m.magic {
			return m.format, nil
		}
	}
	if !isText(head, int64(len(head)) < a.Size) {
		return formatData, nil
	}
	if start := bytes.TrimLeft(head, " \t\r\n"); len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		return formatJSON, nil
	}
	return formatText, nil
}

// opener is what compares artifacts of a format, nil for bytes.
func opener(f fileFormat) open {
	switch f {
	case formatAr:
		return asAr
	case formatELF:
		return asELF
	case formatWasm:
		return asWasm
	case formatRmeta:
		return asRmeta
	case formatGzip:
		return asGzip
	case formatZip:
		return asZip
	case formatTar:
		return asTar
	case formatJSON:
		return asJSON
	case formatText:
		return asText
	}
	return nil
}
