package build

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/download"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// pinned is what a world has of the downloads of a project.
type pinned struct {
	layers []store.Layer
	placed []world.Placed    // sorted by place
	env    map[string]string // for every program of the world
}

// layer returns the layer of a digest.
func (p *pinned) layer(d digest.Digest) (store.Layer, bool) {
	i := slices.IndexFunc(p.layers, func(l store.Layer) bool { return l.Digest == d })
	if i < 0 {
		return store.Layer{}, false
	}
	return p.layers[i], true
}

// add adds a layer once.
func (p *pinned) add(l store.Layer) {
	if _, there := p.layer(l.Digest); !there {
		p.layers = append(p.layers, l)
	}
}

// Why the variables are not for the build script of one crate only: cargo starts
// it, and hands down its own environment; `[env]` of its configuration is for all
// of them too. Whoever wanted to change what one program gets would have to do so
// between fork and exec, which isolation `landlock` cannot. The value is a constant
// path of a file that is in the digest of the world, so another crate learns
// nothing from it.

// downloads brings what the project pins into the world of a command.
func (p *prepared) downloads(ctx context.Context, h *Host, look lookup, o *Options) (err error) {
	list := p.project.Policy.Downloads
	if len(list) == 0 {
		return nil
	}
	if err := p.checkDownloads(list); err != nil {
		return err
	}
	if o.Fetching {
		if err := h.fetchDownloads(ctx, p.store, p.project, o.Offline); err != nil {
			return err
		}
	}
	p.pinned.env = map[string]string{}
	placed := map[string]world.Placed{}
	var beside []download.File
	for _, d := range list {
		layer, err := p.downloadLayer(ctx, look, d, o.Fetching)
		if err != nil {
			return err
		}
		p.pinned.add(layer)
		switch {
		case d.Env != "":
			place := world.DownloadPlace(d.SHA256, d.FileName())
			p.pinned.env[d.Env] = d.Variable(place)
			placed[path.Dir(place)] = world.Placed{Place: path.Dir(place), What: world.Pinned, Digest: layer.Digest}
		case path.IsAbs(d.Path):
			placed[d.Path] = world.Placed{Place: d.Path, What: world.Pinned, Digest: layer.Digest, Path: d.FileName()}
		default:
			beside = append(beside, download.File{Download: d, Layer: layer})
		}
	}
	byDir, err := download.InCrates(beside, func(d policy.Download) (string, error) { return crateDir(p.cargoLock, d) })
	if err != nil {
		return err
	}
	for _, dir := range slices.Sorted(maps.Keys(byDir)) {
		layer, err := download.Crate(ctx, p.store, download.Look(look), p.layers.Crates.Layer, dir, byDir[dir])
		if err != nil {
			return err
		}
		p.pinned.add(layer)
		place := path.Join(world.Crates, dir)
		placed[place] = world.Placed{Place: place, What: world.CrateDir, Digest: layer.Digest}
	}
	for _, place := range slices.Sorted(maps.Keys(placed)) {
		p.pinned.placed = append(p.pinned.placed, placed[place])
	}
	return nil
}

// checkDownloads refuses what could not be put where the policy wants it, before
// anything is fetched.
func (p *prepared) checkDownloads(list []policy.Download) error {
	top, err := systemTop(p.layers.System)
	if err != nil {
		return p.damaged(p.layers.System, err)
	}
	for _, d := range list {
		if err := knownCrate(p.cargoLock, d); err != nil {
			return err
		}
		if d.Path == "" {
			continue
		}
		refuse := func(exit int, help, format string, args ...any) error {
			return diag.New(exit, format, args...).In(d.At.File, d.At.Line, d.At.Column).WithHelp("%s", help)
		}
		if p.isolation == sandbox.Landlock {
			return refuse(diag.ExitIsolation, "use `--isolation namespaces`, or lead the build script to the file by `env`",
				"isolation `%s` cannot mount, so no file can be put at `%s`", p.isolation, d.Path)
		}
		if path.IsAbs(d.Path) {
			if why := world.Unplaceable(d.Path, top); why != "" {
				return refuse(diag.ExitPolicy, fmt.Sprintf("put it below `%s`, at a place of its own such as `/opt/%s`, or use `env`", world.Home, d.FileName()),
					"no file can be put at `%s`: %s", d.Path, why)
			}
			continue
		}
		if p.layers.Crates.Layer.Digest.IsZero() {
			return refuse(diag.ExitPolicy, "put the file into the root, where the crate looks for it, or use `env`",
				"the sources of `%s` are in the root, where nothing is put by `path`", d.Package())
		}
		if _, err := crateDir(p.cargoLock, d); err != nil {
			return err
		}
	}
	return nil
}

