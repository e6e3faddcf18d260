package flows

import (
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels/builtin"
)

// TestExamplesLoadWithoutADiagnostic: what people copy from has no mistake.
func TestExamplesLoadWithoutADiagnostic(t *testing.T) {
	for _, dir := range []string{"../examples/hello", "../examples/support"} {
		b, report := Load(dir, LoadOptions{Factories: builtin.Factories(), MissingEnv: MissingEnvError})
		var text strings.Builder
		_ = report.Text(&text, false)
		if b == nil || len(report.Diagnostics()) > 0 {
			t.Errorf("%s:\n%s", dir, text.String())
		}
	}
}
