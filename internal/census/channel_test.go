package census

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/rogpeppe/go-internal/txtar"
)

// What is compared between the quiet and the perturbed build.
const (
	howBytes   = "bytes"   // SHA-256 of the binary
	howOutput  = "output"  // what the built program prints
	howOutcome = "outcome" // exit code and first error line of the build
	howMode    = "mode"    // permission bits of the binary
	howLog     = "log"     // the first line with MovedTo of what the build prints
)

// What is asked of ours, as the value of `ours` starts; the last two go on with
// a text after a colon.
const (
	oursSame    = "same"
	oursRefused = "refused" // by a message with that text
	oursOpen    = "open"    // still moved, for that reason
)

// channel is one file of the census. Every string but ID, Title, How, Plain and
// Ours may hold @NAME@ substitutions (see place.expand).
type channel struct {
	ID      string `toml:"id"`       // "A01", as in the name of the file
	Title   string `toml:"title"`    // one line for people
	How     string `toml:"how"`      // one of the how constants
	Plain   string `toml:"plain"`    // always "moved"
	MovedTo string `toml:"moved-to"` // in what plain cargo gives when perturbed, and never when quiet
	Ours    string `toml:"ours"`     // "same", "refused:TEXT" with TEXT in the output of ours, or "open:REASON"
	Alone   bool   `toml:"alone"`    // moves by itself from build to build, without a perturbation

	Args  []string `toml:"args"`  // after `cargo`, default ["build"]
	Dir   string   `toml:"dir"`   // profile directory of ours, default "debug"
	Cwd   string   `toml:"cwd"`   // default @ROOT@
	Cargo string   `toml:"cargo"` // plain cargo, default @TOOLCHAIN@/bin/cargo
	Path  string   `toml:"path"`  // directories put first on PATH

	Linked bool `toml:"linked"` // the place has a toolchain that may be changed, see link

	Needs []string          `toml:"needs"` // shell commands that must succeed here, or the channel is skipped
	Setup []string          `toml:"setup"` // shell commands in the quiet layout, before Cargo.lock is made
	Env   map[string]string `toml:"env"`   // of both layouts, over HOME, CARGO_HOME, PATH

	Perturbation perturbation `toml:"perturbation"`
	Earlier      *earlier     `toml:"earlier"`

	root, before, quiet, ambient []txtar.File // names without the leading section
}

// perturbation is what the perturbed layout has besides the ambient files.
type perturbation struct {
	Env     map[string]string `toml:"env"`     // over the environment of the quiet build
	Cwd     string            `toml:"cwd"`     // instead of the channel's
	Args    []string          `toml:"args"`    // after the channel's
	Root    string            `toml:"root"`    // another place for the root
	Through []string          `toml:"through"` // command that runs the build, which follows as arguments
	FD      string            `toml:"fd"`      // file inherited as descriptor inheritedFD
	Setup   []string          `toml:"setup"`   // shell commands after the layout
	Tamper  []string          `toml:"tamper"`  // shell commands just before the build, after an earlier one
	Listen  string            `toml:"listen"`  // what the loopback listeners say, see voice
}

// earlier is a build that leaves its state behind before the perturbed build.
type earlier struct {
	At  string            `toml:"at"`  // its root, default @ROOT@
	Env map[string]string `toml:"env"` // over the environment of the perturbed build
}

// places are the directories under `ambient/` and `quiet/`.
var places = []string{"parent", "home", "cargo-home", "path", "elsewhere"}

// parseChannel reads one archive. It refuses what it does not know: a
// misspelled section or key would silently perturb nothing.
func parseChannel(name string, data []byte) (*channel, error) {
	archive := txtar.Parse(data)
	c := &channel{Args: []string{"build"}, Dir: "debug", Cwd: "@ROOT@", Cargo: "@TOOLCHAIN@/bin/cargo"}
	decoder := toml.NewDecoder(strings.NewReader(string(archive.Comment))).DisallowUnknownFields()
	if err := decoder.Decode(c); err != nil {
		if strict, ok := errors.AsType[*toml.StrictMissingError](err); ok {
			err = errors.New(strict.String())
		}
		return nil, fmt.Errorf("%s: header: %w", name, err)
	}
	if c.Earlier != nil && c.Earlier.At == "" {
		c.Earlier.At = "@ROOT@"
	}
	for _, file := range archive.Files {
		if err := c.add(file); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := c.check(name); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// add files one section of the archive under the layout it belongs to.
func (c *channel) add(file txtar.File) error {
	section, rest, _ := strings.Cut(file.Name, "/")
	if !filepath.IsLocal(rest) || path.Clean(rest) != rest {
		return fmt.Errorf("section `%s` is not a clean relative path", file.Name)
	}
	place, _, _ := strings.Cut(rest, "/")
	switch {
	case section == "root":
		c.root = append(c.root, txtar.File{Name: rest, Data: file.Data})
	case section == "before":
		c.before = append(c.before, txtar.File{Name: rest, Data: file.Data})
	case section == "quiet" && slices.Contains(places, place):
		c.quiet = append(c.quiet, txtar.File{Name: rest, Data: file.Data})
	case section == "ambient" && slices.Contains(places, place):
		c.ambient = append(c.ambient, txtar.File{Name: rest, Data: file.Data})
	default:
		return fmt.Errorf("section `%s` is in no known place", file.Name)
	}
	return nil
}

// asked takes the value of `ours` apart.
func (c *channel) asked() (kind, text string) {
	kind, text, _ = strings.Cut(c.Ours, ":")
	return kind, strings.TrimSpace(text)
}

// check holds the rules that one field alone cannot break.
func (c *channel) check(name string) error {
	kind, text := c.asked()
	switch {
	case "ch-"+c.ID+".txtar" != filepath.Base(name):
		return fmt.Errorf("id `%s` is not the one in the file name", c.ID)
	case c.Title == "":
		return errors.New("no `title`")
	case !slices.Contains([]string{howBytes, howOutput, howOutcome, howMode, howLog}, c.How):
		return fmt.Errorf("how = `%s` is not bytes, output, outcome, mode or log", c.How)
	case c.Plain != "moved":
		return fmt.Errorf("plain = `%s`: a channel that does not move plain cargo proves nothing", c.Plain)
	case c.Ours != oursSame && ((kind != oursRefused && kind != oursOpen) || text == ""):
		return fmt.Errorf("ours = `%s` is none of same, refused:TEXT and open:REASON", c.Ours)
	case c.Alone && (c.How == howLog || c.MovedTo != "" || len(c.ambient) > 0 || c.Earlier != nil || !reflect.ValueOf(c.Perturbation).IsZero()):
		return errors.New("`alone` with a perturbation, or with what it would move to")
	case !c.Alone && (c.MovedTo == "") != (c.How == howBytes):
		return errors.New("`moved-to` belongs to output, outcome, mode and log, and to them always")
	case len(c.root) == 0:
		return errors.New("no root/ section")
	case c.Earlier == nil && len(c.before) > 0:
		return errors.New("before/ without an [earlier] table")
	}
	return c.checkBefore()
}

// checkBefore asks that an earlier state of the root differs only in files that
// the root has too, so that laying the root again leaves nothing of it behind.
func (c *channel) checkBefore() error {
	if c.Earlier == nil || c.Earlier.At != "@ROOT@" {
		return nil
	}
	for _, file := range c.before {
		if !slices.ContainsFunc(c.root, func(f txtar.File) bool { return f.Name == file.Name }) {
			return fmt.Errorf("before/%s has no counterpart in root/", file.Name)
		}
	}
	return nil
}
