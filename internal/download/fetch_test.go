package download

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
)

func TestFetch(t *testing.T) {
	s := serve(t, file(content))
	r, lines := request(t)
	d := pin(s.URL+"/some/model.bin", content)
	if _, ok, err := Find(t.Context(), r.Store, r.Look, d); ok || err != nil {
		t.Fatal("found before it was fetched", err)
	}
	for range 2 { // the second time it is there
		if err := get(t.Context(), r, d); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(content, stored(t, r, d)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{""}, s.asked()); diff != "" {
		t.Error("requests:", diff)
	}
	if n := kept(t, r, d); n != -1 {
		t.Errorf("%d bytes are left in the downloads", n)
	}
	want := []string{
		"note `" + d.URL + "` is not encrypted: whoever is on the way can read it and exchange it, and only the digest finds that out",
		"Downloading " + d.URL + ", for wants",
		"Downloaded model.bin (1.0 MB) [sha256:" + d.SHA256[:12] + "]",
	}
	if diff := cmp.Diff(want, *lines); diff != "" {
		t.Error(diff)
	}
}

// Whoever serves something else is named, with both digests, and nothing of it is
// in the store.
func TestFetchMismatch(t *testing.T) {
	other := []byte("other bytes")
	s := serve(t, file(other))
	r, _ := request(t)
	d := pin(s.URL+"/model.bin", content)
	err := get(t.Context(), r, d)
	problem, ok := errors.AsType[*diag.Diagnostic](err)
	if !ok || problem.Exit != diag.ExitLock {
		t.Fatal(err)
	}
	want := []string{"pinned:   sha256 " + d.SHA256, "received: sha256 " + pin("", other).SHA256 + " (11 bytes)"}
	if diff := cmp.Diff(want, problem.Notes); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(problem.Message, d.URL) {
		t.Error("the message does not name the URL:", problem.Message)
	}
	if stored(t, r, d) != nil || kept(t, r, d) != -1 {
		t.Error("something of it was kept")
	}
}

// cutting answers with a part of what is asked for, and breaks off.
func cutting(data []byte, most int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		from := 0
		if text, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok {
			var err error
			if from, err = strconv.Atoi(strings.TrimSuffix(text, "-")); err != nil {
				panic(err)
			}
			w.Header().Set("Content-Range", "bytes "+strconv.Itoa(from)+"-"+strconv.Itoa(len(data)-1)+"/"+strconv.Itoa(len(data)))
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(data)-from))
		if from > 0 {
			w.WriteHeader(http.StatusPartialContent)
		}
		end := min(from+most, len(data))
		if _, err := w.Write(data[from:end]); err == nil && end < len(data) {
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
	}
}

// A server that breaks off is asked for the rest.
func TestFetchBroken(t *testing.T) {
	s := serve(t, cutting(content, len(content)/3+1))
	r, _ := request(t)
	d := pin(s.URL, content)
	if err := get(t.Context(), r, d); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(content, stored(t, r, d)); diff != "" {
		t.Error("what was put together is not the file")
	}
	asked := s.asked()
	if len(asked) != 3 || asked[0] != "" || asked[1] == "" || asked[2] == "" || asked[1] == asked[2] {
		t.Errorf("ranges asked for: %q", asked)
	}
}

