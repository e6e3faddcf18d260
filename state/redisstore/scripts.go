package redisstore

import (
	"crypto/sha1"
	"embed"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/state"
)

//go:embed lua/*.lua
var luaFiles embed.FS

// The limits that are not part of the contract. Those of dead letters hold for
// each partition, state.MaxLetters too.
const (
	maxLetterBytes = 16 << 20
	// maxHead is the longest element that lies in the header, not in a list, and maxHere
	// the longest state that does.
	maxHead = 2 << 10
	maxHere = 512
	// block is how many numbers a conversation takes ahead.
	block = 32
	// spareHistory is how many entries over the cap a history may hold, so that it
	// is not trimmed with each.
	spareHistory = 8
	// tendEach is how often the expiry of a history is renewed.
	tendEach = time.Hour
	// spareExpiry is how much longer keys of what processes share are kept, and
	// longestExpiry bounds it, in milliseconds. The scripts judge by their clock.
	spareExpiry   = time.Hour
	longestExpiry = 400 * 24 * 3600 * 1000
)

// A script is a Lua program and its name in the script cache of Redis, and how many
// keys of a conversation it takes: the first, up to the last that it uses.
type script struct {
	source string
	sha    any // a string, for the arguments of a call
	keys   int
}

// programs are the parts of each script, in order.
func programs() map[string][]string {
	all := map[string][]string{}
	for _, name := range strings.Fields("accept claim journal commit fail mark renew release status retry drop forget waiting load") {
		all[name] = []string{"clock", "header", "numbers", "history", "conversation", "state", "inbox", "outbox", "letters", "handout", "repeats", "lease", "ending", name}
	}
	for _, name := range strings.Fields("accept commit mark") {
		all["ordinary_"+name] = []string{"clock", "short", "numbers", "history", "ordinary_" + name, "short_end"}
	}
	for _, name := range strings.Fields("link linked register alive lead take") {
		all[name] = []string{"clock", name}
	}
	return all
}

// loadScripts puts the scripts together, for stores that keep conversations and
// history that long.
func loadScripts(retention, history time.Duration) (map[string]script, error) {
	known := limits(retention, history)
	all := map[string]script{}
	for name, parts := range programs() {
		body, err := read(parts...)
		if err != nil {
			return nil, err
		}
		if body, err = fill(shake(body), known, strings.HasPrefix(name, "ordinary_")); err != nil {
			return nil, err
		}
		keys := keysOf(body)
		body = strings.ReplaceAll(body, "MARKS", strconv.Itoa(keys))
		// The first line has Redis refuse a script before it runs, not in the
		// middle, when memory is full or the disk is.
		source := "#!lua\n" + body
		sum := sha1.Sum([]byte(source))
		all[name] = script{source: source, sha: hex.EncodeToString(sum[:]), keys: keys}
	}
	return all, nil
}

// keysOf returns how many keys of a conversation a script uses, up to the last.
func keysOf(body string) int {
	for n := conversationKeys; n > 0; n-- {
		if strings.Contains(body, fmt.Sprintf("KEYS[%d]", n)) {
			return n
		}
	}
	return 0
}

// read reads Lua files, without comments, since every server keeps them.
func read(names ...string) (string, error) {
	var b strings.Builder
	for _, name := range names {
		file, err := luaFiles.ReadFile("lua/" + name + ".lua")
		if err != nil {
			return "", fmt.Errorf("state: %w", err)
		}
		for line := range strings.Lines(string(file)) {
			if text := strings.TrimSpace(line); text != "" && !strings.HasPrefix(text, "--") {
				b.WriteString(line)
			}
		}
	}
	return b.String(), nil
}

