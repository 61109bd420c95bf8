package cli

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// pflag alone reads these otherwise than cargo does; see strictArgs.
func TestStrictArgs(t *testing.T) {
	for _, test := range []struct{ line, want, message string }{
		{"-F= x", "-F||x", ""},
		{"-vF= x", "-vF||x", ""},
		{"-Fa= x", "-Fa=|x", ""},
		{"-j -1 x", "-j|-1|x", ""},
		{"--features=-q x", "--features=-q|x", ""},
		{"-v -- -test.v --bin -q", "-v|--|-test.v|--bin|-q", ""},
		{"-v --bin -q", "-v", "a value is required for '--bin <NAME>' but none was supplied"},
		{"-v -test.v", "-v", "unexpected argument '-t' found"},
		{"-v -j -- x", "-v", "a value is required for '--jobs <N>' but none was supplied"},
		{"--unknown --bin", "--unknown", "a value is required for '--bin <NAME>' but none was supplied"},
	} {
		scope := flagScope{rows: rowsOf(onBuild), many: onBuild, interspersed: true}
		args, err := scope.strictArgs(words(test.line))
		got := test
		got.want, got.message = strings.Join(args, "|"), ""
		if d, ok := errors.AsType[*diag.Diagnostic](err); ok {
			got.message = d.Message
		}
		if diff := cmp.Diff(test, got, cmp.AllowUnexported(test)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestOperandsEndFlagsWithoutInterspersion(t *testing.T) {
	scope := flagScope{rows: rowsOf(onRun), many: onRun}
	parsed, err := scope.parse(words("-q prog --release -- -x"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(words("prog --release -- -x"), parsed.operands); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(parsed.uses) != 1 || !parsed.has("quiet") || parsed.dash != -1 {
		t.Errorf("%+v", parsed)
	}
}

func TestUsesBeforeAnErrorAreKept(t *testing.T) {
	scope := flagScope{rows: rowsOf(onBuild), many: onBuild, interspersed: true}
	for _, line := range []string{"-v -h --xyzzy", "-v -h --bin", "-v -h -test.v", "-vh --release=1"} {
		parsed, err := scope.parse(words(line))
		if err == nil || len(parsed.uses) != 2 || !parsed.has("help") {
			t.Errorf("%q: %+v, %v", line, parsed.uses, err)
		}
	}
}

func TestPossibleValuesAreNamed(t *testing.T) {
	for _, line := range []string{"build --color", "build --color=x"} {
		_, err := parseArgs(words(line))
		d, ok := errors.AsType[*diag.Diagnostic](err)
		if !ok {
			t.Fatalf("%q: %v", line, err)
		}
		if diff := cmp.Diff([]string{"possible values: auto, always, never"}, d.Notes); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	}
}
