package spec

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// decodeText checks size and encoding and makes the lines of the file known; a
// byte order mark is dropped. False means that there is no use in parsing.
func decodeText(r *Report, name string, src []byte) (string, bool) {
	if len(src) > MaxFile {
		r.Error(Pos{File: r.File(name)}, "E109", "Divide it into several files.",
			"the file is larger than %d kB", MaxFile>>10)
		return "", false
	}
	if bytes.HasPrefix(src, []byte{0xFE, 0xFF}) || bytes.HasPrefix(src, []byte{0xFF, 0xFE}) {
		r.Error(Pos{File: r.File(name)}, "E110", "Save the file as UTF-8.", "the file is UTF-16, not UTF-8")
		return "", false
	}
	text := string(bytes.TrimPrefix(src, []byte("\xEF\xBB\xBF")))
	file := r.addFile(name, strings.ToValidUTF8(text, "\uFFFD"))
	return text, cleanText(r, file, text)
}

// Source makes the lines of a file known that is no YAML, so that places in it can
// be named, and checks its size and encoding. False means that there is no use in
// reading it.
func (r *Report) Source(name string, src []byte) (*File, bool) {
	_, ok := decodeText(r, name, src)
	return r.File(name), ok
}

// cleanText reports, once per line, what is not UTF-8 and the characters that no
// YAML file may hold.
func cleanText(r *Report, file *File, text string) bool {
	ok := true
	line := 0
	for row := range strings.SplitSeq(text, "\n") {
		line++
		row = strings.TrimSuffix(row, "\r")
		column := 0
		for i, c := range row {
			column++
			message, fix := badRune(row[i:], c)
			if message == "" {
				continue
			}
			ok = false
			r.Error(file.Pos(line, column, 1), "E110", fix, "%s", message)
			break
		}
	}
	return ok
}

// badRune says what is wrong with a character; empty when nothing is.
func badRune(rest string, c rune) (message, fix string) {
	if c == utf8.RuneError && !strings.HasPrefix(rest, "\uFFFD") {
		return fmt.Sprintf("the byte %#02x is not UTF-8", rest[0]), "Save the file as UTF-8."
	}
	switch {
	case c == '\r':
		return "the line has a carriage return in its middle", "Save the file with the line ends of Unix or Windows."
	case c == 0x2028 || c == 0x2029 || c == 0x85:
		return fmt.Sprintf("the invisible character U+%04X would end the line", c), "Delete it; use a line of its own instead."
	case c != '\t' && c < 0x20, 0x7F <= c && c <= 0x9F, c == 0xFEFF, c == 0xFFFE, c == 0xFFFF:
		return fmt.Sprintf("the invisible character U+%04X can't stand in a file", c), "Delete it."
	}
	return "", ""
}
