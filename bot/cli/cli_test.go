package cli_test

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/parley-chat/parley/bot/cli"
)

// TestScripts runs testdata/script: the command as people type it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "listen": listen, "appears": appears, "seed": seed, "queue": queue, "aside": aside, "redis": startRedis, "until": prints,
		},
	})
}

// exits runs a command that must end with a code:
//
//	exits 2 parley nope
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Check(err)
		}
		code = exit.ExitCode()
	}
	if code != want {
		ts.Fatalf("the exit code is %d, want %d", code, want)
	}
}

// listen takes a port and puts its address into a variable:
//
//	listen PORT
func listen(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv(args[0], l.Addr().String())
}

// appears waits until there is a file:
//
//	appears good/data/parley.pid
func appears(ts *testscript.TestScript, _ bool, args []string) {
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-late.C:
			ts.Fatalf("%s does not appear", args[0])
		}
	}
}

// run runs a command line in this process.
func run(t *testing.T, args ...string) (out string, code int) {
	t.Helper()
	var b bytes.Buffer
	code = cli.Run(t.Context(), args, strings.NewReader(""), &b, &b)
	return b.String(), code
}

// listed finds the commands in the help of the root.
func listed(t *testing.T) []string {
	t.Helper()
	help, code := run(t, "help")
	_, list, ok := strings.Cut(help, "Available Commands:\n")
	if code != 0 || !ok {
		t.Fatalf("parley help ends with %d:\n%s", code, help)
	}
	list, _, _ = strings.Cut(list, "\n\n")
	var names []string
	for line := range strings.Lines(list) {
		names = append(names, strings.Fields(line)[0])
	}
	return names
}

// TestEveryCommandHasHelpWithAnExampleThatExists wants each example of a help to
// use a command and flags that there are.
func TestEveryCommandHasHelpWithAnExampleThatExists(t *testing.T) {
	names := listed(t)
	for _, want := range []string{"serve", "check", "chat", "init", "explain", "inspect", "dead", "doctor", "backup", "restore", "compact", "show", "forget", "channel", "simulate", "version"} {
		if !strings.Contains(" "+strings.Join(names, " ")+" ", " "+want+" ") {
			t.Errorf("parley help does not list %s: %q", want, names)
		}
	}
	flag := regexp.MustCompile(`--[a-z][a-z-]*`)
	for _, name := range names {
		if name == "completion" || name == "help" {
			continue // of the library that reads the command line
		}
		help, code := run(t, name, "--help")
		if code != 0 {
			t.Errorf("parley %s --help ends with %d", name, code)
		}
		_, examples, ok := strings.Cut(help, "Examples:\n")
		examples, _, _ = strings.Cut(examples, "\n\n")
		if !ok || !strings.Contains(examples, "parley "+name) {
			t.Errorf("parley %s --help has no example:\n%s", name, help)
		}
		for line := range strings.Lines(examples) {
			_, used, _ := strings.Cut(line, "parley ")
			command, _, _ := strings.Cut(strings.TrimSpace(used), " ")
			about, code := run(t, command, "--help")
			if code != 0 {
				t.Errorf("the example %q uses a command that is not there", line)
			}
			for _, f := range flag.FindAllString(line, -1) {
				if !strings.Contains(about, f+" ") {
					t.Errorf("the example %q uses %s, which parley %s does not have", line, f, command)
				}
			}
		}
	}
}
