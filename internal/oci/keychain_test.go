package oci

import (
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
)

func TestKeychain(t *testing.T) {
	home := t.TempDir()
	write := func(path, user string) string {
		t.Helper()
		path = filepath.Join(home, path)
		auth := base64.StdEncoding.EncodeToString([]byte(user + ":secret of " + user))
		text := `{"auths": {"registry.example": {"auth": "` + auth + `"}}}`
		if user == "broken" {
			text = text[:len(text)-5]
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("one/.docker/config.json", "docker")
	write("one/.config/containers/auth.json", "podman")
	write("two/.config/containers/auth.json", "podman")
	write("three/config.json", "named")
	write("four/containers/auth.json", "running")
	write("five/.docker/config.json", "broken")
	file := write("file.json", "file")
	at := func(dir string) string { return filepath.Join(home, dir) }
	for label, c := range map[string]struct {
		env  map[string]string
		home string
		repo string
		want string
	}{
		"docker":               {nil, at("one"), "registry.example/a", "docker:secret of docker"},
		"podman":               {nil, at("two"), "registry.example/a", "podman:secret of podman"},
		"DOCKER_CONFIG":        {map[string]string{"DOCKER_CONFIG": at("three")}, at("one"), "registry.example/a", "named:secret of named"},
		"REGISTRY_AUTH_FILE":   {map[string]string{"REGISTRY_AUTH_FILE": file}, at("two"), "registry.example/a", "file:secret of file"},
		"XDG_RUNTIME_DIR":      {map[string]string{"XDG_RUNTIME_DIR": at("four")}, at("two"), "registry.example/a", "running:secret of running"},
		"relative is no place": {map[string]string{"DOCKER_CONFIG": "three"}, "", "registry.example/a", "anonymous"},
		"another registry":     {nil, at("one"), "elsewhere.example/a", "anonymous"},
		"no file":              {nil, at("nothing"), "registry.example/a", "anonymous"},
		"no home":              {nil, "", "registry.example/a", "anonymous"},
		"broken":               {nil, at("five"), "registry.example/a", "error"},
	} {
		t.Run(label, func(t *testing.T) {
			repo, err := name.NewRepository(c.repo)
			if err != nil {
				t.Fatal(err)
			}
			got := "error"
			who, err := Keychain(c.env, c.home).Resolve(repo)
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Error("the error shows a secret:", err)
			}
			if err == nil {
				config, err := who.Authorization()
				if err != nil {
					t.Fatal(err)
				}
				if got = config.Username + ":" + config.Password; got == ":" {
					got = "anonymous"
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(err, diff)
			}
		})
	}
}

// TestEncrypted: without TLS nobody is asked but this machine.
func TestEncrypted(t *testing.T) {
	for url, want := range map[string]bool{
		"https://registry.example/v2/": true, "http://registry.example/v2/": false,
		"http://localhost:5000/v2/": true, "http://127.0.0.1:5000/": true, "http://127.9.9.9/": true, "http://[::1]:5000/": true,
		"http://10.0.0.1/v2/": false, "http://192.168.1.1:5000/": false, "http://localhost.example/": false, "http://registry.local/": false,
	} {
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		asked := false
		response, err := encrypted{roundTrip(func(*http.Request) (*http.Response, error) {
			asked = true
			return &http.Response{Body: http.NoBody}, nil
		})}.RoundTrip(req)
		if asked != want || (err == nil) != want {
			t.Errorf("%s: asked %t, error %v", url, asked, err)
		}
		if response != nil {
			response.Body.Close()
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestReference(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("0123456789abcdef", 4)
	for text, want := range map[string]string{
		"debian" + digest: "debian" + digest, "localhost:5000/a/b" + digest: "localhost:5000/a/b" + digest,
		"debian:12" + digest: "debian:12" + digest,
		"./image":            "./image", "./image" + digest: "./image" + digest, "/srv/i" + digest: "/srv/i" + digest,
		"debian": "", "debian:12": "", "": "", "Debian" + digest: "", "debian@sha256:00": "", "debian@sha512:" + strings.Repeat("00", 64): "",
		"./image@": "", "a b" + digest: "", "debian" + strings.ToUpper(digest): "",
	} {
		ref, err := ParseReference(text)
		if diff := cmp.Diff(want, ref.String()); diff != "" || (err == nil) != (want != "") {
			t.Error(text, err, diff)
		}
	}
}
