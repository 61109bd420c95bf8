package download

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// TestUnpinned: what a server has comes as it is, or not at all, and always within the
// bounds.
func TestUnpinned(t *testing.T) {
	some := Limits{Size: int64(len(content)), Total: time.Minute, Idle: time.Minute}
	waits := func(w http.ResponseWriter, r *http.Request) {
		w.Write(content[:100])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		limits Limits
		says   string // in the error; empty for success
		exit   int
	}{
		"a file":       {file(content), some, "", 0},
		"announced":    {file(append([]byte("x"), content...)), some, "which is the most that is taken", diag.ExitFailed},
		"without end":  {func(w http.ResponseWriter, r *http.Request) { writeUntilRefused(w) }, some, "which is the most that is taken", diag.ExitFailed},
		"not there":    {http.NotFound, some, "the server answers `404", diag.ExitFailed},
		"breaks off":   {cutting(content, 100), some, "the transfer broke off", diag.ExitFailed},
		"sends no end": {waits, Limits{some.Size, time.Minute, 50 * time.Millisecond}, "the server sent nothing for 50ms", diag.ExitFailed},
		"takes long":   {waits, Limits{some.Size, 50 * time.Millisecond, time.Minute}, "it took longer than 50ms", diag.ExitFailed},
		"a part": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", "bytes 0-9/100")
			w.WriteHeader(http.StatusPartialContent)
			w.Write(content[:10])
		}, some, "`Partial Content`", diag.ExitFailed},
		"leads elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "ftp://127.0.0.1/x", http.StatusFound)
		},
			some, "redirects from `http` to `ftp`", diag.ExitPolicy},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.answer)
			to, err := os.Create(filepath.Join(t.TempDir(), "file"))
			if err != nil {
				t.Fatal(err)
			}
			defer to.Close()
			u := &Unpinned{URL: s.URL + "/app", Env: map[string]string{}, Agent: "test/1", Limits: c.limits}
			err = u.Fetch(t.Context(), to)
			if diff := cmp.Diff([]string{""}, s.asked()); diff != "" {
				t.Error("requests:", diff)
			}
			if c.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				got, err := os.ReadFile(to.Name())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(content), string(got)); diff != "" {
					t.Error(diff)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.says) || diag.ExitCode(err) != c.exit {
				t.Errorf("exit %d: %v", diag.ExitCode(err), err)
			}
		})
	}
}

// writeUntilRefused sends more and more without saying how much it will be.
func writeUntilRefused(w http.ResponseWriter) {
	for {
		if _, err := w.Write(content); err != nil {
			return
		}
	}
}
