package redisstore

import (
	"crypto/sha1"
	"embed"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/state"
)

//go:embed lua/*.lua
var luaFiles embed.FS

// The limits that are not part of the contract. Those of dead letters hold for
// each partition.
const (
	maxLetters     = 1000
	maxLetterBytes = 16 << 20
	keepLetters    = 30 * 24 * time.Hour
	// keepIdle is how long the header of an idle conversation stays, for repeats.
	keepIdle = time.Hour
)

// A script is a Lua program and its name in the script cache of Redis.
type script struct{ source, sha string }

// loadScripts puts the scripts together: what they have in common, and what one of
// them does.
func loadScripts() (map[string]script, error) {
	common, err := join("conversation", "lists", "handout")
	if err != nil {
		return nil, err
	}
	all := map[string]script{}
	for _, name := range []string{"accept", "claim", "journal", "commit", "fail", "mark", "renew", "release", "status"} {
		body, err := join(name)
		if err != nil {
			return nil, err
		}
		if name != "status" {
			body = common + body
		}
		// The first line has Redis refuse a script before it runs, not in the
		// middle, when memory is full or the disk is.
		source := "#!lua\n" + body
		sum := sha1.Sum([]byte(source))
		all[name] = script{source: source, sha: hex.EncodeToString(sum[:])}
	}
	return all, nil
}

// join reads Lua files, without comments, since every server keeps them, and with
// numbers for the names of limits, since names cost time in each call.
func join(names ...string) (string, error) {
	var b strings.Builder
	for _, name := range names {
		file, err := luaFiles.ReadFile("lua/" + name + ".lua")
		if err != nil {
			return "", fmt.Errorf("state: %w", err)
		}
		for line := range strings.Lines(string(file)) {
			if !strings.HasPrefix(strings.TrimSpace(line), "--") {
				b.WriteString(line)
			}
		}
	}
	known := limits()
	return regexp.MustCompile(`\b[A-Z][A-Z_]+\b`).ReplaceAllStringFunc(b.String(), func(name string) string {
		if n, ok := known[name]; ok {
			return strconv.FormatInt(n, 10)
		}
		return name
	}), nil
}

// limits are the constants of the scripts. Times are microseconds, save KEEP_IDLE.
func limits() map[string]int64 {
	return map[string]int64{
		"LEASE": state.LeaseTime.Microseconds(), "EXTEND": state.LeaseExtend.Microseconds(),
		"MAX_EVENT": state.MaxEvent, "MAX_EVENTS": state.MaxInboxEvents, "MAX_INBOX": state.MaxInboxBytes,
		"MAX_ROWS": state.MaxOutboxRows, "MAX_JOURNAL": state.MaxJournal, "MAX_HISTORY": state.MaxHistory,
		"MAX_DEATHS": state.MaxDeaths, "MAX_LETTERS": maxLetters, "MAX_LETTER_BYTES": maxLetterBytes,
		"KEEP_LETTERS": keepLetters.Microseconds(), "KEEP_IDLE": keepIdle.Milliseconds(),
		"EVENT": kindEvent, "WAKE": kindWake, "ROW": kindRow, "IN": kindIn, "OUT": kindOut, "ELEMENT_HEAD": elementHead,
	}
}
