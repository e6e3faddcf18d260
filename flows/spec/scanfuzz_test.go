package spec

import (
	"regexp"
	"testing"
)

// exotic is YAML that no author of a bot writes and the scanner does not know.
var exotic = regexp.MustCompile(`(?m)\?|^%|[\]}]:|^--- |^\.\.\. `)

// What YAML takes without a trap, the scanner takes as well.
func FuzzScannerIsSilentAboutGoodFiles(f *testing.F) {
	f.Add([]byte(fine))
	f.Add([]byte("a:\n  - b: c\n    d: e\n  - f\n- g\n"))
	f.Add([]byte("steps:\n- say: a\n  b:\n  - c\n  - {d: [e, f]}\nx: y\n  z\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if exotic.Match(src) {
			return
		}
		r := NewReport()
		if Parse(r, "f.yaml", src); len(r.Diagnostics()) > 0 {
			return
		}
		scanned := NewReport()
		newScanner(scanned, scanned.addFile("f.yaml", string(src))).run()
		for _, d := range scanned.Diagnostics() {
			t.Errorf("%v", d)
		}
	})
}
