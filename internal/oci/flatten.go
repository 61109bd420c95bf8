package oci

import (
	"context"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Tree is what is in an image, looked at and not unpacked yet.
type Tree struct {
	img  *Image
	tree *tree
}

// Flatten reads every archive of an image once, and puts them together. It
// downloads what is not here yet.
func (img *Image) Flatten(ctx context.Context) (*Tree, error) {
	t := &tree{top: newDirectory()}
	left := img.limits.Bytes
	for i, l := range img.layers {
		if err := img.source.local(ctx, l.blob, i+1, len(img.layers)); err != nil {
			return nil, diag.Wrap(err, "fetching the image `%s`", img.Reference.Name)
		}
		var all []entry
		err := img.walk(ctx, l, &left, func(r io.Reader) error {
			return entries(r, func(e entry, _ io.Reader) error {
				t.bytes += e.size
				if t.entries++; t.entries > img.limits.Entries {
					return refuse("it holds more than %d entries", img.limits.Entries)
				}
				if t.bytes > img.limits.Bytes {
					return tooLarge()
				}
				all = append(all, e)
				return nil
			})
		})
		if err == nil {
			err = t.apply(i, all)
		}
		if err != nil {
			return nil, diag.Wrap(err, "reading archive %d of the image `%s`", i+1, img.Reference.Name)
		}
	}
	return &Tree{img, t}, nil
}

// Resolve returns the name, without links, of what a process in the image would
// find under a name, and whether it is a regular file. What is not there is
// fs.ErrNotExist.
func (t *Tree) Resolve(name string) (at string, regular bool, err error) {
	at, n, err := t.tree.resolve(name)
	return at, err == nil && n.kind == 0, err
}

// Keep decides what of an image is taken, by its name and whether it, or a
// directory above it, is closed to users other than owner and group.
type Keep func(name string, closed bool) bool

// All takes everything.
func All(string, bool) bool { return true }

// selected is one name that is taken.
type selected struct {
	name string
	*node
}

// choose lists what is taken, directories before what is in them. Of a
// directory that is not taken nothing is.
func (t *Tree) choose(keep Keep) ([]selected, error) {
	var list []selected
	var visit func(dir string, n *node, closed bool) error
	visit = func(dir string, n *node, closed bool) error {
		for _, base := range slices.Sorted(maps.Keys(n.children)) {
			child, name := n.children[base], path.Join(dir, base)
			shut := closed || child.closed
			if !keep(name, shut) {
				continue
			}
			switch child.kind {
			case 0, fs.ModeSymlink:
				list = append(list, selected{name, child})
			case fs.ModeDir:
				list = append(list, selected{name, child})
				if err := visit(name, child, shut); err != nil {
					return err
				}
			default:
				return refuse("`%s` in the image `%s` is a device or a fifo", name, t.img.Reference.Name)
			}
		}
		return nil
	}
	return list, visit("", t.tree.top, false)
}