// lockedCrates returns the packages outside the workspace that d may mean.
func lockedCrates(locked *cargo.Lockfile, d policy.Download) []string {
	var found []string
	for _, l := range locked.External {
		if l.Name == d.Crate && (d.Version == "" || l.Version == d.Version) {
			found = append(found, l.Name+"-"+l.Version) // as `cargo vendor --versioned-dirs` names it
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// knownCrate refuses a crate that the build does not have: a name that is wrong,
// or a download that nobody needs any more.
func knownCrate(locked *cargo.Lockfile, d policy.Download) error {
	if len(lockedCrates(locked, d)) > 0 || d.Version == "" && slices.Contains(locked.Members, d.Crate) {
		return nil
	}
	return diag.New(diag.ExitPolicy, "there is no crate `%s` in Cargo.lock that could want the download", d.Package()).
		In(d.At.File, d.At.Line, d.At.Column).
		WithHelp("name the crate whose build script wants the file, or remove the `[[download]]`")
}

// crateDir is the directory in the crates layer of the one crate that d means.
func crateDir(locked *cargo.Lockfile, d policy.Download) (string, error) {
	switch found := lockedCrates(locked, d); len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", diag.New(diag.ExitPolicy, "the sources of `%s` are in the root, where nothing is put by `path`", d.Package()).
			In(d.At.File, d.At.Line, d.At.Column).
			WithHelp("put the file into the root, where the crate looks for it, or use `env`")
	default:
		return "", diag.New(diag.ExitPolicy, "`%s` may be each of %s", d.Package(), strings.Join(found, ", ")).
			In(d.At.File, d.At.Line, d.At.Column).
			WithHelp("write the version too: crate = \"%s@VERSION\"", d.Crate)
	}
}

// downloadLayer finds what was downloaded, and never downloads. A file of the root
// is taken from there. fetching says that it was tried before.
func (p *prepared) downloadLayer(ctx context.Context, look lookup, d policy.Download, fetching bool) (store.Layer, error) {
	layer, ok, err := download.Find(ctx, p.store, download.Look(look), d)
	if ok || err != nil {
		return layer, err
	}
	if d.Local() == "" {
		why := "a build never downloads"
		if fetching {
			why = "the network is not to be used"
		}
		return layer, diag.New(diag.ExitFailed, "the download for `%s` is not in the store, and %s", d.Package(), why).
			In(d.At.File, d.At.Line, d.At.Column).
			Note("it is `%s`", d.URL).
			WithHelp("cargo hermetic fetch")
	}
	if Hidden(d.Local()) {
		return layer, diag.New(diag.ExitPolicy, "`%s` is no part of the root: builds write it, or version control", d.Local()).
			In(d.At.File, d.At.Line, d.At.Column).
			WithHelp("keep the file elsewhere in the root")
	}
	if err := download.Take(ctx, p.store, d, p.project.open); err != nil {
		return layer, err
	}
	if layer, ok, err = download.Find(ctx, p.store, download.Look(look), d); err == nil && !ok {
		err = diag.New(diag.ExitFailed, "the layer of `%s` vanished from the store", d.Local())
	}
	return layer, err
}

// fetchDownloads brings the files that the policy pins into the store. Offline it
// does nothing: the build names what is missing.
func (h *Host) fetchDownloads(ctx context.Context, st *store.Store, p *Project, offline bool) error {
	if offline {
		return nil
	}
	return download.Fetch(ctx, &download.Request{
		Store: st, Look: download.Look(h.lookup(st, checkedFirst)), Env: h.Env, Agent: "cargo-hermetic/" + h.Version,
		Limits: download.DefaultLimits, Status: h.Shell.Status, Note: h.Shell.Note,
	}, p.Policy.Downloads)
}

// open opens a regular file of the root, by its path relative to it.
func (p *Project) open(name string) (*os.File, error) {
	root, err := os.OpenRoot(p.Root)
	if err != nil {
		return nil, err
	}
	defer root.Close() // read only: nothing to lose
	f, err := root.OpenFile(name, os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("`%s` is not a regular file", name)
	}
	if err != nil {
		return nil, diag.Join(err, f.Close())
	}
	return f, nil
}
