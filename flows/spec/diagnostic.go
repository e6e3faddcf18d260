package spec

import (
	"fmt"
	"strings"
)

// A Severity says whether a load may go on.
type Severity string

// The severities. An error refuses the load. A warning and a hint do not: a warning is of
// what is hardly meant, a hint of what is done in another way, with nothing lost.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
	SeverityHint    Severity = "hint"
)

// A Diagnostic is one mistake in one place. Diagnostics are comparable.
type Diagnostic struct {
	// File is the name that was given to Parse; empty when no file is meant.
	File string `json:"file"`
	// Line and Column are 1-based and count runes. Line 0 means the whole file.
	Line   int `json:"line"`
	Column int `json:"column"`
	// EndColumn is exclusive and at least Column+1, on the same line.
	EndColumn int      `json:"end_column"`
	Severity  Severity `json:"severity"`
	// Code is that of a [CodeDoc], here or in another package.
	Code string `json:"code"`
	// Message is one sentence without its full stop.
	Message string `json:"message"`
	// Fix says how to mend it; empty when unknown.
	Fix string `json:"fix,omitempty"`
}

// String writes file:line:column, the code, the message and the fix on one line.
func (d Diagnostic) String() string {
	return fmt.Sprintf("%s  %s  %s", d.place(), d.Code, d.sentence())
}

// place writes as much of file:line:column as is known.
func (d Diagnostic) place() string {
	switch {
	case d.File == "" && d.Line == 0:
		return "-"
	case d.Line == 0:
		return d.File
	default:
		return fmt.Sprintf("%s:%d:%d", d.File, d.Line, d.Column)
	}
}

// sentence joins the message and the fix.
func (d Diagnostic) sentence() string {
	if d.Fix == "" {
		return d.Message
	}
	if strings.HasSuffix(d.Message, ".") || strings.HasSuffix(d.Message, "?") || strings.HasSuffix(d.Message, "!") {
		return d.Message + " " + d.Fix
	}
	return d.Message + ". " + d.Fix
}

// A File is the name and the lines of a source, for excerpts.
type File struct {
	name  string
	lines []string
	rows  [][]rune // the lines as runes, made when first asked for
}

// newFile cuts a source into lines, without their breaks.
func newFile(name, src string) *File {
	lines := strings.Split(src, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, "\r")
	}
	return &File{name: name, lines: lines}
}

// Name returns the name that was given to Parse.
func (f *File) Name() string { return f.name }

// Lines returns the number of lines; 0 when the file was never read.
func (f *File) Lines() int { return len(f.lines) }

// Line returns a line without its break; empty when there is none. Lines count
// from 1.
func (f *File) Line(n int) string {
	if f == nil || n < 1 || n > len(f.lines) {
		return ""
	}
	return f.lines[n-1]
}

// row returns the runes of a line. A line may be as long as a file, with a
// hundred thousand places to find on it, so it is taken apart once.
func (f *File) row(line int) []rune {
	if f == nil || line < 1 || line > len(f.lines) {
		return nil
	}
	if f.rows == nil {
		f.rows = make([][]rune, len(f.lines))
	}
	if f.rows[line-1] == nil {
		f.rows[line-1] = append([]rune{}, []rune(f.lines[line-1])...)
	}
	return f.rows[line-1]
}

// Pos returns the place of a run of runes on a line.
func (f *File) Pos(line, column, length int) Pos {
	return Pos{File: f, Line: line, Column: column, Length: length}
}

// A Pos is a run of runes on one line of a file. The zero Pos is no place at all.
type Pos struct {
	File *File
	// Line and Column are 1-based; Line 0 means the whole file.
	Line, Column int
	// Length counts runes; less than 1 counts as 1.
	Length int
}

// String writes file:line:column; file alone for a whole file, and "-" for the
// zero Pos.
func (p Pos) String() string {
	return p.diagnostic().place()
}

// diagnostic fills in the place of a diagnostic, kept inside the file.
func (p Pos) diagnostic() Diagnostic {
	d := Diagnostic{}
	if p.File != nil {
		d.File = p.File.name
	}
	if p.Line < 1 {
		return d
	}
	d.Line, d.Column = p.Line, max(p.Column, 1)
	length := max(p.Length, 1)
	if p.File != nil && p.File.Lines() > 0 {
		d.Line = min(d.Line, p.File.Lines())
		width := len(p.File.row(d.Line))
		d.Column = min(d.Column, width+1)
		length = max(1, min(length, width+1-d.Column))
	}
	d.EndColumn = d.Column + length
	return d
}
