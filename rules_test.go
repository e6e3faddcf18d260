package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/parley-chat/parley"

// The rules of this repository, as tests; CONTRIBUTING.md has them in words.

// A goFile is a parsed file of the repository.
type goFile struct {
	path string // with slashes
	test bool
	ast  *ast.File
	fset *token.FileSet
	size int
}

func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && p != "." || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(p) != ".go" {
			return nil
		}
		fset := token.NewFileSet()
		src, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(fset, p, src, parser.ParseComments)
		if err != nil {
			return err
		}
		files = append(files, goFile{filepath.ToSlash(p), strings.HasSuffix(p, "_test.go"), f, fset, bytes.Count(src, []byte("\n"))})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// lines counts the lines of a node.
func (f goFile) lines(n ast.Node) int {
	return f.fset.Position(n.End()).Line - f.fset.Position(n.Pos()).Line + 1
}

func TestEveryPackageHasAComment(t *testing.T) {
	has := map[string]bool{}
	for _, f := range goFiles(t) {
		if dir := path.Dir(f.path); !f.test {
			has[dir] = has[dir] || f.ast.Doc != nil
		}
	}
	for dir, ok := range has {
		if !ok {
			t.Errorf("%s: the package has no comment", dir)
		}
	}
}

func TestEveryExportedNameHasAComment(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		for _, decl := range f.ast.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
					t.Errorf("%s: %s has no comment", f.path, d.Name.Name)
				}
			case *ast.GenDecl:
				uncommented(t, f, d)
			}
		}
	}
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if generic, ok := typ.(*ast.IndexExpr); ok {
		typ = generic.X
	}
	id, ok := typ.(*ast.Ident)
	return ok && id.IsExported()
}

func uncommented(t *testing.T, f goFile, d *ast.GenDecl) {
	t.Helper()
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
				t.Errorf("%s: type %s has no comment", f.path, s.Name.Name)
			}
		case *ast.ValueSpec:
			if s.Names[0].IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
				t.Errorf("%s: %s has no comment", f.path, s.Names[0].Name)
			}
		}
	}
}

// Sizes: what does not fit on a few screens is more than one idea.
func TestSizes(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.size > 500 {
			t.Errorf("%s has %d lines; 500 are the most", f.path, f.size)
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if l := f.lines(n) - tableLines(f, n); l > 80 {
					t.Errorf("%s: %s has %d lines; 80 are the most", f.path, n.Name.Name, l)
				}
			case *ast.InterfaceType:
				methods := 0
				for _, m := range n.Methods.List {
					methods += len(m.Names)
				}
				if methods > 7 {
					t.Errorf("%s: an interface has %d methods; 7 are the most", f.path, methods)
				}
			}
			return true
		})
	}
}

// tableLines counts the lines of a function that are a table of values: data to
// read down, however long.
func tableLines(f goFile, fn *ast.FuncDecl) int {
	lines := 0
	ast.Inspect(fn, func(n ast.Node) bool {
		if lit, ok := n.(*ast.CompositeLit); ok && f.lines(lit) > 10 {
			lines += f.lines(lit)
			return false
		}
		return true
	})
	return lines
}

func TestNoInitAndNoPanic(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Name.Name == "init" && n.Recv == nil {
					t.Errorf("%s: has an init", f.path)
				}
			case *ast.CallExpr:
				if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "panic" {
					t.Errorf("%s:%d: panics", f.path, f.fset.Position(n.Pos()).Line)
				}
			}
			return true
		})
	}
}

// Nothing sleeps but in virtual time: a test waits for what it waits for.
func TestNothingSleeps(t *testing.T) {
	for _, f := range goFiles(t) {
		virtual := slices.ContainsFunc(f.ast.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"testing/synctest"` })
		ast.Inspect(f.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "Sleep" || virtual {
				return true
			}
			if id, ok := sel.X.(*ast.Ident); ok && id.Name == "time" {
				t.Errorf("%s:%d: sleeps", f.path, f.fset.Position(n.Pos()).Line)
			}
			return true
		})
	}
}

// Layers: who may know whom.
func TestLayers(t *testing.T) {
	only := map[string][]string{ // a library and the folders that may import it
		"github.com/gin-gonic/gin":     {"bot"},
		"github.com/expr-lang/expr":    {"flows/expression"},
		"go.yaml.in/yaml/v3":           {"flows/spec"},
		"go.etcd.io/bbolt":             {"state/filestore"},
		"github.com/redis/go-redis/v9": {"state/redisstore"},
		"github.com/spf13/cobra":       {"bot/cli"},
		"github.com/fsnotify/fsnotify": {"bot"},
		"github.com/minio/minio-go/v7": {"bot/media"},
	}
	knows := map[string][]string{ // a folder and what of ours it may import
		"channels": {"channels"},
		"state":    {"state"},
		"flows":    {"flows", "channels"},
	}
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		dir := path.Dir(f.path)
		top, _, _ := strings.Cut(dir, "/")
		for _, imp := range f.ast.Imports {
			name := strings.Trim(imp.Path.Value, `"`)
			for lib, dirs := range only {
				if (name == lib || strings.HasPrefix(name, lib+"/")) && !slices.Contains(dirs, dir) {
					t.Errorf("%s imports %s, which only %v may", f.path, name, dirs)
				}
			}
			ours, ok := strings.CutPrefix(name, module+"/")
			allowed, limited := knows[top]
			if first, _, _ := strings.Cut(ours, "/"); ok && limited && !slices.Contains(allowed, first) {
				t.Errorf("%s imports %s; %s knows only %v", f.path, name, top, allowed)
			}
			if top == "flows" && (name == "net/http" || name == "os/exec" || name == "net") {
				t.Errorf("%s imports %s: flows do no I/O", f.path, name)
			}
		}
	}
}

