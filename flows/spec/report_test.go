package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestTextShowsTheSourceAndACaret(t *testing.T) {
	r := NewReport()
	f := r.addFile("flows/a.yaml", "flow: a\n\ttext: 你好 cafe\u0301 bad\n")
	r.Error(f.Pos(2, 17, 3), "E203", `Did you mean "good"?`, "%q is not a field", "bad")
	r.Warn(f.Pos(1, 7, 1), "W118", "", "the id is short")
	r.Error(Pos{File: r.File("bot.yaml")}, "E230", "Create it.", "there is no bot.yaml")
	r.Error(Pos{}, "E999", "", "no place at all")
	var got bytes.Buffer
	if err := r.Text(&got, false); err != nil {
		t.Fatal(err)
	}
	want := `-  E999  no place at all
bot.yaml  E230  there is no bot.yaml. Create it.
flows/a.yaml:1:7  W118  the id is short
    1 | flow: a
      |       ^
flows/a.yaml:2:17  E203  "bad" is not a field. Did you mean "good"?
    2 | 	text: 你好 café bad
      | 	                ^^^
3 errors, 1 warning in 2 files
`
	want = strings.Replace(want, "café", "cafe\u0301", 1)
	if got.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
	}
}

func TestTextIsColored(t *testing.T) {
	r := NewReport()
	f := r.addFile("a.yaml", "ab\n")
	r.Error(f.Pos(1, 2, 1), "E1", "", "x")
	var got bytes.Buffer
	_ = r.Text(&got, true)
	want := "\x1b[1ma.yaml:1:2\x1b[0m  \x1b[31mE1\x1b[0m  x\n    1 | ab\n      |  \x1b[31m^\x1b[0m\n1 error in 1 file\n"
	if got.String() != want {
		t.Errorf("%q", got.String())
	}
}

func TestTextNeverObeysTheSource(t *testing.T) {
	r := Report{}
	r = *NewReport()
	Parse(&r, "a\x1b[31m.yaml", []byte("text: \x1b]0;owned\x07\n"))
	var got bytes.Buffer
	_ = r.Text(&got, false)
	if strings.ContainsAny(got.String(), "\x1b\x07") || !strings.Contains(got.String(), "U+001B") {
		t.Errorf("%q", got.String())
	}
}

func TestLongLinesAreCutAroundThePlace(t *testing.T) {
	r := NewReport()
	f := r.addFile("a.yaml", strings.Repeat("a", 300)+"HERE"+strings.Repeat("b", 300))
	r.Error(f.Pos(1, 301, 4), "E1", "", "x")
	var got bytes.Buffer
	_ = r.Text(&got, false)
	lines := strings.Split(got.String(), "\n")
	if at := strings.Index(lines[2], "^^^^"); len([]rune(lines[1])) > 140 || string([]rune(lines[1])[at:at+4]) != "HERE" {
		t.Errorf("%s", got.String())
	}
}

func TestDiagnosticsAreSortedAndSaidOnce(t *testing.T) {
	r := NewReport()
	b, a := r.addFile("b.yaml", "x\ny z\n"), r.addFile("a.yaml", "x\n")
	for range 2 {
		r.Error(b.Pos(2, 3, 1), "E1", "", "third")
		r.Error(b.Pos(2, 1, 1), "E1", "", "second")
		r.Warn(a.Pos(1, 1, 1), "W1", "", "first")
	}
	var got []string
	for _, d := range r.Diagnostics() {
		got = append(got, d.Message)
	}
	if strings.Join(got, " ") != "first second third" {
		t.Errorf("%v", got)
	}
}

func TestPlacesAreKeptWithinTheFile(t *testing.T) {
	r := NewReport()
	f := r.addFile("a.yaml", "abc")
	for at, want := range map[Pos]string{
		f.Pos(1, 2, 1):             "1:2-3",
		f.Pos(1, 2, 99):            "1:2-4",
		f.Pos(1, 99, 5):            "1:4-5",
		f.Pos(9, 1, 0):             "1:1-2",
		f.Pos(1, -3, -1):           "1:1-2",
		r.File("new").Pos(7, 8, 2): "7:8-10",
	} {
		d := at.diagnostic()
		if got := fmt.Sprintf("%d:%d-%d", d.Line, d.Column, d.EndColumn); got != want {
			t.Errorf("%v: %s, want %s", at, got, want)
		}
	}
	if s := f.Pos(1, 2, 1).String(); s != "a.yaml:1:2" {
		t.Errorf("%s", s)
	}
	if s := (Pos{}).String(); s != "-" {
		t.Errorf("%s", s)
	}
}

