package cli

import (
	"context"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
)

// layerActions are the first words of `layer`.
var layerActions = []string{"push", "pull"}

// layer moves layers: `layer push REPOSITORY`, `layer pull REPOSITORY`.
func layer(ctx context.Context, h *build.Host, o *build.Options, inv *invocation) error {
	words, only := inv.cargo.filter, inv.cargo.values("layer")
	if len(words) != 2 {
		return usageError("`layer` takes what to do and a repository, and %d words are given", len(words)).
			WithHelp("cargo hermetic layer push REGISTRY/PATH")
	}
	switch words[0] {
	case "push":
		return build.PushLayers(ctx, h, o, words[1], only)
	case "pull":
		return build.PullLayers(ctx, h, o, words[1], only)
	}
	d := usageError("`layer` has no action `%s`", words[0])
	if near := closestName(words[0], layerActions, commandDistance); near != "" {
		return d.WithHelp("an action with a similar name exists: `%s`", near)
	}
	return d.WithHelp("the actions are `push` and `pull`")
}