func TestMainIsThin(t *testing.T) {
	src, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(src, []byte("\n")); n > 20 {
		t.Errorf("main.go has %d lines; 20 are the most", n)
	}
}

// TestDocumentsNameWhatExists: every path of this repository in back quotes or
// in a link of a document is there.
func TestDocumentsNameWhatExists(t *testing.T) {
	quoted := regexp.MustCompile("`([a-zA-Z0-9_./-]+)`")
	link := regexp.MustCompile(`\]\(([a-zA-Z0-9_./-]+)\)`)
	for _, doc := range documents(t) {
		src, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		names := quoted.FindAllStringSubmatch(string(src), -1)
		for _, m := range names {
			first, _, slash := strings.Cut(m[1], "/")
			if _, err := os.Stat(first); err != nil || !slash || strings.HasSuffix(m[1], "/") && first == "" {
				continue
			}
			if _, err := os.Stat(filepath.FromSlash(m[1])); err != nil {
				if _, err := os.Stat(filepath.Join(filepath.Dir(doc), filepath.FromSlash(m[1]))); err != nil {
					t.Errorf("%s names %s, which does not exist", doc, m[1])
				}
			}
		}
		for _, m := range link.FindAllStringSubmatch(string(src), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(doc), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s links to %s, which does not exist", doc, m[1])
			}
		}
	}
}

func documents(t *testing.T) []string {
	t.Helper()
	var docs []string
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if filepath.Ext(p) == ".md" {
			docs = append(docs, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// TestLifeOfAMessage: the seven files of the README exist and declare the
// functions that it names, and the third has the five steps in their order.
func TestLifeOfAMessage(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(readme), "## The life of one message")
	if !ok {
		t.Fatal("the README does not tell the life of one message")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	files := regexp.MustCompile("(?m)^\\d\\. `([^`]+)`, `([^`]+)`").FindAllStringSubmatch(section, -1)
	if len(files) != 7 {
		t.Fatalf("the life of one message has %d files with their functions, not 7", len(files))
	}
	for _, m := range files {
		src, err := os.ReadFile(m[1])
		if err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
		if !regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + m[2] + `\(`).Match(src) {
			t.Errorf("%s declares no function %s", m[1], m[2])
		}
	}
	src, err := os.ReadFile("bot/dispatch.go")
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, step := range []string{"accept", "turn", "commit", "mark"} {
		next := bytes.Index(src, []byte("func (b *Bot) "+step+"("))
		if next < at {
			t.Errorf("bot/dispatch.go: %s is missing, or not in the order of the message's life", step)
		}
		at = next
	}
}

// TestTopLevel: no folder at the top but those that everybody expects.
func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !slices.Contains([]string{"bot", "flows", "channels", "state", "examples", "bin"}, e.Name()) {
			t.Errorf("the folder %s is at the top level", e.Name())
		}
	}
}

// TestGuaranteesNameTheirTests: each promise has tests, and each of them exists,
// as a function or as a behaviour of the suite that every store passes.
func TestGuaranteesNameTheirTests(t *testing.T) {
	known := map[string]bool{}
	for _, f := range goFiles(t) {
		suite := path.Dir(f.path) == "state/statetest"
		if !f.test && !suite {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				known[n.Name.Name] = true
			case *ast.BasicLit:
				if suite && n.Kind == token.STRING {
					known[strings.Trim(n.Value, `"`)] = true
				}
			}
			return true
		})
	}
	src, err := os.ReadFile("state/GUARANTEES.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(src)) {
		cells := strings.Split(line, "|")
		if !strings.HasPrefix(line, "| **") || len(cells) < 6 {
			continue
		}
		rows++
		tests := regexp.MustCompile("`([A-Za-z]+)`").FindAllStringSubmatch(cells[4], -1)
		if len(tests) == 0 {
			t.Errorf("a promise without a test: %s", cells[1])
		}
		for _, m := range tests {
			if !known[m[1]] {
				t.Errorf("%s names the test %s, which does not exist", strings.TrimSpace(cells[1]), m[1])
			}
		}
	}
	if rows < 10 {
		t.Errorf("found %d promises", rows)
	}
}