// What an interrupted fetch brought is used by the next one, of another process
// too.
func TestFetchResumed(t *testing.T) {
	half := len(content) / 2
	for name, c := range map[string]struct {
		left   []byte
		answer http.HandlerFunc
		asked  []string
	}{
		"by a range":           {content[:half], file(content), []string{"bytes=" + strconv.Itoa(half) + "-"}},
		"all is there":         {content, file(content), nil},
		"no ranges":            {content[:half], func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(content) }, []string{"bytes=" + strconv.Itoa(half) + "-"}},
		"of another file":      {[]byte("something else"), file(content), []string{"bytes=14-", ""}},
		"longer than the file": {append([]byte("x"), content...), file(content), []string{"bytes=" + strconv.Itoa(len(content)+1) + "-", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.answer)
			r, _ := request(t)
			d := pin(s.URL, content)
			leave(t, r, d, c.left)
			if err := get(t.Context(), r, d); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(content, stored(t, r, d)); diff != "" {
				t.Error("what was put together is not the file")
			}
			if diff := cmp.Diff(c.asked, s.asked(), cmp.Transformer("", func(l []string) []string { return append([]string{}, l...) })); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// leave puts bytes where an interrupted fetch leaves them.
func leave(t *testing.T, r *Request, d policy.Download, data []byte) {
	t.Helper()
	downloads, err := r.Store.Downloads()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(downloads, partsDir), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(downloads, partsDir, d.SHA256), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What can go wrong on the way, the code it ends with, and what is kept.
func TestFetchErrors(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		limits Limits
		env    map[string]string
		want   string
		exit   int
		kept   int64
	}{
		"not there": {answer: http.NotFound, want: "the server answers `404 Not Found`", exit: diag.ExitFailed, kept: -1},
		"too large": {answer: file(content), limits: Limits{Size: 1000, Total: time.Minute, Idle: time.Minute},
			want: "has more than 1000 bytes", exit: diag.ExitFailed, kept: -1},
		"too large, and does not say so": {answer: func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			_, _ = w.Write(content)
		}, limits: Limits{Size: 1000, Total: time.Minute, Idle: time.Minute}, want: "has more than 1000 bytes", exit: diag.ExitFailed, kept: -1},
		"silent": {answer: func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(content[:5000])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, limits: Limits{Size: 1 << 30, Total: time.Minute, Idle: 100 * time.Millisecond},
			want: "the server sent nothing for 100ms", exit: diag.ExitFailed, kept: 5000},
		"slow": {answer: func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(content[:5000])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, limits: Limits{Size: 1 << 30, Total: 100 * time.Millisecond, Idle: time.Minute},
			want: "it took longer than 100ms", exit: diag.ExitFailed, kept: 5000},
		"breaks off at once": {answer: func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
			want: "EOF", exit: diag.ExitFailed, kept: -1},
		"another part": {answer: func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") == "" {
				cutting(content, 1000)(w, r)
			}
			w.Header().Set("Content-Range", "bytes 0-9/10")
			w.WriteHeader(http.StatusPartialContent)
		}, want: "another part of the file than it was asked for", exit: diag.ExitFailed, kept: -1},
		"to a file": {answer: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}, want: "redirects from `http` to `file`, which is refused", exit: diag.ExitPolicy, kept: -1},
		"to ftp": {answer: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "ftp://127.0.0.1/x", http.StatusMovedPermanently)
		}, want: "redirects from `http` to `ftp`, which is refused", exit: diag.ExitPolicy, kept: -1},
		"in a circle": {answer: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) },
			want: "redirects more than 10 times", exit: diag.ExitFailed, kept: -1},
		"a proxy that is none": {answer: file(content), env: map[string]string{"http_proxy": "::"},
			want: "the proxy variable for `http` does not hold a URL", exit: diag.ExitFailed, kept: -1},
		"no certificates": {answer: file(content), env: map[string]string{"CARGO_HTTP_CAINFO": "/nonexistent"},
			want: "reading the certificates of CARGO_HTTP_CAINFO", exit: diag.ExitFailed, kept: 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.answer)
			r, _ := request(t)
			if c.limits != (Limits{}) {
				r.Limits = c.limits
			}
			if c.env != nil {
				r.Env = c.env
			}
			d := pin(s.URL+"/f", content)
			err := get(t.Context(), r, d)
			if text := strings.Join(diag.Chain(err), ": "); !strings.Contains(text, c.want) || diag.ExitCode(err) != c.exit {
				t.Errorf("error %q with code %d, want %q with %d", text, diag.ExitCode(err), c.want, c.exit)
			}
			if got := kept(t, r, d); got != c.kept && !(c.kept == 0 && got == -1) {
				t.Errorf("%d bytes are kept, want %d", got, c.kept)
			}
			if stored(t, r, d) != nil {
				t.Error("there is a layer")
			}
		})
	}
}

func TestFetchCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(content[:5000])
		w.(http.Flusher).Flush()
		cancel()
		<-r.Context().Done()
	})
	r, _ := request(t)
	if err := get(ctx, r, pin(s.URL, content)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Without a file the store is not even asked for a lock.
func TestFetchNothing(t *testing.T) {
	r, lines := request(t)
	if err := Fetch(t.Context(), r, []policy.Download{{URL: "file:in/the/root"}}); err != nil || len(*lines) > 0 {
		t.Error(err, *lines)
	}
}

// A redirect to the same scheme is followed, and one to https.
func TestCheckRedirect(t *testing.T) {
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"http://a/", "http://b/", true}, {"http://a/", "https://b/", true}, {"https://a/", "https://b/", true},
		{"https://a/", "http://b/", false}, {"https://a/", "file:///b", false}, {"http://a/", "gopher://b/", false},
	} {
		from, err := http.NewRequest(http.MethodGet, c.from, nil)
		if err != nil {
			t.Fatal(err)
		}
		to, err := http.NewRequest(http.MethodGet, c.to, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = checkRedirect(to, []*http.Request{from})
		if (err == nil) != c.ok || err != nil && diag.ExitCode(err) != diag.ExitPolicy {
			t.Errorf("%s to %s: %v", c.from, c.to, err)
		}
	}
}
