package attest

// Taking values out of what was scanned. What is missing or of another type is
// the zero value, without an error: a statement is believed only if writing the
// result again gives the same bytes, and then nothing was missing.

func text(v any) string   { s, _ := v.(string); return s }
func number(v any) int64  { n, _ := v.(int64); return n }
func truth(v any) bool    { b, _ := v.(bool); return b }
func fields(v any) object { o, _ := v.(object); return o }
func list(v any) []any    { l, _ := v.([]any); return l }
func at(v any, path ...string) any {
	for _, key := range path {
		v = fields(v)[key]
	}
	return v
}

// textList is a list of strings; nil if it is empty.
func textList(v any) []string {
	var out []string
	for _, e := range list(v) {
		out = append(out, text(e))
	}
	return out
}
