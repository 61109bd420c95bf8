package census

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// observation is what one build came to.
type observation struct {
	exit  int    // code of the build
	value string // what the channel compares
	log   string // all that the build printed, for people
}

// finished turns the end of a command into an observation. Only an exit code
// is a result; a command that did not start is an error.
func finished(cmd *exec.Cmd) (stdout string, seen observation, err error) {
	var out, diagnostics strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &diagnostics
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 0 {
		seen.exit, err = exit.ExitCode(), nil
	}
	seen.log = diagnostics.String()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, seen.log)
	}
	return out.String(), seen, err
}

// compare fills in the value that the channel looks at. The binary is read
// only after a build that succeeded.
func (seen *observation) compare(c *channel, binary string) error {
	if seen.exit != 0 || c.How == howOutcome {
		seen.value = strings.TrimSpace(fmt.Sprintf("exit %d %s", seen.exit, firstError(seen.log)))
		return nil
	}
	switch c.How {
	case howLog:
		seen.value = lineWith(seen.log, c.MovedTo)
		return nil
	case howBytes:
		data, err := os.ReadFile(binary)
		seen.value = fmt.Sprintf("sha256:%x", sha256.Sum256(data))
		return err
	case howMode:
		info, err := os.Stat(binary)
		if err == nil {
			seen.value = info.Mode().String()
		}
		return err
	}
	program := exec.Command(binary)
	program.Env = []string{"PATH=" + systemPath}
	out, err := program.Output()
	seen.value = strings.TrimSpace(string(out))
	return err
}

// firstError returns the first line of a log that reports an error.
func firstError(log string) string {
	for line := range strings.Lines(log) {
		if strings.HasPrefix(line, "error") || strings.Contains(line, "panicked at") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// lineWith returns the first line of a log that contains text.
func lineWith(log, text string) string {
	for line := range strings.Lines(log) {
		if strings.Contains(line, text) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// executable finds the binary in cargo's JSON messages. Cargo has to be asked:
// that the target directory moves is what some channels do.
func executable(messages string) (string, error) {
	found := ""
	for line := range strings.Lines(messages) {
		var message struct {
			Reason     string
			Executable string
			Target     struct{ Kind []string }
		}
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			return "", fmt.Errorf("cargo's message `%s`: %w", line, err)
		}
		if message.Reason == "compiler-artifact" && message.Executable != "" {
			found = message.Executable
		}
	}
	if found == "" {
		return "", errors.New("cargo built no executable")
	}
	return found, nil
}
