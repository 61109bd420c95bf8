package toml

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Decode is strict: it fills the struct that v points to and returns every
// unknown key and every value of the wrong type, in the order of the document.
// It panics if v is not a pointer to a struct of supported types, since that is
// a mistake of the program and not of the file.
func (d *Document) Decode(v any) []Problem { return d.decode(v, true) }

// DecodeLoose is Decode without the unknown keys.
func (d *Document) DecodeLoose(v any) []Problem { return d.decode(v, false) }

func (d *Document) decode(v any, strict bool) []Problem {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() || target.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("toml: cannot decode a document into %T", v))
	}
	a := &assignment{document: d, strict: strict, known: map[reflect.Type]map[string][]int{}}
	a.table(target.Elem(), d.values, nil)
	return d.place(a.findings)
}

// assignment carries values from a document into a Go value.
type assignment struct {
	document *Document
	strict   bool
	known    map[reflect.Type]map[string][]int // fieldsOf, remembered
	findings []finding
}

// finding is a problem whose place is still a byte offset.
type finding struct {
	offset int
	Problem
}

func (a *assignment) report(offset int, p Problem) {
	a.findings = append(a.findings, finding{offset, p})
}

// mismatch reports a value of the wrong type.
func (a *assignment) mismatch(path []any, want string, got any) {
	a.report(a.document.valueOffset(path), Problem{
		Message: fmt.Sprintf("`%s` must be %s, but is %s", Key(path...), want, typeName(got)),
	})
}

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

// assign stores one TOML value.
func (a *assignment) assign(to reflect.Value, from any, path []any) {
	if to.CanAddr() && to.Addr().Type().Implements(textUnmarshaler) {
		a.text(to, from, path)
		return
	}
	switch to.Kind() {
	case reflect.Pointer:
		if to.IsNil() {
			to.Set(reflect.New(to.Type().Elem()))
		}
		a.assign(to.Elem(), from, path)
	case reflect.Interface:
		if to.NumMethod() > 0 {
			panic("toml: cannot decode into " + to.Type().String())
		}
		to.Set(reflect.ValueOf(from))
	case reflect.Struct:
		if table, ok := from.(map[string]any); ok {
			a.table(to, table, path)
		} else {
			a.mismatch(path, "a table", from)
		}
	case reflect.Map:
		a.mapping(to, from, path)
	case reflect.Slice:
		a.array(to, from, path)
	default:
		a.scalar(to, from, path)
	}
}

// text stores a string in a type that parses itself, such as a digest.
func (a *assignment) text(to reflect.Value, from any, path []any) {
	s, ok := from.(string)
	if !ok {
		a.mismatch(path, "a string", from)
		return
	}
	if err := to.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
		a.report(a.document.valueOffset(path), Problem{Message: fmt.Sprintf("`%s`: %s", Key(path...), err)})
	}
}

// table stores a table in a struct.
func (a *assignment) table(to reflect.Value, from map[string]any, path []any) {
	fields, ok := a.known[to.Type()]
	if !ok {
		fields = fieldsOf(to.Type())
		a.known[to.Type()] = fields
	}
	for key, value := range from {
		below := append(path[:len(path):len(path)], key)
		if index, ok := fields[key]; ok {
			a.assign(to.FieldByIndex(index), value, below)
		} else if a.strict {
			a.report(a.document.offset(below), Unknown(diag.Position{}, Key(below...), key, fields))
		}
	}
}

func (a *assignment) mapping(to reflect.Value, from any, path []any) {
	table, ok := from.(map[string]any)
	if !ok {
		a.mismatch(path, "a table", from)
		return
	}
	if to.Type().Key().Kind() != reflect.String {
		panic("toml: cannot decode into " + to.Type().String())
	}
	if to.IsNil() {
		to.Set(reflect.MakeMapWithSize(to.Type(), len(table)))
	}
	for key, value := range table {
		element := reflect.New(to.Type().Elem()).Elem()
		a.assign(element, value, append(path[:len(path):len(path)], key))
		to.SetMapIndex(reflect.ValueOf(key).Convert(to.Type().Key()), element)
	}
}

func (a *assignment) array(to reflect.Value, from any, path []any) {
	array, ok := from.([]any)
	if !ok {
		a.mismatch(path, "an array", from)
		return
	}
	slice := reflect.MakeSlice(to.Type(), len(array), len(array))
	for i, value := range array {
		a.assign(slice.Index(i), value, append(path[:len(path):len(path)], i))
	}
	to.Set(slice)
}

// scalar stores a string, boolean or number. A number that does not fit is
// refused and never cut.
func (a *assignment) scalar(to reflect.Value, from any, path []any) {
	switch kind := to.Kind(); kind {
	case reflect.String:
		if s, ok := from.(string); ok {
			to.SetString(s)
			return
		}
		a.mismatch(path, "a string", from)
	case reflect.Bool:
		if b, ok := from.(bool); ok {
			to.SetBool(b)
			return
		}
		a.mismatch(path, "a boolean", from)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if n, ok := from.(int64); ok && !to.OverflowInt(n) {
			to.SetInt(n)
			return
		}
		a.mismatch(path, fmt.Sprintf("an integer of at most %d bits", to.Type().Bits()), from)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if n, ok := from.(int64); ok && n >= 0 && !to.OverflowUint(uint64(n)) {
			to.SetUint(uint64(n))
			return
		}
		a.mismatch(path, fmt.Sprintf("an integer from 0 of at most %d bits", to.Type().Bits()), from)
	case reflect.Float64:
		switch n := from.(type) {
		case float64:
			to.SetFloat(n)
		case int64:
			to.SetFloat(float64(n))
		default:
			a.mismatch(path, "a number", from)
		}
	default:
		panic("toml: cannot decode into " + to.Type().String())
	}
}

// fieldsOf maps the keys that a struct knows to the index of their field.
func fieldsOf(t reflect.Type) map[string][]int {
	fields := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		embedded := f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct
		if name == "-" || embedded || !f.IsExported() {
			continue
		}
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		fields[name] = f.Index
	}
	return fields
}

// typeName names the type of a decoded value as the TOML specification does.
func typeName(v any) string {
	switch v := v.(type) {
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case int64:
		return fmt.Sprintf("the integer %d", v)
	case float64:
		return "a float"
	case []any:
		return "an array"
	case map[string]any:
		return "a table"
	}
	return "a date or time" // all that is left in TOML
}
