package download

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Limits bound one transfer.
type Limits struct {
	Size  int64         // bytes of the file
	Total time.Duration // for all of it, with every attempt
	Idle  time.Duration // without a byte
}

// DefaultLimits are generous: they stop what would never end, or fill a disk. The
// largest files that build scripts are known to fetch, libtorch with CUDA, have
// three gigabytes.
var DefaultLimits = Limits{Size: 16 << 30, Total: 6 * time.Hour, Idle: time.Minute}

// maxRedirects is that of browsers, curl and cargo's libcurl alike.
const maxRedirects = 10

// newClient makes a client that takes from the caller's environment what cargo
// takes: proxies, and who signs certificates.
func newClient(env map[string]string) (*http.Client, error) {
	transport := &http.Transport{
		Proxy:                 proxies(env),
		TLSHandshakeTimeout:   30 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		ForceAttemptHTTP2:     true,
		// The digest is of the file, not of what a server makes of it.
		DisableCompression: true,
		TLSClientConfig:    &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if file := env["CARGO_HTTP_CAINFO"]; file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, diag.Wrap(err, "reading the certificates of CARGO_HTTP_CAINFO")
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, diag.New(diag.ExitFailed, "there is no certificate in `%s`, which CARGO_HTTP_CAINFO names", file)
		}
		transport.TLSClientConfig.RootCAs = pool
	}
	return &http.Client{Transport: transport, CheckRedirect: checkRedirect}, nil
}

// checkRedirect follows a redirect to the same scheme, or from `http` to `https`.
func checkRedirect(next *http.Request, via []*http.Request) error {
	last := via[len(via)-1]
	switch {
	case len(via) > maxRedirects:
		return diag.New(diag.ExitFailed, "the server redirects more than %d times", maxRedirects)
	case next.URL.Scheme == last.URL.Scheme, last.URL.Scheme == "http" && next.URL.Scheme == "https":
		return nil
	}
	return diag.New(diag.ExitPolicy, "`%s` redirects from `%s` to `%s`, which is refused", last.URL.Host, last.URL.Scheme, next.URL.Scheme).
		WithHelp("find the place where the file really is, and name that URL")
}
