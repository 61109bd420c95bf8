package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed all:testdata
var fixtures embed.FS

// layOut puts the sources of a project into dir: as published, or a directory of
// testdata, or a workspace that is made.
func (w *workshop) layOut(ctx context.Context, p project, dir string) error {
	switch {
	case p.version != "":
		return w.published(ctx, p, dir)
	case p.members > 0:
		return makeWorkspace(dir, p.members)
	}
	files, err := fs.Sub(fixtures, "testdata/"+p.name)
	if err == nil {
		err = os.CopyFS(dir, files)
	}
	return err
}

// published unpacks the archive that cargo fetches, with the Cargo.lock in it.
func (w *workshop) published(ctx context.Context, p project, dir string) error {
	home := filepath.Join(w.dir, "fetched")
	out, err := w.command(ctx, w.dir, "env", "CARGO_HOME="+home, "cargo", "info", "-q", p.name+"@"+p.version)
	if err != nil {
		return fmt.Errorf("fetching: %s", firstError(out))
	}
	archives, err := filepath.Glob(filepath.Join(home, "registry", "cache", "*", p.name+"-"+p.version+".crate"))
	if err != nil || len(archives) != 1 {
		return fmt.Errorf("fetching: %d archives of %s", len(archives), p.title())
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if out, err := w.command(ctx, dir, "tar", "-xzf", archives[0], "--strip-components=1"); err != nil {
		return fmt.Errorf("unpacking: %s", firstLine(out))
	}
	return nil
}

// makeWorkspace makes a workspace in which each member uses the one before it and
// one more, and the last one prints how many there are.
func makeWorkspace(dir string, members int) error {
	files := map[string]string{"Cargo.toml": "[workspace]\nresolver = \"2\"\nmembers = [\"members/*\"]\n"}
	for i := range members {
		manifest := fmt.Sprintf("[package]\nname = \"member-%d\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n", i)
		source := "pub fn count() -> u32 { 1 }\n"
		if i > 0 {
			manifest += fmt.Sprintf("member-%d = { path = \"../member-%d\" }\n", i-1, i-1)
			source = fmt.Sprintf("pub fn count() -> u32 { 1 + member_%d::count() }\n", i-1)
		}
		if half := i / 2; half < i-1 {
			manifest += fmt.Sprintf("member-%d = { path = \"../member-%d\" }\n", half, half)
			source += fmt.Sprintf("pub fn half() -> u32 { member_%d::count() }\n", half)
		}
		at := "members/member-" + strconv.Itoa(i) + "/"
		files[at+"Cargo.toml"], files[at+"src/lib.rs"] = manifest, source
		if i == members-1 {
			files[at+"src/main.rs"] = fmt.Sprintf("fn main() { println!(\"{}\", member_%d::count()); }\n", i)
		}
	}
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

var packagesLine = regexp.MustCompile(`(?ms)^packages = \[([^\]]*)\]`)

// packagesOf lists the packages of a hermetic.toml.
func packagesOf(policy string) []string {
	found := packagesLine.FindStringSubmatch(policy)
	if found == nil {
		return nil
	}
	return words(found[1])
}

var comment = regexp.MustCompile(`#[^\n]*`)

func words(list string) []string {
	list = comment.ReplaceAllString(list, "")
	return strings.Fields(strings.NewReplacer(`"`, " ", ",", " ").Replace(list))
}

// addPackages adds packages to a hermetic.toml, and reports whether one was new.
func addPackages(file, list string) (bool, error) {
	data, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		return false, err
	}
	have := packagesOf(string(data))
	before := len(have)
	for _, name := range words(list) {
		if !slices.Contains(have, name) {
			have = append(have, name)
		}
	}
	if len(have) == before {
		return false, nil
	}
	line := `packages = ["` + strings.Join(have, `", "`) + `"]`
	text := string(data)
	switch {
	case packagesLine.MatchString(text):
		text = packagesLine.ReplaceAllLiteralString(text, line)
	case strings.Contains(text, "[system]"):
		text = strings.Replace(text, "[system]", "[system]\n"+line, 1)
	default:
		text += "\n[system]\n" + line + "\n"
	}
	return true, os.WriteFile(file, []byte(text), 0o644)
}
