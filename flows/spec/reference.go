package spec

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// A Section is a part of the reference.
type Section struct {
	Title string
	// Doc is Markdown that stands before the tables.
	Doc string
	// Groups are tables that belong together: the first of each has a heading of
	// its own, the others stand below it.
	Groups [][]*Table
}

// Reference writes tables as Markdown: for each a heading, what it is for, an
// example, and its keys with their form, their default and what they do.
func Reference(w io.Writer, sections []Section) error {
	out := bufio.NewWriter(w)
	for i, s := range sections {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintf(out, "## %s\n", s.Title)
		paragraph(out, s.Doc)
		for _, group := range s.Groups {
			for i, t := range group {
				t.reference(out, "###"+strings.Repeat("#", min(i, 1)))
			}
		}
	}
	return out.Flush()
}

// paragraph writes Markdown with an empty line before it.
func paragraph(w io.Writer, text string) {
	if text = strings.TrimSpace(text); text != "" {
		fmt.Fprintf(w, "\n%s\n", text)
	}
}

// reference writes one table.
func (t *Table) reference(w io.Writer, mark string) {
	fmt.Fprintf(w, "\n%s %s\n", mark, t.Name)
	paragraph(w, t.Doc)
	if example := strings.TrimRight(t.Example, "\n"); example != "" {
		fmt.Fprintf(w, "\n```yaml\n%s\n```\n", example)
	}
	fields := append(append([]Field{}, t.Fields...), t.Patterns...)
	if len(fields) == 0 {
		return
	}
	fmt.Fprintf(w, "\n| key | form | default | what it does |\n| --- | --- | --- | --- |\n")
	for _, f := range fields {
		fmt.Fprintf(w, "| %s | %s | %s | %s |\n", f.keyCell(), cell(f.Shape.String()), f.defaultCell(), f.docCell())
	}
	if t.Open {
		fmt.Fprintf(w, "\nFurther keys are allowed.\n")
	}
}

// keyCell names the key, or some of those that a pattern stands for.
func (f Field) keyCell() string {
	if len(f.Keys) == 0 {
		return "`" + cell(f.Name) + "`"
	}
	return "`" + strings.Join(f.Keys, "` `") + "`"
}

// defaultCell says what holds when the key is missing.
func (f Field) defaultCell() string {
	switch {
	case f.Required:
		return "required"
	case f.Default != "":
		return code(f.Default)
	}
	return ""
}

// docCell says what the key does, and shows a value.
func (f Field) docCell() string {
	doc := cell(strings.TrimSpace(f.Doc))
	if f.Secret {
		doc = strings.TrimSpace(doc + " Never printed.")
	}
	if f.Example != "" && !strings.Contains(f.Example, "\n") {
		doc = strings.TrimSpace(doc + " Such as " + code(f.Example) + ".")
	}
	return doc
}

// code writes a value in a cell as code, with as many backticks as it needs.
func code(s string) string {
	s = cell(s)
	if strings.Contains(s, "`") {
		return "`` " + s + " ``"
	}
	return "`" + s + "`"
}

// cell escapes what would end a cell of a table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s)
}
