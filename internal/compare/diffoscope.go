package compare

import "strconv"

// Diffoscope is the argument list that shows two files or directories with
// diffoscope, for formats that are not opened here. It writes text to standard
// output, at most limit bytes, and leaves out owners and times of directories.
// It exits with 1 if the two differ. Who runs it does so in a sandbox: it starts
// many parsers.
func Diffoscope(program, a, b string, limit int) []string {
	return []string{
		program, "--text", "-", "--text-color", "never", "--no-progress", "--no-default-limits",
		"--max-text-report-size", strconv.Itoa(limit), "--exclude-directory-metadata", "yes", "--", a, b,
	}
}
