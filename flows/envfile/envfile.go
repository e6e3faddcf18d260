// Package envfile reads and changes .env, the file beside bot.yaml that holds
// variables of the environment: tokens, which have no place in bot.yaml.
//
// A line is NAME=value, as a shell reads it: bare, in single quotes, or in double
// quotes with \" \\ \$ for what they would end or begin. Lines that begin with # are
// comments, and `export ` may stand before a name. Nothing is computed: a $ that a
// shell would fill in is a mistake, since the file would mean two things.
package envfile

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/parley-chat/parley/flows/spec"
)

// Name is the name of the file in a bot folder.
const Name = ".env"

// Exposed returns the path of the file in a bot folder that others on this machine
// can read or write, although it holds secrets; "" when they can't, or there is none.
func Exposed(dir string) string {
	path := filepath.Join(dir, Name)
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return ""
	}
	return path
}

// Code is that of every mistake in the file.
const Code = "E246"

var (
	head = regexp.MustCompile(`^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=`)
	// filled is what a shell would fill in.
	filled = regexp.MustCompile("\\$[A-Za-z_{(]|`")
)

// Read returns the variables of a file. Mistakes are in the report, with their
// places; what the file holds is hidden there.
func Read(r *spec.Report, src []byte) map[string]string {
	hide(r, src)
	file, ok := r.Source(Name, src)
	if !ok {
		return nil
	}
	out := map[string]string{}
	for n := 1; n <= file.Lines(); n++ {
		line := file.Line(n)
		if text := strings.TrimSpace(line); text == "" || text[0] == '#' {
			continue
		}
		m := head.FindStringSubmatchIndex(line)
		if m == nil {
			r.Error(file.Pos(n, 1, utf8.RuneCountInString(line)), Code, "Write NAME=value, without spaces around =.", "the line sets no variable")
			continue
		}
		name := line[m[2]:m[3]]
		value, bad := valueOf(line[m[1]:])
		at := file.Pos(n, utf8.RuneCountInString(line[:m[1]+bad.at])+1, 1)
		_, twice := out[name]
		switch {
		case bad.why != "":
			r.Error(at, Code, bad.fix, "%s %s", name, bad.why)
		case twice:
			r.Error(file.Pos(n, utf8.RuneCountInString(line[:m[2]])+1, len(name)), Code, "Delete one of the lines.", "%s is set twice", name)
		default:
			out[name] = value
		}
	}
	return out
}

// hide keeps values out of the report, and lines that can't be read.
func hide(r *spec.Report, src []byte) {
	for i, line := range strings.Split(string(bytes.TrimPrefix(src, []byte("\xEF\xBB\xBF"))), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if text := strings.TrimSpace(line); text == "" || text[0] == '#' {
			continue
		}
		from := 0
		if m := head.FindStringIndex(line); m != nil {
			from = m[1]
		}
		if text := line[from:]; text != "" {
			column := utf8.RuneCountInString(line[:from]) + 1
			r.Hide(Name, i+1, column, column+utf8.RuneCountInString(text), text)
		}
	}
}

// A fault is what is wrong with a value, and where in it, in bytes.
type fault struct {
	at       int
	why, fix string
}

const inSingle = "Put the value into single quotes."

// valueOf reads what stands behind the =.
func valueOf(s string) (string, fault) {
	var value string
	var end int
	switch {
	case strings.HasPrefix(s, "'"):
		i := strings.IndexByte(s[1:], '\'')
		if i < 0 {
			return "", fault{0, "has a quote that is not closed on its line", "Close it; a value stands on one line."}
		}
		value, end = s[1:1+i], i+2
	case strings.HasPrefix(s, `"`):
		var bad fault
		if value, end, bad = double(s); bad.why != "" {
			return "", bad
		}
	default:
		if end = strings.IndexAny(s, " \t"); end < 0 {
			end = len(s)
		}
		value = s[:end]
		if i := strings.IndexAny(value, `"'\`); i >= 0 {
			return "", fault{i, "has a quote or a backslash within", inSingle}
		}
		if m := filled.FindStringIndex(value); m != nil {
			return "", fault{m[0], "has something that a shell would fill in", inSingle}
		}
	}
	rest := strings.TrimLeft(s[end:], " \t")
	if rest != "" && (rest[0] != '#' || rest == s[end:]) {
		return "", fault{len(s) - len(rest), "has more behind its value", "Put all of it into single quotes."}
	}
	return value, fault{}
}

// double reads a value in double quotes.
func double(s string) (value string, end int, bad fault) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), i + 1, fault{}
		case c == '\\' && i+1 < len(s) && strings.IndexByte("\"\\$`", s[i+1]) >= 0:
			i++
			b.WriteByte(s[i])
		default:
			if m := filled.FindStringIndex(s[i:]); m != nil && m[0] == 0 {
				return "", 0, fault{i, "has something that a shell would fill in", inSingle}
			}
			b.WriteByte(c)
		}
	}
	return "", 0, fault{0, "has a quote that is not closed on its line", "Close it; a value stands on one line."}
}

// plain are the values that need no quotes.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]*$`)

// Quote writes a value as a line has it. It must not hold line breaks.
func Quote(value string) string {
	switch {
	case plain.MatchString(value):
		return value
	case !strings.Contains(value, "'"):
		return "'" + value + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(value) + `"`
}

// Set returns the file with a variable set: in its line if there is one, which must
// be one that Read takes, else in a new one. Everything else stays as it is.
func Set(src []byte, name, value string) []byte {
	text, line := string(src), name+"="+Quote(value)
	eol := "\n"
	if strings.Contains(text, "\r\n") {
		eol = "\r\n"
	}
	rows := strings.SplitAfter(text, "\n")
	for i, row := range rows {
		if m := head.FindStringSubmatch(row); m != nil && m[1] == name {
			rows[i] = line + row[len(strings.TrimRight(row, "\r\n")):]
			return []byte(strings.Join(rows, ""))
		}
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += eol
	}
	return []byte(text + line + eol)
}
