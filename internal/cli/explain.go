package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/explain"
)

// explainCode prints what a code means that stands behind a note, or lists all
// codes. It needs no project.
func explainCode(inv *invocation) error {
	codes := inv.cargo.filter
	if len(codes) > 1 {
		return usageError("unexpected argument '%s' found", codes[1]).WithHelp("explain one code at a time: cargo hermetic explain %s", codes[0])
	}
	text, err := "", error(nil)
	if len(codes) == 1 {
		text, err = explain.Text(codes[0])
	}
	switch {
	case err != nil:
		return err
	case inv.format == "json":
		err = explainJSON(codes, text)
	case len(codes) == 1:
		_, err = os.Stdout.WriteString(text)
	default:
		var b strings.Builder
		for _, c := range explain.Codes() {
			fmt.Fprintf(&b, "%s  %s\n", c.Code, c.Title)
		}
		b.WriteString("\nRun `cargo hermetic explain CODE` for what it means, why, and how to allow it.\n")
		_, err = os.Stdout.WriteString(b.String())
	}
	return err
}

// explainJSON prints the list, or one code with its text, for programs.
func explainJSON(codes []string, text string) error {
	type entry struct {
		Code  explain.Code `json:"code"`
		Title string       `json:"title"`
		Text  string       `json:"text,omitempty"`
	}
	var data []byte
	var err error
	entries := []entry{}
	for _, c := range explain.Codes() {
		if len(codes) == 0 {
			entries = append(entries, entry{c.Code, c.Title, ""})
		} else if strings.EqualFold(string(c.Code), codes[0]) {
			entries = append(entries, entry{c.Code, c.Title, text})
		}
	}
	if len(codes) == 0 {
		data, err = json.MarshalIndent(entries, "", "  ")
	} else {
		data, err = json.MarshalIndent(entries[0], "", "  ")
	}
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(append(data, '\n'))
	return err
}
