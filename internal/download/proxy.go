package download

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// proxies chooses the proxy of a request as cargo does: its own variable, then
// those that libcurl reads. net/http has the same for the environment of the
// process, with other rules: it knows neither CARGO_HTTP_PROXY nor ALL_PROXY, and
// never asks a proxy for an address of this machine.
func proxies(env map[string]string) func(*http.Request) (*url.URL, error) {
	first := func(names ...string) string {
		for _, name := range names {
			if env[name] != "" {
				return env[name]
			}
		}
		return ""
	}
	return func(r *http.Request) (*url.URL, error) {
		var text string
		// Not HTTP_PROXY: a web server sets it for a script from a header of the
		// request, so libcurl ignores it (CVE-2016-5385).
		switch r.URL.Scheme {
		case "https":
			text = first("CARGO_HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
		default:
			text = first("CARGO_HTTP_PROXY", "http_proxy", "all_proxy", "ALL_PROXY")
		}
		if text == "" || exempt(first("no_proxy", "NO_PROXY"), r.URL.Hostname()) {
			return nil, nil
		}
		if !strings.Contains(text, "://") {
			text = "http://" + text
		}
		proxy, err := url.Parse(text)
		if err != nil || proxy.Host == "" {
			return nil, fmt.Errorf("the proxy variable for `%s` does not hold a URL", r.URL.Scheme) // it may hold a password
		}
		return proxy, nil
	}
}

// exempt reports whether a host is in a list such as `example.org, 10.0.0.0/8`, or
// below a name in it; `*` is every host.
func exempt(list, host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	address, notAddress := netip.ParseAddr(host)
	for _, entry := range strings.FieldsFunc(strings.ToLower(list), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if entry == "*" {
			return true
		}
		if network, err := netip.ParsePrefix(entry); err == nil && notAddress == nil && network.Contains(address) {
			return true
		}
		entry = strings.Trim(strings.TrimPrefix(entry, "."), "[]")
		if host == entry || notAddress != nil && entry != "" && strings.HasSuffix(host, "."+entry) {
			return true
		}
	}
	return false
}