func TestOnlyErrorsFail(t *testing.T) {
	r := NewReport()
	r.Warn(Pos{}, "W1", "", "careful")
	if r.Failed() || r.Err() != nil {
		t.Error("a warning fails")
	}
	for i := range 7 {
		r.Error(r.File("a.yaml").Pos(i+1, 1, 1), "E1", "", "wrong %d", i+1)
	}
	var e *Error
	if err := r.Err(); !r.Failed() || !errors.As(err, &e) || e.Report != r {
		t.Fatalf("%v", err)
	}
	want := "a.yaml:1:1  E1  wrong 1\na.yaml:2:1  E1  wrong 2\na.yaml:3:1  E1  wrong 3\na.yaml:4:1  E1  wrong 4\na.yaml:5:1  E1  wrong 5\n7 errors, 1 warning in 1 file"
	if e.Error() != want {
		t.Errorf("%s", e.Error())
	}
}

func TestAFloodIsCounted(t *testing.T) {
	r := NewReport()
	f := r.addFile("a.yaml", strings.Repeat("x\n", 1000))
	for line := range MaxPerFile {
		r.Warn(f.Pos(line+1, 1, 1), "W1", "", "odd")
	}
	r.Error(f.Pos(900, 1, 1), "E1", "", "wrong")
	if found := r.Diagnostics(); len(found) != MaxPerFile || !r.Failed() {
		t.Errorf("%d found, failed is %v", len(found), r.Failed())
	}
	var got bytes.Buffer
	_ = r.Text(&got, false)
	if !strings.HasSuffix(got.String(), "200 warnings in 1 file, and 1 more that are not shown\n") {
		t.Errorf("%s", got.String()[got.Len()-80:])
	}
}

// sampleReport has a place, a whole file, and nothing but a message.
func sampleReport() *Report {
	r := NewReport()
	f := r.addFile("flows/a b.yaml", "flow: a\n")
	r.Error(f.Pos(1, 7, 1), "E1", "Fix: it, 100%.", "bad\nid")
	r.Warn(Pos{File: r.File("bot.yaml")}, "W2", "", "odd <bot>")
	r.Error(Pos{}, "E1", "", "nowhere")
	return r
}

func TestJSONListsAll(t *testing.T) {
	var b bytes.Buffer
	if err := sampleReport().JSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Errors, Warnings int
		Diagnostics      []Diagnostic
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := Diagnostic{File: "flows/a b.yaml", Line: 1, Column: 7, EndColumn: 8, Severity: SeverityError, Code: "E1", Message: "bad\nid", Fix: "Fix: it, 100%."}
	if got.Errors != 2 || got.Warnings != 1 || len(got.Diagnostics) != 3 || got.Diagnostics[2] != want {
		t.Errorf("%+v", got)
	}
	if !strings.Contains(b.String(), "odd <bot>") {
		t.Error("angle brackets are escaped")
	}
	b.Reset()
	_ = NewReport().JSON(&b)
	if !strings.Contains(b.String(), `"diagnostics": []`) {
		t.Errorf("an empty report: %s", b.String())
	}
}

