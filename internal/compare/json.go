package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// maxJSON bounds a text that is read as JSON, in bytes; a value takes many times
// its text. Its depth is bounded by encoding/json.
const maxJSON = 4 << 20

// maxKeys is how deep keys are followed. Values below are compared as texts,
// which are made anew at each level.
const maxKeys = 32

// asJSON compares values by their keys. What is no single value, or differs in
// its text only, is compared line by line.
func asJSON(c *comparison, d *Difference, a, b Artifact) error {
	left, err := readJSON(a)
	if err != nil {
		return err
	}
	right, err := readJSON(b)
	if err != nil {
		return err
	}
	if left != nil && right != nil {
		c.jsonValues(d, "$", *left, *right, maxKeys)
	}
	if len(d.Inside)+d.More == 0 {
		return asText(c, d, a, b)
	}
	return nil
}

// readJSON reads one value, nil if the text is none.
func readJSON(a Artifact) (*any, error) {
	if a.Size > maxJSON {
		return nil, nil
	}
	data, err := a.read(0, a.Size, maxJSON)
	if err != nil {
		return nil, err
	}
	r := json.NewDecoder(bytes.NewReader(data))
	r.UseNumber()
	var value any
	if err := r.Decode(&value); err != nil {
		return nil, nil
	}
	if _, err := r.Token(); err != io.EOF {
		return nil, nil
	}
	return &value, nil
}

// jsonValues compares two values at one place. Arrays of the same texts in
// another order are one finding.
func (c *comparison) jsonValues(d *Difference, key string, a, b any, deeper int) {
	if len(d.Inside) >= perPart {
		if jsonText(a) != jsonText(b) {
			d.More++
		}
		return
	}
	switch left := a.(type) {
	case map[string]any:
		if right, ok := b.(map[string]any); ok && deeper > 0 {
			for _, name := range slices.Sorted(maps.Keys(left)) {
				other, ok := right[name]
				if !ok {
					c.add(d, only(key+"."+name, true, jsonText(left[name])))
					continue
				}
				c.jsonValues(d, key+"."+name, left[name], other, deeper-1)
			}
			for _, name := range slices.Sorted(maps.Keys(right)) {
				if _, ok := left[name]; !ok {
					c.add(d, only(key+"."+name, false, jsonText(right[name])))
				}
			}
			return
		}
	case []any:
		if right, ok := b.([]any); ok && deeper > 0 {
			c.jsonArrays(d, key, left, right, deeper)
			return
		}
	}
	if x, y := jsonText(a), jsonText(b); x != y {
		left, right := narrow([]byte(x), []byte(y))
		c.add(d, &Difference{Kind: KindKey, Name: escapeName(key), A: left.excerpt(), B: right.excerpt(), Causes: c.classify(left, right)})
	}
}

func (c *comparison) jsonArrays(d *Difference, key string, a, b []any, deeper int) {
	if len(a) == len(b) {
		left, right := jsonItems(a), jsonItems(b)
		same := slices.EqualFunc(left, right, func(x, y item) bool { return bytes.Equal(x.text, y.text) })
		if n := sameItems(left, right); n > 0 && !same {
			c.add(d, &Difference{Kind: KindOrder, Name: escapeName(key), A: value("%s", jsonText(a)), B: value("%s", jsonText(b)),
				Causes: []Cause{known(Order, "the same %d values in another order", n)}})
			return
		}
	}
	for i := range max(len(a), len(b)) {
		place := key + "[" + strconv.Itoa(i) + "]"
		switch {
		case i >= min(len(a), len(b)) && len(d.Inside) >= perPart:
			d.More++
		case i >= len(a):
			c.add(d, only(place, false, jsonText(b[i])))
		case i >= len(b):
			c.add(d, only(place, true, jsonText(a[i])))
		default:
			c.jsonValues(d, place, a[i], b[i], deeper-1)
		}
	}
}

func jsonItems(list []any) []item {
	items := make([]item, len(list))
	for i, v := range list {
		items[i] = item{text: []byte(jsonText(v))}
	}
	return items
}

// jsonText is the text of a value, with its keys sorted.
func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // a value that was read can be written
		return fmt.Sprint(v)
	}
	return string(text)
}
