package world

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
)

// example has every field set, with two of everything that there can be two of.
func example() Inputs {
	return Inputs{
		Held:      Held{Clock: "fixed", Epoch: Epoch, Random: "fixed", CPU: "x86-64", CPUs: 2},
		Isolation: "namespaces",
		Root:      digest.Of([]byte("root")),
		Covered:   []string{".git", "target"},
		Toolchain: digest.Of([]byte("toolchain")),
		System:    digest.Of([]byte("system")),
		SystemTop: []Top{{Name: "bin", Target: "usr/bin"}, {Name: "etc"}, {Name: "usr"}},
		Crates:    digest.Of([]byte("crates")),
		Sources:   "[source.hermetic]\ndirectory = \"/hermetic/crates\"\n",
		Downloads: []Placed{
			{Place: "/hermetic/crates/one-1.0.0", What: CrateDir, Digest: digest.Of([]byte("crate"))},
			{Place: "/hermetic/home/.cache/file", What: Pinned, Digest: digest.Of([]byte("file")), Path: "file"},
		},
		Dir:   "crates/one",
		Cargo: []string{"build", "--features", "a b"},
		Env:   map[string]string{"APP_CHANNEL": "beta", "APP_EDITION": ""},
		Tool:  digest.Of([]byte("tool")),
		Run:   true,
	}
}

// change gives v another value. A kind that it does not know fails the test, so
// that nobody adds a field which no test changes.
func change(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Uint64:
		v.SetUint(v.Uint() + 1)
	default:
		t.Fatalf("a field of type %s: teach this test to change it", v.Type())
	}
}

// variants calls with for each way of changing one thing below v: every leaf
// gets another value, every list and map loses an element and gains one. The
// name says what was changed; v is as before after each call.
func variants(t *testing.T, name string, v reflect.Value, with func(name string)) {
	t.Helper()
	try := func(name string, value reflect.Value) {
		old := reflect.ValueOf(v.Interface())
		v.Set(value)
		with(name)
		v.Set(old)
	}
	if d, leaf := v.Interface().(digest.Digest); leaf {
		try(name, reflect.ValueOf(digest.Of([]byte("another"))))
		if !d.IsZero() {
			try(name+" removed", reflect.ValueOf(digest.Digest{}))
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			variants(t, name+"."+v.Type().Field(i).Name, v.Field(i), with)
		}
	case reflect.Slice:
		if v.Len() == 0 {
			t.Fatalf("%s is empty: give the example one", name)
		}
		whole := reflect.ValueOf(v.Interface())
		for i := range v.Len() {
			copied := reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()), whole)
			v.Set(copied)
			variants(t, fmt.Sprintf("%s[%d]", name, i), v.Index(i), with)
			v.Set(whole)
		}
		try(name+" shorter", whole.Slice(0, whole.Len()-1))
		longer := reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()+1), whole)
		try(name+" longer", reflect.Append(longer, reflect.Zero(v.Type().Elem())))
	case reflect.Map:
		env, ok := v.Interface().(map[string]string)
		if !ok {
			t.Fatalf("a field of type %s: teach this test to change it", v.Type())
		}
		for key, value := range env {
			other := maps.Clone(env)
			other[key] = value + "x"
			try(name+"["+key+"]", reflect.ValueOf(other))
			other = maps.Clone(env)
			delete(other, key)
			try(name+"["+key+"] removed", reflect.ValueOf(other))
		}
		other := maps.Clone(env)
		other["NEW"] = ""
		try(name+" longer", reflect.ValueOf(other))
	default:
		changed := reflect.New(v.Type()).Elem()
		changed.Set(v)
		change(t, changed)
		try(name, changed)
	}
}

// One input, one digest; every other input, another digest.
func TestDigestNamesEveryInput(t *testing.T) {
	in := example()
	seen := map[digest.Digest]string{Plan(in).Digest(): "the example"}
	variants(t, "Inputs", reflect.ValueOf(&in).Elem(), func(name string) {
		d := Plan(in).Digest()
		if other, taken := seen[d]; taken {
			t.Errorf("%s does not tell its world from that of %s", name, other)
		}
		seen[d] = name
	})
	if len(seen) < 30 {
		t.Errorf("only %d worlds were compared", len(seen))
	}
	if diff := cmp.Diff(Plan(example()), Plan(in), cmp.Comparer(sameDigest)); diff != "" {
		t.Errorf("the example was changed by the test (-want +got):\n%s", diff)
	}
}

func sameDigest(a, b digest.Digest) bool { return a == b }

func TestDigestIsStable(t *testing.T) {
	want := Plan(example()).Digest()
	for range 50 { // a map is iterated in another order each time
		if got := Plan(example()).Digest(); got != want {
			t.Fatalf("two plans of one input: %s and %s", want, got)
		}
	}
}