// TestAHintIsNoMistake: it is counted on its own, in the words of each format.
func TestAHintIsNoMistake(t *testing.T) {
	r := NewReport()
	r.Hint(r.addFile("a.yaml", "flow: a\n").Pos(1, 1, 4), "H1", "", "otherwise")
	var text, sarif, github, asJSON bytes.Buffer
	for _, err := range []error{r.Text(&text, false), r.SARIF(&sarif), r.GitHub(&github), r.JSON(&asJSON)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for where, want := range map[string]string{
		text.String(): "no mistakes, 1 hint in 1 file\n", sarif.String(): `"level": "note"`, github.String(): "::notice file=a.yaml,line=1",
		asJSON.String(): `"hints": 1`,
	} {
		if !strings.Contains(where, want) {
			t.Errorf("no %s in\n%s", want, where)
		}
	}
	if r.Failed() || r.Count(SeverityError)+r.Count(SeverityWarning) != 0 || !strings.Contains(asJSON.String(), `"warnings": 0`) {
		t.Errorf("a hint counts as a mistake:\n%s", asJSON.String())
	}
}

// Names of files begin where the command was called, excerpts are found all the same.
func TestFilesAreNamedUnderTheFolder(t *testing.T) {
	for dir, want := range map[string]string{
		"": "flows/a.yaml", ".": "flows/a.yaml", "./shop/": "shop/flows/a.yaml", "../x//shop": "../x/shop/flows/a.yaml", "/srv/shop": "/srv/shop/flows/a.yaml",
	} {
		r := NewReport()
		f := r.addFile("flows/a.yaml", "flow: a\n")
		r.Hide("flows/a.yaml", 1, 7, 8, "a")
		r.Error(f.Pos(1, 1, 4), "E1", "", "wrong")
		r.Error(Pos{}, "E2", "", "nowhere")
		r.Under(dir)
		var text, sarif, github, asJSON bytes.Buffer
		for _, err := range []error{r.Text(&text, false), r.SARIF(&sarif), r.GitHub(&github), r.JSON(&asJSON)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if !strings.Contains(text.String(), "\n"+want+":1:1  E1  wrong\n    1 | flow: •\n") {
			t.Errorf("%q: text\n%s", dir, text.String())
		}
		uri := want
		if strings.HasPrefix(want, "/") {
			uri = "file://" + want
		}
		if !strings.Contains(sarif.String(), `"uri": "`+uri+`"`) || !strings.Contains(github.String(), "::error file="+want+",line=1") ||
			!strings.Contains(asJSON.String(), `"file": "`+want+`"`) || !strings.HasPrefix(r.Err().Error(), "-  E2  nowhere\n"+want+":1:1") {
			t.Errorf("%q:\n%s%s%s%s", dir, sarif.String(), github.String(), asJSON.String(), r.Err())
		}
	}
}

func TestSARIFHasPlacesAndRules(t *testing.T) {
	var b bytes.Buffer
	if err := sampleReport().SARIF(&b); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if log.Version != "2.1.0" || len(run.Tool.Driver.Rules) != 2 || len(run.Results) != 3 {
		t.Fatalf("%s", b.String())
	}
	for _, result := range run.Results {
		if run.Tool.Driver.Rules[result.RuleIndex].ID != result.RuleID {
			t.Errorf("%s has the rule index %d", result.RuleID, result.RuleIndex)
		}
	}
	if run.Results[0].Locations != nil || run.Results[1].Locations[0].Physical.Region != nil {
		t.Error("a place is made up")
	}
	at := run.Results[2].Locations[0].Physical
	if at.Artifact.URI != "flows/a%20b.yaml" || *at.Region != (sarifRegion{1, 7, 8}) {
		t.Errorf("%+v", at)
	}
}

func TestGitHubEscapes(t *testing.T) {
	var b bytes.Buffer
	if err := sampleReport().GitHub(&b); err != nil {
		t.Fatal(err)
	}
	want := "::error title=E1::nowhere\n" +
		"::warning file=bot.yaml,title=W2::odd <bot>\n" +
		"::error file=flows/a b.yaml,line=1,col=7,endColumn=7,title=E1::bad%0Aid. Fix: it, 100%25.\n"
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
	r := NewReport()
	r.Error(r.File("a,b:c.yaml").Pos(1, 1, 1), "E1", "", "x")
	b.Reset()
	_ = r.GitHub(&b)
	if !strings.HasPrefix(b.String(), "::error file=a%2Cb%3Ac.yaml,") {
		t.Errorf("%s", b.String())
	}
}

// TestReleaseKeepsWhatIsShown: a source with a finding has its excerpt afterwards,
// and the others are gone.
func TestReleaseKeepsWhatIsShown(t *testing.T) {
	r := NewReport()
	fine, found := Parse(r, "fine.yaml", []byte("a: b\n")), Parse(r, "found.yaml", []byte("c: d\n"))
	r.Warn(found.Get("c").Pos(), "W999", "", "this is odd")
	at := fine.Get("a").Pos()
	r.Release()
	if at.File.Lines() != 0 || at.String() != "fine.yaml:1:4" {
		t.Errorf("%s still has %d lines", at, at.File.Lines())
	}
	r.Warn(at, "W999", "", "this came late")
	var b strings.Builder
	if err := r.Text(&b, false); err != nil {
		t.Fatal(err)
	}
	want := "fine.yaml:1:4  W999  this came late\nfound.yaml:1:4  W999  this is odd\n    1 | c: d\n      |    ^\n2 warnings in 2 files\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
