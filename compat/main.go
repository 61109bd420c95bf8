// Command compat builds published projects as a user would and writes
// docs/compatibility.md from what happened: which project, how many crates, what
// policy it needed, whether it built, whether its program runs, and whether a second
// build in another directory gave the same bytes.
//
// The policy of a project is not written by anybody: where a build fails, the line of
// hermetic.toml that the failed build proposes is added, and the build is tried again.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

func main() {
	only := flag.String("only", "", "names of projects, separated by commas; the table is printed and not written")
	keep := flag.Bool("keep", false, "keep the directory of the builds, and say where it is")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *only, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run builds the projects and writes the table.
func run(ctx context.Context, only string, keep bool) (err error) {
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	w, err := newWorkshop(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if keep {
			fmt.Fprintln(os.Stderr, "kept:", w.dir)
			return
		}
		err = errors.Join(err, fsx.RemoveTree(w.dir))
	}()
	var rows []row
	for _, p := range chosen {
		r := w.try(ctx, p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fmt.Printf("%-24s %s\n", p.title(), r.short())
		rows = append(rows, r)
	}
	text := page(w.host(ctx), rows)
	if only != "" {
		fmt.Print("\n", text)
		return nil
	}
	fmt.Println(summary(rows))
	return fsx.WriteFile(filepath.Join("docs", "compatibility.md"), []byte(text), 0o644)
}

// choose returns the projects that are named, all without a name.
func choose(only string) ([]project, error) {
	if only == "" {
		return projects, nil
	}
	var chosen []project
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(projects, func(p project) bool { return p.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no project `%s` in compat/projects.go", name)
		}
		chosen = append(chosen, projects[i])
	}
	return chosen, nil
}
