package failpoint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPointsAreHit: each name is a constant of its own, is listed, and is hit once
// in the code of the bot.
func TestPointsAreHit(t *testing.T) {
	hits := map[string]int{}
	for _, pattern := range []string{"../../*.go", "../../cli/*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, path := range paths {
			if !strings.HasSuffix(path, "_test.go") {
				collect(t, path, hits)
			}
		}
	}
	names := constants(t)
	if len(names) != len(Points()) {
		t.Errorf("%d constants, %d points", len(names), len(Points()))
	}
	for _, name := range names {
		if hits[name] != 1 {
			t.Errorf("%s is hit at %d places, want 1", name, hits[name])
		}
		delete(hits, name)
	}
	for name := range hits {
		t.Errorf("%s is hit and is no point", name)
	}
}

// collect counts the calls of Hit in a file, by the name of the constant.
func collect(t *testing.T, path string, hits map[string]int) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !isOurs(call.Fun, "Hit") {
			return true
		}
		if name, ok := call.Args[0].(*ast.SelectorExpr); ok && isOurs(name, name.Sel.Name) {
			hits[name.Sel.Name]++
		} else {
			t.Errorf("%s: a hit without a constant", path)
		}
		return true
	})
}

func isOurs(e ast.Expr, name string) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == "failpoint"
}

func constants(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "failpoint.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			names = append(names, spec.Names[0].Name)
		}
		return true
	})
	return names
}

// TestReleaseHasNoFailpoints: without the tag the compiler inlines a hit, which is
// empty, so that nothing of it is left; with the tag it is a call.
func TestReleaseHasNoFailpoints(t *testing.T) {
	for tags, want := range map[string]bool{"": true, "failpoints": false} {
		out, err := exec.CommandContext(t.Context(), "go", "build", "-gcflags=-m=2", "-tags", tags, ".").CombinedOutput()
		if err != nil {
			t.Fatalf("go build: %v\n%s", err, out)
		}
		empty := strings.Contains(string(out), "can inline Hit with cost 0") || strings.Contains(string(out), "can inline Hit with cost 1 ")
		if empty != want {
			t.Errorf("tags %q: an empty function that is inlined: %t, want %t\n%s", tags, empty, want, out)
		}
	}
}
