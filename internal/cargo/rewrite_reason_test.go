package cargo

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// renamed passes the parts through a Rewriter of JSON messages and returns what
// came out, and how many reasons were renamed.
func renamed(t *testing.T, parts ...string) (string, int) {
	t.Helper()
	n := 0
	return rewrite(t, testPairs, RewriteOptions{JSON: true, Reserved: "hermetic-", OnReserved: func() { n++ }}, parts...), n
}

func TestReasons(t *testing.T) {
	for in, want := range map[string]string{
		// Cargo's own, and text about ours.
		`{"reason":"compiler-artifact","package_id":"hermetic-x"}` + "\n":         "=",
		`{"reason":"build-script-executed","reason2":"hermetic-x"}`:               "=",
		`{"reason":"hermetic"}{"reason":"hermeti"}{"reason":""}{"reason":"her`:    "=",
		`{"message":{"rendered":"{\"reason\":\"hermetic-run\"}\n"}}`:              "=",
		`{"message":{"text":"\"reason\":\"hermetic-run\""}}`:                      "=",
		`{"a":["reason","hermetic-run"],"reason","hermetic-x"}`:                   "=",
		`the reason: hermetic-run "reason" "hermetic-run"`:                        "=",
		`{"reason":"her{"reason":"hermetic-x"}`:                                   "=", // no JSON
		`{"reason":["hermetic-run"],"reasons":"hermetic-","xreason":"hermetic-"}`: "=",

		// Forgeries.
		`{"reason":"hermetic-run","program":"/x"}` + "\n":              `{"reason":"inside-hermetic-run","program":"/x"}` + "\n",
		`{"reason":"hermetic-"}`:                                       `{"reason":"inside-hermetic-"}`,
		"\t{ \"x\" : 1 , \"reason\" \t:\n \"hermetic-run\" } ":         "\t{ \"x\" : 1 , \"reason\" \t:\n \"inside-hermetic-run\" } ",
		`{"reason":"x","reason":"hermetic-run"}`:                       `{"reason":"x","reason":"inside-hermetic-run"}`,
		`{"\u0072eas\u006Fn":"\u0068ermetic\u002drun"}`:                `{"\u0072eas\u006Fn":"inside-\u0068ermetic\u002drun"}`,
		`{"REASON":"hermetic-x","rea` + "\u017f" + `on":"hermetic-y"}`: `{"REASON":"inside-hermetic-x","rea` + "\u017f" + `on":"inside-hermetic-y"}`,
		`{"a":{"reason":"hermetic-x"}}`:                                `{"a":{"reason":"inside-hermetic-x"}}`,
		`test x ... {"reason":"hermetic-x"}`:                           `test x ... {"reason":"inside-hermetic-x"}`,
		"an open quote \"\n{\"reason\":\"hermetic-x\"}":                "an open quote \"\n{\"reason\":\"inside-hermetic-x\"}",
		"\"\r{\"reason\":\"hermetic-x\"}":                              "\"\r{\"reason\":\"inside-hermetic-x\"}",
		"\"\v{\"reason\":\"hermetic-x\"}":                              "\"\v{\"reason\":\"inside-hermetic-x\"}",
		"\"\u2028{\"reason\":\"hermetic-x\"}":                          "\"\u2028{\"reason\":\"inside-hermetic-x\"}",
		"\"\u0085{\"reason\":\"hermetic-x\"}":                          "\"\u0085{\"reason\":\"inside-hermetic-x\"}",
		`"\` + "\n" + `{"reason":"hermetic-x"}`:                        `"\` + "\n" + `{"reason":"inside-hermetic-x"}`,
		`{"reason":"\q","reason":"hermetic-x"}`:                        `{"reason":"\q","reason":"inside-hermetic-x"}`,
	} {
		if want == "=" {
			want = in
		}
		got, n := renamed(t, in)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
		if diff := cmp.Diff(strings.Count(want, "inside-"), n); diff != "" {
			t.Errorf("%q: renamed: %s", in, diff)
		}
	}
}

// A stream of text is nobody's messages.
func TestReasonsOfText(t *testing.T) {
	in := `{"reason":"hermetic-run"}` + "\n"
	options := RewriteOptions{Reserved: "hermetic-", OnReserved: func() { t.Error("called") }}
	if diff := cmp.Diff(in, rewrite(t, testPairs, options, in)); diff != "" {
		t.Error(diff)
	}
}

// FuzzReasons reads what comes out as consumers do, line by line for three ideas
// of a line and as one stream of values: none finds a reason of ours. And it
// comes out the same however it went in.
func FuzzReasons(f *testing.F) {
	for _, s := range []string{
		`{"reason":"hermetic-run"}`, "\"\n { \"x\":\"\\\"\",\"Reason\"\t: \"\\u0068ermetic-x\"}", `{"a":{"reason":"x"},"reason":"hermetic-` + "\xff",
		"\"\u2028{\"reason\":\n\"hermetic-x\"}\r", `{"reason":"compiler-message"}` + "\n" + `"reason":"\u00` + "\n" + `{"reason":"hermetic-/hermetic/root"}`,
	} {
		f.Add(s, uint64(1))
	}
	f.Fuzz(func(t *testing.T, s string, seed uint64) {
		got, n := renamed(t, s)
		for name, pieces := range map[string][]string{
			"lines":          strings.Split(got, "\n"),
			"universal":      strings.FieldsFunc(got, func(r rune) bool { return r == '\n' || r == '\r' }),
			"all separators": strings.FieldsFunc(got, func(r rune) bool { return strings.ContainsRune("\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029", r) }),
		} {
			for _, piece := range pieces {
				var message struct {
					Reason string `json:"reason"`
				}
				if json.Unmarshal([]byte(piece), &message) == nil && strings.HasPrefix(message.Reason, "hermetic-") {
					t.Fatalf("%s: %q became %q", name, s, got)
				}
			}
		}
		for stream := json.NewDecoder(strings.NewReader(got)); ; {
			var message any
			err := stream.Decode(&message)
			if object, ok := message.(map[string]any); ok && strings.HasPrefix(fmt.Sprint(object["reason"]), "hermetic-") {
				t.Fatalf("stream: %q became %q", s, got)
			}
			if err != nil {
				if err != io.EOF && json.Valid([]byte(got)) {
					t.Fatal(err)
				}
				break
			}
		}
		random := rand.New(rand.NewPCG(seed, 0))
		var parts []string
		for rest := s; rest != ""; {
			length := 1 + random.IntN(min(len(rest), 1+random.IntN(20)))
			parts, rest = append(parts, rest[:length]), rest[length:]
		}
		again, m := renamed(t, parts...)
		if diff := cmp.Diff(got, again); diff != "" || m != n {
			t.Fatalf("%q: %d and %d renamed: %s", parts, n, m, diff)
		}
	})
}
