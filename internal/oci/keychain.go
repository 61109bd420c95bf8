package oci

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Keychain returns the credentials that the user gave to docker or podman, from
// the first of these files that is there: `config.json` in DOCKER_CONFIG or
// ~/.docker; REGISTRY_AUTH_FILE; `containers/auth.json` in XDG_RUNTIME_DIR or in
// XDG_CONFIG_HOME. A credential helper that the file names is run. No file means
// no credentials; one that cannot be read is an error, not an anonymous request.
//
// The registry library has the same, and reads the environment of the process.
func Keychain(env map[string]string, home string) authn.Keychain {
	return &keychain{file: sync.OnceValues(func() (*configfile.ConfigFile, error) { return readCredentials(env, home) })}
}

type keychain struct {
	file func() (*configfile.ConfigFile, error)
}

// Resolve implements authn.Keychain.
func (k *keychain) Resolve(target authn.Resource) (authn.Authenticator, error) {
	file, err := k.file()
	if err != nil || file == nil {
		return authn.Anonymous, err
	}
	// The more exact first: credentials may be for one repository.
	for _, key := range []string{target.String(), target.RegistryStr()} {
		if key == name.DefaultRegistry {
			key = authn.DefaultAuthKey
		}
		c, err := file.GetAuthConfig(key)
		if err != nil {
			return nil, diag.Wrap(err, "looking for credentials for `%s`", target.RegistryStr())
		}
		c.ServerAddress = "" // repeats the question
		if c != (types.AuthConfig{}) {
			return authn.FromConfig(authn.AuthConfig{
				Username: c.Username, Password: c.Password, Auth: c.Auth,
				IdentityToken: c.IdentityToken, RegistryToken: c.RegistryToken,
			}), nil
		}
	}
	return authn.Anonymous, nil
}

// readCredentials returns nil where there is no file.
func readCredentials(env map[string]string, home string) (*configfile.ConfigFile, error) {
	for _, path := range credentialFiles(env, home) {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, diag.Wrap(err, "reading credentials for registries")
		}
		read, err := config.LoadFromReader(f)
		if err := diag.Join(err, f.Close()); err != nil {
			// The cause may quote what it could not read.
			return nil, diag.New(diag.ExitFailed, "the credentials for registries in `%s` cannot be read", path).
				WithHelp("docker login REGISTRY")
		}
		return read, nil
	}
	return nil, nil
}

func credentialFiles(env map[string]string, home string) []string {
	var files []string
	add := func(dir string, parts ...string) {
		if filepath.IsAbs(dir) {
			files = append(files, filepath.Join(append([]string{dir}, parts...)...))
		}
	}
	docker, settings := env["DOCKER_CONFIG"], env["XDG_CONFIG_HOME"]
	if docker == "" && home != "" {
		docker = filepath.Join(home, ".docker")
	}
	if settings == "" && home != "" {
		settings = filepath.Join(home, ".config")
	}
	add(docker, "config.json")
	add(env["REGISTRY_AUTH_FILE"])
	add(env["XDG_RUNTIME_DIR"], "containers", "auth.json")
	add(settings, "containers", "auth.json")
	return files
}
