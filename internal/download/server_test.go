package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

// content is what the tests download: longer than one read.
var content = []byte(strings.Repeat("what a build script wants\n", 40_000))

// pin is a download of bytes.
func pin(url string, data []byte) policy.Download {
	sum := sha256.Sum256(data)
	return policy.Download{URL: url, SHA256: hex.EncodeToString(sum[:]), Crate: "wants", At: diag.Position{File: "hermetic.toml", Line: 3, Column: 1}}
}

// server is a real one that remembers what it was asked.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	ranges []string // of each request
}

func serve(t *testing.T, answer http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.ranges = append(s.ranges, r.Header.Get("Range"))
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.ranges...)
}

// request makes a request on a store of its own. The lines that it prints go to
// the list.
func request(t *testing.T) (*Request, *[]string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	var lines []string
	return &Request{
		Store: st, Look: st.Layer, Env: map[string]string{}, Agent: "test/1", Limits: DefaultLimits,
		Status: func(verb, format string, args ...any) { lines = append(lines, verb+" "+fmt.Sprintf(format, args...)) },
		Note:   func(format string, args ...any) { lines = append(lines, "note "+fmt.Sprintf(format, args...)) },
	}, &lines
}

// stored returns the bytes that the store has for d; nil without any.
func stored(t *testing.T, r *Request, d policy.Download) []byte {
	t.Helper()
	layer, ok, err := Find(t.Context(), r.Store, r.Look, d)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return nil
	}
	data, err := os.ReadFile(filepath.Join(layer.Dir, d.FileName()))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// kept is how much of d an interrupted fetch left; -1 for no file.
func kept(t *testing.T, r *Request, d policy.Download) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(r.Store.Dir(), "downloads", partsDir, d.SHA256))
	if os.IsNotExist(err) {
		return -1
	}
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// get fetches one file.
func get(ctx context.Context, r *Request, d policy.Download) error {
	return Fetch(ctx, r, []policy.Download{d})
}

// file answers as a server of files does, ranges included.
func file(data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(data)))
	}
}
