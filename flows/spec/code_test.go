package spec

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var codeInSource = regexp.MustCompile(`"([EW]1[0-9][0-9])"`)

func TestEveryCodeIsDocumentedAndUsed(t *testing.T) {
	used := map[string]bool{}
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "code.go" {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range codeInSource.FindAllSubmatch(src, -1) {
			used[string(m[1])] = true
		}
	}
	documented := map[string]bool{}
	for _, doc := range Codes() {
		if documented[doc.Code] {
			t.Errorf("%s is documented twice", doc.Code)
		}
		documented[doc.Code] = true
		if !used[doc.Code] {
			t.Errorf("%s is documented and never used", doc.Code)
		}
		if doc.Title == "" || strings.HasSuffix(doc.Title, ".") {
			t.Errorf("%s has the title %q", doc.Code, doc.Title)
		}
	}
	for code := range used {
		if !documented[code] {
			t.Errorf("%s is not documented", code)
		}
	}
	if !slices.IsSortedFunc(Codes(), func(a, b CodeDoc) int { return strings.Compare(a.Code, b.Code) }) {
		t.Error("the codes are not in order")
	}
}

var yamlBlock = regexp.MustCompile("(?s)(Wrong|Right):\n\n```yaml\n(.*?)\n```")

func TestExamplesOfCodesAreWrongAndRight(t *testing.T) {
	g := testGrammar()
	for _, doc := range Codes() {
		for _, m := range yamlBlock.FindAllStringSubmatch(doc.Explanation, -1) {
			src := m[2]
			if !strings.HasPrefix(src, "flow:") {
				src = "flow: a\nsteps:\n  - " + strings.ReplaceAll(strings.TrimPrefix(src, "- "), "\n- ", "\n  - ")
				src = indentRest(src)
			}
			var codes []string
			for _, d := range g.load("f.yaml", []byte(src+"\n")).Diagnostics() {
				codes = append(codes, d.Code)
			}
			codes = slices.Compact(codes)
			if m[1] == "Wrong" && !slices.Equal(codes, []string{doc.Code}) {
				t.Errorf("%s: the wrong example gives %v:\n%s", doc.Code, codes, src)
			}
			if m[1] == "Right" && len(codes) > 0 {
				t.Errorf("%s: the right example gives %v:\n%s", doc.Code, codes, src)
			}
		}
	}
}

// indentRest indents the lines of a step below its first.
func indentRest(src string) string {
	lines := strings.Split(src, "\n")
	for i := 3; i < len(lines); i++ {
		if !strings.HasPrefix(lines[i], "  - ") {
			lines[i] = "    " + lines[i]
		} else if i > 3 && strings.HasSuffix(strings.TrimSpace(lines[i-1]), ":") {
			lines[i] = "    " + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}
