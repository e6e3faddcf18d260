package expression

import (
	"strings"
	"testing"
)

func TestEveryFunctionIsDocumentedAndItsExampleRuns(t *testing.T) {
	seen := map[string]bool{}
	for _, doc := range Functions() {
		t.Run(doc.Name, func(t *testing.T) {
			if seen[doc.Name] {
				t.Fatal("documented twice")
			}
			seen[doc.Name] = true
			if len(doc.Signatures) == 0 || !strings.HasSuffix(doc.Text, ".") || doc.Example == "" {
				t.Fatalf("incomplete: %+v", doc)
			}
			if got := show(t, testEnv(), doc.Example); got != doc.Result {
				t.Errorf("%s = %q, want %q", doc.Example, got, doc.Result)
			}
			if !strings.Contains(doc.Example, doc.Name+"(") {
				t.Errorf("the example does not call %s", doc.Name)
			}
		})
	}
}
