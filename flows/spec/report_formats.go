package spec

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// JSON writes {"errors": n, "warnings": n, "hints": n, "diagnostics": […]}, sorted like
// Diagnostics, for tools.
func (r *Report) JSON(w io.Writer) error {
	out := struct {
		Errors      int          `json:"errors"`
		Warnings    int          `json:"warnings"`
		Hints       int          `json:"hints"`
		Diagnostics []Diagnostic `json:"diagnostics"`
	}{r.Count(SeverityError), r.Count(SeverityWarning), r.Count(SeverityHint), r.Diagnostics()}
	if out.Diagnostics == nil {
		out.Diagnostics = []Diagnostic{}
	}
	return writeJSON(w, out)
}

// writeJSON indents, and keeps < and & readable.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// The parts of SARIF 2.1.0 that a report fills.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID string `json:"id"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndColumn   int `json:"endColumn"`
	}
)

// SARIF writes a SARIF 2.1.0 log, which code hosts and editors show beside the
// source. Columns are code points.
func (r *Report) SARIF(w io.Writer) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "parley", Rules: []sarifRule{}}
	rules := map[string]int{}
	for _, d := range r.Diagnostics() {
		if _, known := rules[d.Code]; !known {
			rules[d.Code] = len(run.Tool.Driver.Rules)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{ID: d.Code})
		}
		result := sarifResult{RuleID: d.Code, RuleIndex: rules[d.Code], Level: sarifLevel(d.Severity), Message: sarifText{d.sentence()}}
		if d.File != "" {
			at := sarifPhysical{Artifact: sarifArtifact{URI: fileURI(d.File)}}
			if d.Line > 0 {
				at.Region = &sarifRegion{StartLine: d.Line, StartColumn: d.Column, EndColumn: d.EndColumn}
			}
			result.Locations = []sarifLocation{{Physical: at}}
		}
		run.Results = append(run.Results, result)
	}
	return writeJSON(w, sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	})
}

// sarifLevel is a severity in SARIF's words.
func sarifLevel(s Severity) string {
	if s == SeverityHint {
		return "note"
	}
	return string(s)
}

// fileURI writes a file name as a URI reference, a relative one unless the name
// begins at the root.
func fileURI(name string) string {
	var b strings.Builder
	if filepath.IsAbs(name) {
		b.WriteString("file://")
	}
	for _, c := range []byte(filepath.ToSlash(name)) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("/._-~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// GitHub writes workflow commands, which GitHub Actions shows as annotations on
// the changed lines.
func (r *Report) GitHub(w io.Writer) error {
	for _, d := range r.Diagnostics() {
		var props []string
		if d.File != "" {
			props = append(props, "file="+githubProperty(filepath.ToSlash(d.File)))
		}
		if d.Line > 0 {
			// GitHub's endColumn is inclusive.
			props = append(props, fmt.Sprintf("line=%d,col=%d,endColumn=%d", d.Line, d.Column, d.EndColumn-1))
		}
		props = append(props, "title="+githubProperty(d.Code))
		command := string(d.Severity)
		if d.Severity == SeverityHint {
			command = "notice"
		}
		if _, err := fmt.Fprintf(w, "::%s %s::%s\n", command, strings.Join(props, ","), githubData(d.sentence())); err != nil {
			return err
		}
	}
	return nil
}

// githubData escapes the text of a workflow command.
func githubData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// githubProperty escapes a property of a workflow command.
func githubProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
