package system

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// The links of a layer that no package lists: those that a host makes of its
// packages. Each is taken only where it leads to something in the layer.

// addHops takes links on the way to an entry, so that the name by which a
// package lists it works in the layer.
func (p *plan) addHops(hops []hop) {
	for _, h := range hops {
		if _, there := p.entries[h.name]; !there && !leftOut(h.name) {
			p.entries[h.name] = entry{target: h.target}
		}
	}
}

// addMerged takes the links of the root that merge directories into usr, where
// they lead to something in the layer. Packages list their files through them
// or around them, and every executable names its loader through one.
func (p *plan) addMerged() error {
	names, err := p.tree.readDir("")
	if err != nil {
		return diag.Wrap(err, "reading the root directory")
	}
	for _, name := range names {
		if !isMergedName(name) {
			continue
		}
		if err := p.addChain(name); err != nil {
			return err
		}
	}
	return nil
}

// addChain takes all links from name to its end, where that end is in the
// layer. Links that lead nowhere, or to what the layer has not, stay out.
func (p *plan) addChain(name string) error {
	at, err := p.tree.walk(name, true)
	if leadsNowhere(err) {
		return nil
	}
	if err != nil {
		return diag.Wrap(err, "following the links from `%s`", p.tree.host(name))
	}
	if !p.holds(at) {
		return nil
	}
	for _, h := range at.hops {
		if leftOut(h.name) {
			return nil
		}
	}
	p.addHops(at.hops)
	return nil
}

// leadsNowhere reports whether a link of the host ends at a missing name, or
// in a directory that we may not search, such as the home of root. Neither can
// be a captured file, and alternatives of the host that have nothing to do
// with the layer must not stop a capture.
func leadsNowhere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}

// addAlternative takes the public link and the link to the present choice,
// where that choice is in the layer; otherwise to the best one that is.
func (p *plan) addAlternative(a alternative) error {
	if a.name == "" {
		return p.addChain(a.link)
	}
	present, err := p.leadsInside(alternativesDir + a.master)
	if err != nil {
		return err
	}
	if !present {
		return p.addBestAlternative(a)
	}
	if err := p.addChain(alternativesDir + a.name); err != nil {
		return err
	}
	at, err := p.tree.walk(a.link, true)
	if leadsNowhere(err) {
		return nil
	}
	if err != nil {
		return diag.Wrap(err, "following the alternative `%s`", a.name)
	}
	// A public link that the administrator pointed elsewhere is not the
	// alternative's any more.
	for _, h := range at.hops {
		if h.name == alternativesDir+a.name {
			return p.addChain(a.link)
		}
	}
	return nil
}

const alternativesDir = "etc/alternatives/"

// addBestAlternative makes the links as they would be on a host with the layer's
// packages only: an administrator who prefers clang as cc must not take gcc's
// name for it out of a layer that has gcc and no clang.
func (p *plan) addBestAlternative(a alternative) error {
	var best choice
	found := false
	for _, c := range a.choices {
		inside, err := p.leadsInside(c.of)
		if err != nil {
			return err
		}
		if inside && (!found || c.priority > best.priority) {
			best, found = c, true
		}
	}
	if !found || best.file == "" {
		return nil
	}
	inside, err := p.leadsInside(best.file)
	if err != nil || !inside {
		return err
	}
	target := "/" + alternativesDir + a.name
	link, err := p.tree.walk(a.link, false)
	switch {
	case errors.Is(err, fs.ErrNotExist) && path.Base(link.name) == path.Base(a.link):
		// A slave that the present choice has not: its directory is there.
	case leadsNowhere(err) || err == nil && link.node.target != target:
		return nil
	case err != nil:
		return diag.Wrap(err, "following the alternative `%s`", a.name)
	}
	p.addHops(append(link.hops, hop{link.name, target}, hop{alternativesDir + a.name, "/" + best.file}))
	return p.addChain(best.file)
}

// leadsInside reports whether a name leads to something in the layer.
func (p *plan) leadsInside(name string) (bool, error) {
	at, err := p.tree.walk(name, true)
	if leadsNowhere(err) {
		return false, nil
	}
	if err != nil {
		return false, diag.Wrap(err, "following the links from `%s`", p.tree.host(name))
	}
	return p.holds(at), nil
}

// addLibrary takes the links by which the loader finds a library.
func (p *plan) addLibrary(name string) error {
	at, err := p.tree.walk(name, true)
	if err != nil {
		return diag.Wrap(err, "following the library `%s`", p.tree.host(name))
	}
	if !p.holds(at) {
		return fmt.Errorf("the library `%s` was found in a package at first, and is not in its files now", p.tree.host(name))
	}
	p.addHops(at.hops)
	return nil
}

// addSkeleton returns the canonical name of a skeleton directory, which on the
// host may be absent, or behind links. Links that lead out of what a layer
// holds are not guessed around.
func (p *plan) addSkeleton(name string) (string, error) {
	at, err := p.tree.walk(name, true)
	switch {
	case errors.Is(err, fs.ErrNotExist) && len(at.hops) == 0:
		return name, nil
	case err != nil:
		return "", diag.Wrap(err, "looking at the directory `%s`", p.tree.host(name))
	case !at.node.mode.IsDir() || leftOut(at.name):
		return "", fmt.Errorf("`%s` is not a directory that a layer can hold: it leads to `%s`", p.tree.host(name), p.tree.host(at.name))
	}
	p.addHops(at.hops)
	return at.name, nil
}
