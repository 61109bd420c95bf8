package download

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProxies(t *testing.T) {
	for name, c := range map[string]struct {
		url  string
		env  map[string]string
		want string // empty for none
	}{
		"nothing":                  {"https://example.org/", nil, ""},
		"https":                    {"https://example.org/", map[string]string{"https_proxy": "http://a:1", "http_proxy": "http://b:1"}, "http://a:1"},
		"https, in capitals":       {"https://example.org/", map[string]string{"HTTPS_PROXY": "http://a:1"}, "http://a:1"},
		"small letters first":      {"https://example.org/", map[string]string{"HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:1"}, "http://b:1"},
		"http":                     {"http://example.org/", map[string]string{"http_proxy": "http://b:1", "https_proxy": "http://a:1"}, "http://b:1"},
		"http, in capitals":        {"http://example.org/", map[string]string{"HTTP_PROXY": "http://b:1"}, ""},
		"all":                      {"http://example.org/", map[string]string{"ALL_PROXY": "socks5h://c:1"}, "socks5h://c:1"},
		"cargo's own":              {"https://example.org/", map[string]string{"CARGO_HTTP_PROXY": "d:1", "https_proxy": "http://a:1"}, "http://d:1"},
		"exempt":                   {"https://example.org/", map[string]string{"https_proxy": "http://a:1", "no_proxy": "localhost, example.org"}, ""},
		"exempt, in capitals":      {"https://example.org/", map[string]string{"https_proxy": "http://a:1", "NO_PROXY": "EXAMPLE.ORG"}, ""},
		"exempt with all below":    {"https://a.b.example.org/", map[string]string{"https_proxy": "http://a:1", "no_proxy": ".example.org"}, ""},
		"another of the same end":  {"https://anexample.org/", map[string]string{"https_proxy": "http://a:1", "no_proxy": "example.org"}, "http://a:1"},
		"exempt: everything":       {"https://example.org/", map[string]string{"https_proxy": "http://a:1", "no_proxy": "*"}, ""},
		"exempt network":           {"http://10.1.2.3:80/", map[string]string{"http_proxy": "http://a:1", "no_proxy": "10.0.0.0/8"}, ""},
		"another network":          {"http://11.1.2.3:80/", map[string]string{"http_proxy": "http://a:1", "no_proxy": "10.0.0.0/8"}, "http://a:1"},
		"exempt address":           {"http://[::1]:80/", map[string]string{"http_proxy": "http://a:1", "no_proxy": "[::1]"}, ""},
		"no suffix of an address":  {"http://10.1.2.3/", map[string]string{"http_proxy": "http://a:1", "no_proxy": "2.3"}, "http://a:1"},
		"this machine, as libcurl": {"http://localhost/", map[string]string{"http_proxy": "http://a:1"}, "http://a:1"},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequest(http.MethodGet, c.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			proxy, err := proxies(c.env)(req)
			if err != nil {
				t.Fatal(err)
			}
			if proxy != nil {
				got = proxy.String()
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A request really goes to the proxy.
func TestFetchThroughProxy(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "nowhere.invalid" {
			t.Errorf("the proxy was asked for %s", r.URL)
		}
		_, _ = w.Write(content)
	})
	r, _ := request(t)
	r.Env = map[string]string{"http_proxy": s.URL}
	d := pin("http://nowhere.invalid/x.bin", content)
	if err := get(t.Context(), r, d); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{""}, s.asked()); diff != "" {
		t.Error(diff)
	}
}

// A server is believed to be who it says only if the caller trusts its
// certificate.
func TestFetchEncrypted(t *testing.T) {
	s := httptest.NewTLSServer(file(content))
	t.Cleanup(s.Close)
	r, lines := request(t)
	d := pin(s.URL+"/x.bin", content)
	if err := get(t.Context(), r, d); err == nil {
		t.Error("a certificate that nobody signed was accepted")
	}
	authority := filepath.Join(t.TempDir(), "ca.pem")
	writePEM(t, authority, s.Certificate().Raw)
	r.Env["CARGO_HTTP_CAINFO"] = authority
	if err := get(t.Context(), r, d); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(content, stored(t, r, d)); diff != "" {
		t.Error("other content is stored")
	}
	for _, line := range *lines {
		if strings.Contains(line, "not encrypted") {
			t.Error(line)
		}
	}
	if err := os.WriteFile(authority, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := get(t.Context(), r, pin(s.URL+"/y.bin", []byte("y"))); err == nil {
		t.Error("a file without a certificate was accepted")
	}
}
