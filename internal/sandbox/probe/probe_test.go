//go:build linux

package probe_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/advice"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/probe"
)

func TestMain(m *testing.M) {
	if probe.IsChild(os.Args) {
		probe.ChildMain()
	}
	os.Exit(m.Run())
}

func TestTable(t *testing.T) {
	results, err := probe.Table(context.Background(), advice.Look("/", nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		fmt.Printf("%-20s %-8s %6.1fms %s %s %s %s\n", r.Name, r.State, r.Milliseconds, r.Value, r.Error, r.ErrnoName, r.Reason)
	}
}
