package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

// cacheVerbs are what `cache` does.
var cacheVerbs = map[string]func(context.Context, *build.Host, *store.Store, *invocation) error{
	"verify": cacheVerify,
	"stats":  cacheStats,
	"gc":     cacheCollect,
}

// cache does one thing to the store. Results are JSON on stdout where that is
// asked for; for people, `stats` is on stdout and the rest are status lines.
func cache(ctx context.Context, h *build.Host, inv *invocation) error {
	if len(inv.cargo.filter) != 1 || cacheVerbs[inv.cargo.filter[0]] == nil {
		d := usageError("`cargo hermetic cache` takes one of `verify`, `stats` and `gc`")
		if given := strings.Join(inv.cargo.filter, " "); given != "" {
			d = d.Note("given: `%s`", given)
		}
		return d.WithHelp("cargo hermetic cache stats")
	}
	verb := inv.cargo.filter[0]
	for _, flag := range []string{"max-size", "max-age", "dry-run"} {
		if verb != "gc" && inv.cargo.hasFlag(flag) {
			return usageError("`cache %s` has no `--%s`", verb, flag).WithHelp("remove it, or use `cargo hermetic cache gc`")
		}
	}
	st, err := store.Open(h.Store)
	if err != nil {
		return err
	}
	return diag.Join(cacheVerbs[verb](ctx, h, st, inv), st.Close())
}

// cacheVerify reads everything. Damage is the error, exit code 112.
func cacheVerify(ctx context.Context, h *build.Host, st *store.Store, inv *invocation) error {
	var report struct {
		Store   string           `json:"store"`
		Layers  []store.Verified `json:"layers"`
		Damaged int              `json:"damaged"`
		Records int              `json:"records"`
		Removed []string         `json:"records_removed"`
	}
	report.Store, report.Layers, report.Removed = st.Dir(), []store.Verified{}, []string{}
	damage := diag.New(diag.ExitLock, "the store is damaged")
	begin := func(kind, layer string, bytes int64) {
		h.Shell.Status("Verifying", "%s (%s)", layerName(kind, layer), size(bytes))
	}
	err := st.Verify(ctx, begin, func(v store.Verified) error {
		if v.Damage == nil {
			v.Damage = []store.Damage{}
		}
		report.Layers = append(report.Layers, v)
		if len(v.Damage) > 0 {
			report.Damaged++
			noteDamage(damage, v)
		}
		return nil
	})
	if err != nil {
		return err
	}
	sound, removed, err := st.VerifyRecords(ctx)
	if err != nil {
		return err
	}
	report.Records, report.Removed = sound, append(report.Removed, removed...)
	for _, name := range removed {
		h.Shell.Warn("the record `%s` was damaged and is removed: what it said will be found out again", name)
	}
	if inv.format == "json" {
		if err := printJSON(report); err != nil {
			return err
		}
	}
	if report.Damaged == 0 {
		h.Shell.Status("Verified", "%d layers and %d records", len(report.Layers), sound)
		return nil
	}
	damage.Message = fmt.Sprintf("%d of %d layers in the store `%s` are damaged", report.Damaged, len(report.Layers), st.Dir())
	return damage.WithHelp("the next command that needs one makes or fetches it again: cargo hermetic fetch")
}

// shownDamage is how many files of one layer people are told; JSON has them all.
const shownDamage = 10

func noteDamage(d *diag.Diagnostic, v store.Verified) {
	for _, found := range v.Damage[:min(len(v.Damage), shownDamage)] {
		d.Note("%s: `%s` %s", layerName(v.Kind, v.Layer), found.Path, found.What)
	}
	if more := len(v.Damage) - shownDamage; more > 0 {
		d.Note("%s: and %d more", layerName(v.Kind, v.Layer), more)
	}
}

// layerName is a layer for people: `toolchain sha256:0123456789ab`.
func layerName(kind, layer string) string {
	short := strings.TrimPrefix(layer, "sha256:")
	if len(short) > 12 {
		layer = "sha256:" + short[:12]
	}
	if kind == "" {
		return layer
	}
	return kind + " " + layer
}

// cacheCollect makes the store smaller.
func cacheCollect(ctx context.Context, h *build.Host, st *store.Store, inv *invocation) error {
	limits, err := cacheLimits(inv)
	if err != nil {
		return err
	}
	limits.Now, limits.DryRun = h.Now(), inv.dryRun
	done, err := st.Collect(ctx, limits, func() { h.Shell.Status("Blocking", "waiting for another `cache gc` on this store") })
	removed := "Removed"
	if limits.DryRun {
		removed = "Would remove"
	}
	for _, i := range done.Removed { // also before an error
		h.Shell.Status(removed, "%s (%s, last used %s)", itemName(i), size(i.Disk), i.LastUse.Local().Format("2006-01-02 15:04"))
	}
	if err != nil {
		return err
	}
	for _, i := range done.InUse {
		h.Shell.Status("In use", "%s (%s)", itemName(i), size(i.Disk))
	}
	if inv.format == "json" {
		return printJSON(done)
	}
	h.Shell.Status("Left", "%s of %s on disk", size(done.After), size(done.Before))
	if limits.MaxSize == nil && limits.MaxAge == nil {
		h.Shell.Note("without `--max-size` and `--max-age` only what killed commands left is removed")
	}
	return nil
}

// cacheLimits reads the flags.
func cacheLimits(inv *invocation) (store.Limits, error) {
	var limits store.Limits
	if text := inv.cargo.value("max-size"); text != "" {
		bytes, ok := parseSize(text)
		if !ok {
			return limits, usageError("invalid value '%s' for '--max-size <SIZE>'", text).WithHelp("write a number and K, M, G or T, such as 20G or 1.5GiB")
		}
		limits.MaxSize = &bytes
	}
	if text := inv.cargo.value("max-age"); text != "" {
		age, ok := parseAge(text)
		if !ok {
			return limits, usageError("invalid value '%s' for '--max-age <DURATION>'", text).WithHelp("write a number and w, d, h, m or s, such as 30d or 12h")
		}
		limits.MaxAge = &age
	}
	return limits, nil
}

// printJSON prints one document on stdout.
func printJSON(v any) error {
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
