// Package toolchain makes the Rust toolchain layer: the toolchain that rustup
// has installed and whose release equals the pin of rust-toolchain.toml,
// whatever its directory is called, or the directory that the pin names by path.
// rustup's proxies are never run; rustup's files are only read. Of a directory
// that rustup did not install nothing is run here: its rustc is part of the
// project, and whoever wants to know its release asks it in a world.
//
// The layer holds the components that the lock names and nothing else, file by
// file as rustup's own manifests list them, so that two machines with
// different extra components still agree. Documentation and rustup's volatile
// records are left out.
//
// A toolchain linked into rustup (`rustup toolchain link`) has no list of files
// and no name that means the same elsewhere. It is refused with that reason.
package toolchain

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// Pin is what a rust-toolchain.toml asks for.
type Pin struct {
	File       string        // where it stands, for messages
	Channel    string        // exact: a release `1.95.0`, or `nightly-2026-04-16`; or ByPath
	Path       string        // of a custom toolchain, as it is written; with ByPath only
	At         diag.Position // of Path
	Components []string      // beyond rustc, cargo and the host's standard library
	Targets    []string      // standard libraries of other targets
}

var (
	// A beta without a number names the latest of its release.
	release = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\d+\.\d+\.\d+(-beta\.\d+)?$`) })
	dated   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(stable|beta|nightly)-\d{4}-\d{2}-\d{2}$`) })
)

// Exact reports whether a channel names one toolchain for ever.
func Exact(channel string) bool {
	return release().MatchString(channel) || dated().MatchString(channel)
}

// ParsePin reads a toolchain file. A channel that names another toolchain
// tomorrow (`stable`, `1.95`, `nightly`) is refused.
func ParsePin(file string, data []byte) (Pin, error) {
	channel, pin := "", Pin{File: file}
	at := diag.Position{File: file, Line: 1} // of the channel
	text := strings.TrimSpace(string(data))
	if isBareName(file, text) {
		channel = text
		before, _, _ := strings.Cut(string(data), text)
		at.Line += strings.Count(before, "\n")
	} else {
		var doc struct {
			Toolchain struct {
				Channel    string   `toml:"channel"`
				Path       string   `toml:"path"`
				Components []string `toml:"components"`
				Targets    []string `toml:"targets"`
				Profile    string   `toml:"profile"`
			} `toml:"toolchain"`
		}
		parsed, err := toml.Parse(diag.ExitFailed, file, data)
		if err != nil {
			return Pin{}, err
		}
		if err := toml.Report(diag.ExitFailed, file, parsed.DecodeLoose(&doc)); err != nil {
			return Pin{}, err
		}
		channel, at = doc.Toolchain.Channel, parsed.At("toolchain", "channel")
		pin.Components, pin.Targets = doc.Toolchain.Components, doc.Toolchain.Targets
		if doc.Toolchain.Path != "" {
			pin.Channel, pin.Path, pin.At = ByPath, doc.Toolchain.Path, parsed.At("toolchain", "path")
			if channel != "" {
				return Pin{}, diag.New(diag.ExitPolicy, "a toolchain file names both a channel and a path").
					In(file, pin.At.Line, pin.At.Column).
					WithHelp("remove one of them; to name a release: channel = \"1.95.0\"")
			}
			return pin, nil
		}
	}
	if channel == "" {
		return Pin{}, diag.New(diag.ExitPolicy, "no toolchain channel is named").
			In(file, 0, 0).
			WithHelp("add an exact release: [toolchain] channel = \"1.95.0\"")
	}
	if !Exact(channel) {
		return Pin{}, diag.New(diag.ExitPolicy, "the toolchain channel `%s` floats: it names another toolchain after the next release", channel).
			In(file, at.Line, at.Column).
			WithHelp("pin an exact one, for example the release that `rustc --version` prints: channel = \"1.95.0\"")
	}
	pin.Channel = channel
	return pin, nil
}

// Encode returns the text of a rust-toolchain.toml that pins channel.
func Encode(channel string) []byte {
	return []byte("[toolchain]\nchannel = \"" + channel + "\"\n")
}

// Missing returns the first of the pin's components and targets that is not in a
// list of rustup's components; empty if all are, or are never part of a layer.
func (p Pin) Missing(components []string, host string) string {
	t := Installed{Components: components, Host: host}
	for _, name := range p.Components {
		if !slices.Contains(unused, name) && !t.has(name) {
			return name
		}
	}
	for _, target := range p.Targets {
		if !t.has("rust-std-" + target) {
			return target
		}
	}
	return ""
}
