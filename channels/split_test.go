package channels_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"
	"pgregory.net/rapid"

	"github.com/parley-chat/parley/channels"
)

func TestMeasureCountsInTheUnitOfThePlatform(t *testing.T) {
	const s = "é👩‍👩‍👧a" // one rune, a family of five runes, one rune
	for unit, want := range map[channels.Unit]int{
		channels.Runes: 7, channels.UTF16: 10, channels.Bytes: 21, channels.Graphemes: 3, "": 7,
	} {
		if got := channels.Measure(s, unit); got != want {
			t.Errorf("Measure in %q = %d, want %d", unit, got, want)
		}
	}
}

func TestSplitCutsAtTheBestBorder(t *testing.T) {
	for _, c := range []struct {
		name, in string
		max      int
		want     []string
	}{
		{"short", " hello ", 10, []string{"hello"}},
		{"blank", " \n ", 10, nil},
		{"no limit", "a b", 0, []string{"a b"}},
		{"exact", "hello", 5, []string{"hello"}},
		{"exact before a space", "hello you", 5, []string{"hello", "you"}},
		{"paragraph before sentence", "One two.\n\nThree. Four", 18, []string{"One two.", "Three. Four"}},
		{"paragraph", "One two three.\n\nFour five six", 22, []string{"One two three.", "Four five six"}},
		{"line", "One two three\nfour five six", 18, []string{"One two three", "four five six"}},
		{"sentence", "One two three? Four five", 20, []string{"One two three?", "Four five"}},
		{"sentence in quotes", `He said "one two." And on`, 22, []string{`He said "one two."`, "And on"}},
		{"no tiny part", "Hi. One two three four", 16, []string{"Hi. One two", "three four"}},
		{"word", "one two three", 9, []string{"one two", "three"}},
		{"long word", "abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"Chinese sentence", "今天很好。明天也很好", 8, []string{"今天很好。", "明天也很好"}},
		{"family stays whole", "ab👩‍👩‍👧cd", 6, []string{"ab", "👩‍👩‍👧c", "d"}},
		{"flag stays whole", "a🇳🇬🇳🇬", 4, []string{"a🇳🇬", "🇳🇬"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := channels.Split(c.in, channels.TextLimit{Max: c.max, Unit: channels.Runes})
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSplitCutsACharacterOnlyWhenItIsLongerThanTheLimit(t *testing.T) {
	in := "e" + strings.Repeat("\u0301", 20)
	for _, part := range channels.Split(in, channels.TextLimit{Max: 8, Unit: channels.Bytes}) {
		if len(part) > 8 || !utf8.ValidString(part) {
			t.Errorf("part of %d bytes, valid %v", len(part), utf8.ValidString(part))
		}
	}
}

func TestSplitOfHugeTextsKeepsAll(t *testing.T) {
	for name, in := range map[string]string{
		"emoji":      strings.Repeat("👩‍👩‍👧", 5000),
		"Thai":       strings.Repeat("สวัสดีครับ", 3000),
		"Vietnamese": strings.Repeat("Tie\u0302\u0301ng Vie\u0323\u0302t ", 3000),
		"one word":   strings.Repeat("x", 100000),
	} {
		t.Run(name, func(t *testing.T) { checkSplit(t, in, channels.TextLimit{Max: 4096, Unit: channels.UTF16}) })
	}
}

func TestSplitLosesNothing(t *testing.T) {
	word := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		" ", "\n", "\n\n", "\r\n", ". ", "。", "👩‍👩‍👧", "🇳🇬", "e\u0301", "word", "\u00a0", " \u0301",
	}))
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOf(word).Draw(t, "words"), "")
		checkSplit(t, in, channels.TextLimit{
			Max: rapid.IntRange(4, 40).Draw(t, "max"),
			Unit: rapid.SampledFrom([]channels.Unit{
				channels.Runes, channels.UTF16, channels.Bytes, channels.Graphemes,
			}).Draw(t, "unit"),
		})
	})
}

func FuzzSplit(f *testing.F) {
	f.Add("One two.\n\nThree 👩‍👩‍👧", 7)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		checkSplit(t, channels.Clean(s), channels.TextLimit{Max: max(4, limit%100), Unit: channels.UTF16})
	})
}

// checkSplit says that parts fit, are not empty, are whole characters where
// characters fit, and are the text but for white space.
func checkSplit(t interface {
	Helper()
	Fatalf(string, ...any)
}, in string, l channels.TextLimit) {
	t.Helper()
	parts := channels.Split(in, l)
	for _, part := range parts {
		if strings.TrimSpace(part) == "" {
			t.Fatalf("blank part in %q", parts)
		}
		if n := channels.Measure(part, l.Unit); n > l.Max {
			t.Fatalf("part of %d, limit %d: %q", n, l.Max, part)
		}
	}
	if got, want := squeeze(strings.Join(parts, "")), squeeze(in); got != want {
		t.Fatalf("joined %q, want %q", got, want)
	}
	if l.Max >= longest(in, l.Unit) {
		checkWhole(t, in, parts)
	}
}

// checkWhole finds the parts in the text and sees that each starts at a character.
func checkWhole(t interface {
	Helper()
	Fatalf(string, ...any)
}, in string, parts []string) {
	t.Helper()
	starts := map[int]bool{}
	pos, state := 0, -1
	for rest := in; rest != ""; {
		var c string
		starts[pos] = true
		c, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		pos += len(c)
	}
	from := 0
	for _, part := range parts {
		at := strings.Index(in[from:], part)
		if at < 0 || !starts[from+at] {
			t.Fatalf("part %q starts inside a character of %q", part, in)
		}
		from += at + len(part)
	}
}

func longest(s string, u channels.Unit) int {
	n, state := 0, -1
	for s != "" {
		var c string
		c, s, _, state = uniseg.FirstGraphemeClusterInString(s, state)
		n = max(n, channels.Measure(c, u))
	}
	return n
}

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}