// shake leaves out the functions that nothing after them names. They begin and end
// at the left edge.
func shake(source string) string {
	blocks := regexp.MustCompile(`(?m)^local function (\w+)\(.*(?: end|(?:\n .*)*\nend)\n`).FindAllStringSubmatchIndex(source, -1)
	for _, at := range slices.Backward(blocks) {
		name := source[at[2]:at[3]]
		if !regexp.MustCompile(`\b` + name + `\b`).MatchString(source[at[1]:]) {
			source = source[:at[0]] + source[at[1]:]
		}
	}
	return source
}

// fill writes values for the names of limits and keys, and for the fields of the header
// positions in a table, or names of locals, since other names cost time in each call.
func fill(source string, known map[string]string, locals bool) (string, error) {
	source = regexp.MustCompile(`\b[A-Z][A-Z_]+\b`).ReplaceAllStringFunc(source, func(name string) string {
		if value, ok := known[name]; ok {
			return value
		}
		return name
	})
	positions := map[string]int{}
	for i, field := range headerFields() {
		positions[field.name] = i + 1
	}
	var err error
	source = regexp.MustCompile(`\bh\.\w+`).ReplaceAllStringFunc(source, func(field string) string {
		at, ok := positions[field[2:]]
		if !ok {
			err = fmt.Errorf("state: a script uses %s, which the header does not have", field)
		}
		if locals {
			return "h_" + field[2:]
		}
		return fmt.Sprintf("h[%d]", at)
	})
	return source, err
}

// limits are the constants of the scripts. Times are microseconds, save what Redis
// is told as an expiry: RETENTION, HISTORY_END, SPARE_EXPIRY and
// LONGEST_EXPIRY.
func limits(retention, history time.Duration) map[string]string {
	all := headerConstants()
	for i, name := range strings.Fields("UNKNOWN NOWHERE HERE APART") {
		all[name] = strconv.Itoa(i)
	}
	for i, name := range strings.Fields("HEADER STATE HISTORY DUE NUMBERS INBOX OUTBOX JOURNAL DEAD SHELF") {
		all[name] = fmt.Sprintf("KEYS[%d]", i+1)
	}
	for name, n := range map[string]int64{
		"LEASE": state.LeaseTime.Microseconds(), "EXTEND": state.LeaseExtend.Microseconds(),
		"MAX_EVENT": state.MaxEvent, "MAX_EVENTS": state.MaxInboxEvents, "MAX_INBOX": state.MaxInboxBytes,
		"MAX_ROWS": state.MaxOutboxRows, "MAX_JOURNAL": state.MaxJournal, "MAX_DEATHS": state.MaxDeaths,
		"MAX_HISTORY": state.MaxHistory, "SPARE_HISTORY": spareHistory, "MAX_EARLY": state.MaxEarly,
		"HISTORY_TIME": history.Microseconds(), "HISTORY_END": (history + tendEach).Milliseconds(), "TEND": tendEach.Microseconds(),
		"MAX_LETTERS": state.MaxLetters, "MAX_LETTERS_EACH": state.MaxLettersEach, "MAX_LETTER_BYTES": maxLetterBytes,
		"KEEP_LETTERS": state.LetterTime.Microseconds(), "RETENTION": retention.Milliseconds(),
		"LINK_TIME": state.LinkTime.Microseconds(), "ALIVE_TIME": state.AliveTime.Microseconds(),
		"SPARE_EXPIRY": spareExpiry.Milliseconds(), "LONGEST_EXPIRY": longestExpiry, "BLOCK": block, "MAX_HEAD": maxHead, "MAX_HERE": maxHere,
		"STATE_MARK": stateMark, "TURN": shortTurn, "SEND": shortSend, "BUSY": shortBusy, "FREE": shortFree,
		"EVENT": kindEvent, "WAKE": kindWake, "ROW": kindRow, "IN": kindIn, "OUT": kindOut,
		"EVENT_AGAIN": kindEventAgain, "WAKE_AGAIN": kindWakeAgain, "ROW_AGAIN": kindRowAgain, "ELEMENT_HEAD": elementHead,
	} {
		all[name] = strconv.FormatInt(n, 10)
	}
	return all
}
