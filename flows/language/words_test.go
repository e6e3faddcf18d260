package language

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFoldMakesTextsComparable(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		"  Hello,   World!  ":       "hello world",
		"A-1234":                    "a-1234",
		"don't":                     "dont",
		"don’t":                     "dont",
		"'quoted'":                  "quoted",
		"yes,please":                "yes please",
		"1,200 and 10:30 4/3":       "1,200 and 10:30 4/3",
		"ann@example.com.":          "ann@example.com",
		"/start":                    "start",
		"Où êtes-vous ?":            "ou etes-vous",
		"STRASSE Straße":            "strasse strasse",
		"İSTANBUL ılık":             "istanbul ilik",
		"Ｈｅｌｌｏ　１２３！":                "hello 123",
		"Đà Nẵng":                   "da nang",
		"Мой ёж":                    "мой еж",
		"Smørrebrød Łódź":           "smorrebrod lodz",
		"مَرْحَبًا أهلاً":           "مرحبا اهلا",
		"नमस्ते हिन्दी":             "नमस्ते हिन्दी",
		"हज़ार":                     "हजार",
		"が ｶﾞ":                      "が ガ",
		"สวัสดีค่ะ":                 "สวัสดีค่ะ",
		"한국어":                       "한국어",
		"ok 👍🏽!":                    "ok 👍",
		"❤️":                        "❤",
		"1️⃣":                       "1",
		"👨‍👩‍👧 family":              "👨‍👩‍👧 family",
		"٣ مرات":                    "٣ مرات",
		"wait…what — really?":       "wait what really",
		"«oui»":                     "oui",
		"soft\u00adhyphen\u200b!":   "softhyphen",
		"a\x00b\xff\xfec":           "a b c",
		"$30 €30 50%":               "30 30 50",
		"x² ½":                      "x² ½",
		"tab\tand\nline":            "tab and line",
		"z̸̢̛a̷l̶g̵o̶":              "zalgo",
		"O’Brien's at&t snake_case": "obriens at&t snake_case",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFoldLooksAtBoundedText(t *testing.T) {
	if got := Fold(strings.Repeat("é", maxFold+50)); utf8.RuneCountInString(got) != maxFold {
		t.Errorf("%d runes, want %d", utf8.RuneCountInString(got), maxFold)
	}
	if got := Fold(strings.Repeat("e", maxFold+50)); len(got) != maxFold {
		t.Errorf("%d bytes, want %d", len(got), maxFold)
	}
}

func TestWordsAreSingular(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"My orders":                "my order",
		"queries boxes wishes":     "query box wish",
		"classes heroes addresses": "class hero address",
		"status address news this": "status address news this",
		"yes bus gas his":          "yes bus gas his",
		"cars fees hours":          "car fee hour",
		"movies cookies menus":     "movie cookie menu",
		"cases sizes prices":       "case size price",
		"A-1234s":                  "a-1234s",
		"Ann's order":              "ann order",
		"great👍👍":                  "great 👍 👍",
		"我要退款":                     "我 要 退 款",
		"iPhoneを買う":                "iphone を 買 う",
		"カタカナ 5個":                  "カタカナ 5 個",
		"👨‍👩‍👧👍":                   "👨‍👩‍👧 👍",
		"где мой заказ?":           "где мой заказ",
	} {
		if got := strings.Join(Words(in), " "); got != want {
			t.Errorf("Words(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWordsFindThaiPhrases(t *testing.T) {
	if !ContainsPhrase(Words("ฉันต้องการคืนเงินค่ะ"), Words("คืนเงิน")) {
		t.Error("phrase not found in Thai")
	}
}

func TestContainsPhraseWantsConsecutiveWords(t *testing.T) {
	words := []string{"i", "want", "my", "money", "back"}
	for phrase, want := range map[string]bool{
		"money back": true, "i want": true, "back": true, "want money": false, "money back now": false, "": false,
	} {
		if got := ContainsPhrase(words, strings.Fields(phrase)); got != want {
			t.Errorf("%q: %v, want %v", phrase, got, want)
		}
	}
}

func TestDistanceCountsTypingMistakes(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"text", "text", 0}, {"txet", "text", 1}, {"tex", "text", 1}, {"texts", "text", 1},
		{"kitten", "sitting", 3}, {"über", "uber", 1}, {strings.Repeat("a", 100), strings.Repeat("a", 70), 30},
	} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestSuggestStaysNear(t *testing.T) {
	keys := []string{"text", "options", "timeout", "on_timeout", "invalid", "max_tries"}
	for in, want := range map[string]string{
		"txt": "text", "Text": "text", "optoins": "options", "timout": "timeout", "on_tiemout": "on_timeout",
		"colour": "", "x": "", "": "", "maxtries": "max_tries",
	} {
		if got := Suggest(in, keys); got != want {
			t.Errorf("Suggest(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Hello, World", "Don't", "İß", "👍🏽 1️⃣", "が\u3099", "a\u0306и\u0306", "ﬀ", "สวัสดี", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := Fold(s)
		if again := Fold(folded); again != folded {
			t.Errorf("Fold(%q) = %q, folded again %q", s, folded, again)
		}
		if strings.Contains(folded, "  ") || strings.TrimSpace(folded) != folded {
			t.Errorf("Fold(%q) = %q has loose spaces", s, folded)
		}
		if slices.Contains(Words(s), "") {
			t.Errorf("Words(%q) has an empty word", s)
		}
	})
}

func BenchmarkFold(b *testing.B) {
	for name, text := range map[string]string{
		"ascii":   "Hello, where is my order A-1234 please??",
		"unicode": "Où est ma commande A-1234, s’il vous plaît ?",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Fold(text)
			}
		})
	}
}

func BenchmarkWords(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Words("Hello, where is my order A-1234 please??")
	}
}
