package cli

// verbSet is a set of verbs, one bit each.
type verbSet uint32

const (
	onBuild verbSet = 1 << iota
	onCheck
	onTest
	onBench
	onRun
	onDoc
	onClippy
	onRustc
	onRustdoc
	onFetch
	onInit
	onLock
	onPlan
	onRoots
	onDoctor
	onAudit
	onCache
	onExplain
	onLayer
	onVerify
	onAttest

	onCargo    = onBuild | onCheck | onTest | onBench | onRun | onDoc | onClippy | onRustc | onRustdoc
	onHermetic = onCargo | onPlan | onVerify | onAttest // a command in a world; plan shows the world of build, verify builds in two, attest describes one
	onWorld    = onHermetic | onAudit                   // what takes cargo's flags: audit has no world, and hands them to an ordinary build
	onProject  = onWorld | onFetch | onInit | onLock | onRoots | onDoctor | onLayer
	onEvery    = onProject | onCache | onExplain
	onPackages = onWorld &^ (onRun | onRustc | onRustdoc) // may name several packages
	onTargets  = onWorld &^ (onRun | onDoc)               // may name tests and benches
)

// operandRule says which words that are not flags a verb takes.
type operandRule uint8

const (
	noOperands       operandRule = iota
	ownOperands                  // words that the verb reads itself, `--` or not
	oneFilter                    // one TESTNAME or BENCHNAME, then arguments after `--`
	argsAfterDash                // nothing, then arguments after `--`
	argsFromAnywhere             // the first word that is not a flag starts the arguments, `--` or not
)

// knownVerb is a verb whose flags the table declares.
type knownVerb struct {
	name     string
	set      verbSet
	operands operandRule
	inWorld  string // cargo's verb in the world, empty when there is none
}

// knownVerbs: `run` builds in the world and starts the program outside it.
var knownVerbs = []knownVerb{
	{"build", onBuild, noOperands, "build"},
	{"check", onCheck, noOperands, "check"},
	{"test", onTest, oneFilter, "test"},
	{"bench", onBench, oneFilter, "bench"},
	{"run", onRun, argsFromAnywhere, "run"},
	{"doc", onDoc, noOperands, "doc"},
	{"clippy", onClippy, argsAfterDash, "clippy"},
	{"rustc", onRustc, argsFromAnywhere, "rustc"},
	{"rustdoc", onRustdoc, argsFromAnywhere, "rustdoc"},
	{"plan", onPlan, noOperands, "build"},
	{"fetch", onFetch, noOperands, ""},
	{"init", onInit, noOperands, ""},
	{"lock", onLock, noOperands, ""},
	{"roots", onRoots, noOperands, ""},
	{"doctor", onDoctor, noOperands, ""},
	{"audit", onAudit, noOperands, ""},
	{"verify", onVerify, noOperands, "build"},
	{"attest", onAttest, noOperands, "build"},
	{"cache", onCache, ownOperands, ""},
	{"layer", onLayer, ownOperands, ""},
	{"explain", onExplain, ownOperands, ""},
}

// knownVerbNamed returns the verb with that full name, the zero value if there
// is none.
func knownVerbNamed(name string) knownVerb {
	for _, verb := range knownVerbs {
		if verb.name == name {
			return verb
		}
	}
	return knownVerb{}
}
