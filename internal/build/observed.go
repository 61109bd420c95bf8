package build

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// ObservationName is the record of what the last run in a root looked for, in its
// target directory beside the outputs, where no build can write.
const ObservationName = "observation.jsonl.gz"

// observed is the file that a run's record is written to. Until the run has
// ended it has another name, so that a whole one stands there or none.
type observed struct {
	file *os.File
	name string
}

// observe begins the record of a run. The outputs are locked, so nobody else
// writes one here.
func (o *outputs) observe() (*observed, error) {
	name := filepath.Join(filepath.Dir(o.dir), ObservationName)
	temp := filepath.Join(filepath.Dir(o.dir), "."+ObservationName)
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, diag.Wrap(err, "removing what a killed run left")
	}
	// New, so that it is no link of somebody's.
	file, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, diag.Wrap(err, "recording what the run looks for")
	}
	return &observed{file: file, name: name}, nil
}

// end gives the record its name, or removes that of a run that did not come to
// its end, as err says.
func (r *observed) end(err error) error {
	closed := r.file.Close()
	if err == nil && closed == nil {
		return diag.Wrap(os.Rename(r.file.Name(), r.name), "recording what the run looked for")
	}
	return diag.Join(err, diag.Wrap(errors.Join(closed, os.Remove(r.file.Name())), "removing an unfinished record"))
}

// read returns the record as it is now.
func (r *observed) read() (*observation.Record, error) {
	if _, err := r.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return observation.Read(r.file)
}
