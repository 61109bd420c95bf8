package compare

import "strconv"

// Diffoscope is the argument list that shows two files or directories with
// diffoscope (240 and later), for formats that are not opened here. It writes
// text to standard output, at most limit bytes, without owners and times of
// files, and exits with 1 if the two differ. Who runs it does so in a sandbox: it
// starts many parsers.
func Diffoscope(program, a, b string, limit int) []string {
	return []string{
		program, "--text", "-", "--text-color", "never", "--no-progress",
		"--max-text-report-size", strconv.Itoa(limit), "--exclude-directory-metadata", "recursive", "--", a, b,
	}
}
