package spec

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A Report collects the diagnostics of one load, over all of its files. It is
// not safe for concurrent use.
type Report struct {
	files  map[string]*File
	hidden map[place][]secret
	seen   map[Diagnostic]bool
	found  []Diagnostic
	// perFile counts what was found in each file; left is what MaxPerFile left out.
	perFile map[string]int
	left    int
	count   int // of all, those that were said before among them
	failed  bool
	// under is the folder that is put before the names of files.
	under string
}

// MaxPerFile is how many diagnostics a report keeps of each file. What is found
// beyond is only counted: nobody reads on, and a file of nonsense has hundreds of
// thousands.
const MaxPerFile = 200

// NewReport returns an empty report.
func NewReport() *Report {
	return &Report{files: map[string]*File{}, seen: map[Diagnostic]bool{}, perFile: map[string]int{}}
}

// Error adds an error. The message is one sentence without its full stop; fix is
// a sentence or empty.
func (r *Report) Error(at Pos, code, fix, format string, args ...any) {
	r.add(SeverityError, at, code, fix, fmt.Sprintf(format, args...))
}

// Warn adds a warning, with the arguments of Error.
func (r *Report) Warn(at Pos, code, fix, format string, args ...any) {
	r.add(SeverityWarning, at, code, fix, fmt.Sprintf(format, args...))
}

// Hint adds a hint, with the arguments of Error.
func (r *Report) Hint(at Pos, code, fix, format string, args ...any) {
	r.add(SeverityHint, at, code, fix, fmt.Sprintf(format, args...))
}

// add keeps a diagnostic unless the very same is there.
func (r *Report) add(severity Severity, at Pos, code, fix, message string) {
	r.count++
	d := at.diagnostic()
	on := place{d.File, d.Line}
	d.Severity, d.Code, d.Fix, d.Message = severity, code, r.redact(on, fix), r.redact(on, message)
	if r.seen[d] {
		return
	}
	r.failed = r.failed || severity == SeverityError
	if r.perFile[d.File]++; r.perFile[d.File] > MaxPerFile {
		r.left++
		return
	}
	r.seen[d] = true
	r.found = append(r.found, d)
}

// Under puts a folder before the name of every file that the report names, so
// that whoever called from elsewhere can open it; "." or "" puts nothing.
func (r *Report) Under(dir string) {
	if r.under = filepath.ToSlash(filepath.Clean(dir)); r.under == "." {
		r.under = ""
	}
}

// Diagnostics returns what was found, sorted by file, line and column; what was
// found at the same place stays in the order of finding.
func (r *Report) Diagnostics() []Diagnostic {
	sorted := r.sorted()
	for i := range sorted {
		sorted[i] = r.shown(sorted[i])
	}
	return sorted
}

// shown returns a diagnostic with the name of its file as it is shown.
func (r *Report) shown(d Diagnostic) Diagnostic {
	if r.under != "" && d.File != "" {
		d.File = path.Join(r.under, d.File)
	}
	return d
}

// sorted returns the diagnostics with the names of files that were parsed.
func (r *Report) sorted() []Diagnostic {
	sorted := slices.Clone(r.found)
	slices.SortStableFunc(sorted, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return sorted
}

// Failed reports whether there is an error, not only warnings.
func (r *Report) Failed() bool { return r.failed }

// Err returns an *Error when the report has failed, else nil.
func (r *Report) Err() error {
	if !r.Failed() {
		return nil
	}
	return &Error{Report: r}
}

// File returns the file of that name. One that was not parsed is made without
// lines, so that a Pos can name it.
func (r *Report) File(name string) *File {
	if f, ok := r.files[name]; ok {
		return f
	}
	f := &File{name: name}
	r.files[name] = f
	return f
}

// addFile makes the lines of a source known to excerpts.
func (r *Report) addFile(name, src string) *File {
	f := newFile(name, src)
	if known, ok := r.files[name]; ok {
		*known = *f // places that were taken earlier see the lines too
		return known
	}
	r.files[name] = f
	return f
}

// Release lets go of the sources in which nothing was found, which the nodes and
// places of a bot that runs would keep. What is reported in them afterwards has no
// excerpt.
func (r *Report) Release() {
	for name, f := range r.files {
		if r.perFile[name] == 0 {
			f.lines, f.rows = nil, nil
			delete(r.files, name)
		}
	}
}

// Count returns how many diagnostics of a severity are kept.
func (r *Report) Count(s Severity) int {
	n := 0
	for _, d := range r.found {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// summary says how many diagnostics there are, in how many files.
func (r *Report) summary() string {
	if len(r.found) == 0 {
		return "no problems"
	}
	var parts []string
	if r.Count(SeverityHint) == len(r.found) {
		parts = []string{"no mistakes"}
	}
	for _, s := range []Severity{SeverityError, SeverityWarning, SeverityHint} {
		if n := r.Count(s); n > 0 {
			parts = append(parts, plural(n, string(s)))
		}
	}
	files := map[string]bool{}
	for _, d := range r.found {
		if d.File != "" {
			files[d.File] = true
		}
	}
	line := strings.Join(parts, ", ")
	if len(files) > 0 {
		line += " in " + plural(len(files), "file")
	}
	if r.left > 0 {
		line += fmt.Sprintf(", and %d more that are not shown", r.left)
	}
	return line
}

// plural writes a count with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// An Error is a report that failed, as an error value. Its text is the first few
// errors and the count; use the Report for all of them.
type Error struct {
	Report *Report
}

// errorLines is how many diagnostics the text of an Error has.
const errorLines = 5

// Error writes the first errors, one per line, and the count.
func (e *Error) Error() string {
	var b strings.Builder
	lines := 0
	for _, d := range e.Report.Diagnostics() {
		if d.Severity == SeverityError && lines < errorLines {
			b.WriteString(d.String())
			b.WriteByte('\n')
			lines++
		}
	}
	b.WriteString(e.Report.summary())
	return b.String()
}