// Every part of a world is in its digest, and all but the named parts are in
// its base.
func TestBaseIgnores(t *testing.T) {
	w := Plan(example())
	whole, base := w.Digest(), w.Base()
	var ignored []string
	variants(t, "World", reflect.ValueOf(&w).Elem(), func(name string) {
		if w.Digest() == whole {
			t.Errorf("%s is not in the digest", name)
		}
		if w.Base() == base {
			ignored = append(ignored, name)
		}
	})
	at := func(what What) string {
		i := slices.IndexFunc(w.Mounts, func(m Mount) bool { return m.What == what })
		if i < 0 {
			t.Fatalf("the example has no mount of %s", what)
		}
		return fmt.Sprintf("World.Mounts[%d]", i)
	}
	last := len(w.Mounts) - 1
	if w.Mounts[last].What != Tool {
		t.Fatal("the tool is not the last mount")
	}
	want := []string{"World.Argv shorter", "World.Argv longer", "World.Dir"}
	for i := range w.Argv {
		want = append(want, fmt.Sprintf("World.Argv[%d]", i))
	}
	want = append(want, at(RootTree)+".Digest", at(RootTree)+".Digest removed")
	for _, field := range []string{".Digest", ".Digest removed", ".Path", ".Writable", ".Size"} {
		want = append(want, at(Tool)+field)
	}
	want = append(want, "World.Mounts shorter") // without the tool
	slices.Sort(want)
	slices.Sort(ignored)
	if diff := cmp.Diff(want, ignored); diff != "" {
		t.Errorf("ignored by Base (-want +got):\n%s", diff)
	}
	if w.Digest() != whole {
		t.Error("Base or the test changed the world")
	}
}

// `run` and `build` of one root may share a target directory.
func TestBaseOfRunAndBuild(t *testing.T) {
	run, build := example(), example()
	build.Tool, build.Run = digest.Digest{}, false
	build.Cargo = []string{"build"}
	if Plan(run).Base() != Plan(build).Base() {
		t.Error("the program that stands in for `run` is in the base")
	}
	if Plan(run).Digest() == Plan(build).Digest() {
		t.Error("`run` and `build` have one world")
	}
}

func TestEnvironmentIsFixed(t *testing.T) {
	plain := Plan(example())
	for name := range fixed {
		in := example()
		in.Env[name] = "/somewhere/else"
		if diff := cmp.Diff(plain.Env, Plan(in).Env); diff != "" {
			t.Errorf("an input replaced %s (-want +got):\n%s", name, diff)
		}
		// The user hears of it before.
		err := (&policy.Policy{}).AllowEnv([]string{name})
		if diag.ExitCode(err) != diag.ExitPolicy {
			t.Errorf("the policy lets %s in, and the world drops it in silence: %v", name, err)
		}
	}
	if !slices.IsSortedFunc(plain.Env, func(a, b Variable) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	}) {
		t.Errorf("the environment is not sorted, or a name is twice there: %v", plain.Env)
	}
	if len(plain.Env) != len(fixed)+len(example().Env) {
		t.Errorf("%d variables, want %d", len(plain.Env), len(fixed)+len(example().Env))
	}
}

// Without crates and `run` there is no trace of either.
func TestPlanLeavesOut(t *testing.T) {
	in := example()
	in.Crates, in.Run, in.Dir = digest.Digest{}, false, "."
	w := Plan(in)
	for _, m := range w.Mounts {
		if m.What == CratesDir || m.What == Tool {
			t.Errorf("there is a mount of %s", m.What)
		}
	}
	if w.Dir != Root {
		t.Errorf("the working directory is %s", w.Dir)
	}
}

// Where places are other directories, rustc is told which, and that acts on
// what is built.
func TestPlanElsewhere(t *testing.T) {
	here, there := example(), example()
	there.Elsewhere = true
	w := Plan(there)
	if w.Base() == Plan(here).Base() {
		t.Error("a target directory could be used by both")
	}
	other := there
	other.Tool = digest.Of([]byte("another tool"))
	if w.Base() == Plan(other).Base() {
		t.Error("what tells rustc is not in the base")
	}
	if !slices.Contains(w.Env, Variable{"RUSTC_WRAPPER", Rustc}) {
		t.Errorf("no wrapper in %v", w.Env)
	}
	want := "hermetic/root\t/hermetic/root\nhermetic/crates\t/hermetic/crates\nhermetic/rust\t/hermetic/rust\n" +
		"hermetic/cargo\t/hermetic/cargo\ntmp\t/tmp\nhermetic/target\t/hermetic/target\n"
	if !slices.Contains(w.Files, File{PlacesFile, want}) {
		t.Errorf("%v", w.Files)
	}
	if w.Network != "none" {
		t.Errorf("network %s", w.Network)
	}
}

// What is writable is named here; everything else is not.
func TestWritable(t *testing.T) {
	var got []string
	for _, m := range Plan(example()).Mounts {
		if m.Writable {
			got = append(got, m.Place)
		}
	}
	if diff := cmp.Diff([]string{Target, Tmp, Shm}, got); diff != "" {
		t.Errorf("writable (-want +got):\n%s", diff)
	}
}
