package fsx

import "errors"

// Scan is OpenDir and Dir.Scan in one: all entries below dir sorted by path, by
// lstat, never through a link below dir. Skip may be nil and is called from
// several goroutines.
func Scan(dir string, skip func(rel string) bool) ([]Entry, error) {
	d, err := OpenDir(dir)
	if err != nil {
		return nil, err
	}
	entries, err := d.Scan(skip)
	if err := errors.Join(err, d.Close()); err != nil {
		return nil, err
	}
	return entries, nil
}
