package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// A machine is where a run took place.
type machine struct{ cpu, system, redis string }

func thisMachine() machine {
	return machine{cpu: cpuModel(), system: first("uname", "-srm"), redis: redisVersion()}
}

func (m machine) String() string {
	return fmt.Sprintf("%s, %d cores, shared by load generator, server and Redis; %s; %s; %s; appendonly yes, appendfsync everysec",
		m.cpu, runtime.NumCPU(), m.system, strings.Replace(runtime.Version(), "go", "Go ", 1), m.redis)
}

func cpuModel() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// redisVersion is as in "Redis 7.0.15".
func redisVersion() string {
	for word := range strings.FieldsSeq(first("redis-server", "--version")) {
		if version, ok := strings.CutPrefix(word, "v="); ok {
			return "Redis " + version
		}
	}
	return "unknown Redis"
}

// first is the first line that a command prints.
func first(command string, args ...string) string {
	out, err := exec.Command(command, args...).Output()
	if err != nil {
		return "unknown " + command
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}
