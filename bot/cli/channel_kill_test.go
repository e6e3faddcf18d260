package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels/builtin"
	"github.com/parley-chat/parley/flows"
)

// TestAKillLeavesOldOrNew: whenever the command is killed, the bot is the old one or
// has the channel with its secrets, and the next call adds what is missing.
func TestAKillLeavesOldOrNew(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	add := func(dir string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Args = []string{"parley", "channel", "add", "telegram", "--bot", dir, "--yes", "--unchecked", "--set", "token=" + goodToken}
		cmd.Env = append(os.Environ(), "TELEGRAM_TOKEN=", "TELEGRAM_SECRET=")
		return cmd
	}
	whole := time.Now()
	if out, err := add(shopFolder(t, shopBot)).CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	took := time.Since(whole)
	killed := 0
	const runs = 24
	for i := range runs {
		dir := shopFolder(t, shopBot)
		cmd := add(dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(took*time.Duration(i+1)/runs, func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		timer.Stop()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && !exit.Exited() {
			killed++
		}
		config := readText(t, dir, "bot.yaml")
		b, report := flows.Load(dir, flows.LoadOptions{Factories: builtin.Factories()})
		if b == nil {
			t.Fatalf("after %d of %d parts the bot does not load: %v\n%s", i+1, runs, report.Diagnostics(), config)
		}
		if added := strings.Contains(config, "telegram"); added != (len(b.Channels) == 2) || !added && config != shopBot {
			t.Errorf("bot.yaml is neither old nor new:\n%s", config)
		} else if added {
			continue
		}
		if out, err := add(dir).CombinedOutput(); err != nil {
			t.Errorf("the next call: %v:\n%s", err, out)
		}
		if left, err := filepath.Glob(filepath.Join(dir, ".*.tmp")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v %v", left, err)
		}
	}
	if killed == 0 {
		t.Error("none was killed in time")
	}
}
