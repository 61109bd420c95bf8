package main

import (
	"fmt"
	"strings"
)

// row is what became of a project.
type row struct {
	project project
	crates  int      // that were compiled
	policy  []string // packages of hermetic.toml
	rounds  int      // proposals that were followed
	pinned  bool     // its floating toolchain was pinned to the host's release
	same    bool     // verify's build on another host has the same bytes
	problem string   // empty if all is well
}

func (r row) short() string {
	if r.problem != "" {
		return r.problem
	}
	return fmt.Sprintf("%d crates, built, runs, the same bytes on another host; packages: %s", r.crates, or(strings.Join(r.policy, " "), "none"))
}

func or(text, instead string) string {
	if text == "" {
		return instead
	}
	return text
}

// page is docs/compatibility.md.
func page(host string, rows []row) string {
	var b strings.Builder
	b.WriteString("# Compatibility\n\n")
	b.WriteString("Made by `make compat`, not by hand. Each project is built as it is published, with its own Cargo.lock. Its policy is what\n")
	b.WriteString("`init` wrote, and then, where a build failed, the line of `hermetic.toml` that the failed build proposed: the fourth column\n")
	b.WriteString("says how many times. \"Same\": `verify` built a copy on a host that differs in every way it knows but for load (`verify --vary help`),\n")
	b.WriteString("and every program and library had the same bytes.\n\n")
	fmt.Fprintf(&b, "Host: %s.\n\n", host)
	b.WriteString("| project | in the list for | crates | `[system] packages` (proposals followed) | builds and runs | same |\n")
	b.WriteString("| --- | --- | ---: | --- | --- | --- |\n")
	for _, r := range rows {
		policy, crates, works, same := "none", fmt.Sprint(r.crates), "yes", "yes"
		if len(r.policy) > 0 {
			policy = "`" + strings.Join(r.policy, "`, `") + "`"
		}
		if r.pinned {
			policy += "; its toolchain floats, and was pinned"
		}
		if r.rounds > 0 {
			policy += fmt.Sprintf(" (%d)", r.rounds)
		}
		if r.problem != "" {
			works, same = cell(r.problem), "-"
			if r.crates == 0 {
				crates = "-"
			} else if strings.HasPrefix(r.problem, "differs: ") {
				works, same = "yes", cell(r.problem)
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.project.title(), r.project.why, crates, policy, works, same)
	}
	fmt.Fprintf(&b, "\n%s\n", summary(rows))
	return b.String()
}

// cell is a text that does not end a cell of the table.
func cell(text string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ").Replace(text)
}

func summary(rows []row) string {
	built, same := 0, 0
	for _, r := range rows {
		if r.problem == "" || strings.HasPrefix(r.problem, "differs: ") {
			built++
		}
		if r.same {
			same++
		}
	}
	return fmt.Sprintf("%d projects, %d built and ran, %d with the same bytes on another host.", len(rows), built, same)
}
