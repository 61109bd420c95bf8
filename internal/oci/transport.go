package oci

import (
	"net"
	"net/http"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// encrypted refuses to talk without TLS to another machine. The registry library
// falls back to plain HTTP for addresses that look private, and a registry or
// who answers in its place may redirect to anywhere: content would be compared
// with its digest, but credentials would be readable on the way.
type encrypted struct{ base http.RoundTripper }

func (e encrypted) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "https" && !loopback(req.URL.Hostname()) {
		return nil, diag.New(diag.ExitPolicy, "refusing to talk to `%s` without TLS", req.URL.Host).
			Note("only a registry on this machine itself may be asked in plain HTTP").
			WithHelp("give the registry a certificate, and name the one who signed it in SSL_CERT_FILE")
	}
	return e.base.RoundTrip(req)
}

// loopback reports whether a host name means this machine. RFC 6761 reserves
// `localhost` for that.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
