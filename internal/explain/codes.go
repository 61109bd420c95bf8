package explain

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Code names a kind of explanation. Codes are part of the interface:
// append-only, never reused.
type Code string

// Codes. H00x are files of packages, H01x the network, H02x variables, H03x
// files of the user, H04x and H05x what the kernel refuses, H06x what no record
// is needed for.
const (
	Program     Code = "H001"
	Header      Code = "H002"
	Library     Code = "H003"
	PkgConfig   Code = "H004"
	Shared      Code = "H005"
	Interpreter Code = "H006"
	SystemFile  Code = "H007"
	Component   Code = "H008"
	Compiler    Code = "H009"
	Network     Code = "H010"
	Service     Code = "H011"
	Variable    Code = "H020"
	Outside     Code = "H030"
	Home        Code = "H031"
	Hidden      Code = "H032"
	Write       Code = "H040"
	Trace       Code = "H050"
	CargoLock   Code = "H060"
	Killed      Code = "H061"
)

//go:embed codes/*.txt
var texts embed.FS

// Entry is a code and what it is about, in a few words.
type Entry struct {
	Code  Code
	Title string
}

// Codes returns every code, in order.
func Codes() []Entry {
	var list []Entry
	entries, err := fs.ReadDir(texts, "codes")
	if err != nil {
		panic("explain: " + err.Error()) // they are part of the program
	}
	for _, e := range entries {
		code := strings.TrimSuffix(e.Name(), ".txt")
		text, err := Text(code)
		if err != nil {
			panic("explain: " + err.Error())
		}
		title, _, _ := strings.Cut(text, "\n")
		list = append(list, Entry{Code(code), strings.TrimPrefix(title, code+": ")})
	}
	return list // fs.ReadDir sorts
}

// Text returns the long text of a code: what it means, why, how to allow it, an
// example. The code may be written in lower case.
func Text(code string) (string, error) {
	name := strings.ToUpper(code)
	if len(name) != len("H000") || strings.Trim(name[1:], "0123456789") != "" {
		return "", unknownCode(code)
	}
	data, err := texts.ReadFile(fmt.Sprintf("codes/%s.txt", name))
	if err != nil {
		return "", unknownCode(code)
	}
	return string(data), nil
}

func unknownCode(code string) error {
	return diag.New(diag.ExitUsage, "there is no explanation with the code %s", quoted(code)).
		WithHelp("list all codes with `cargo hermetic explain`")
}
