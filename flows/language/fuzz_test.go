package language

import (
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzAnswer gives any text in any language to every parser, and checks what each
// promises of what it accepts.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		"about 250 people", "zweihundertfünfzig", "1.234,56 €", "tomorrow at half past five", "4.3.2026 17:30",
		"next friday", "in 3 days", "an hour and a half", "साढ़े पाँच बजे", "الساعة الخامسة والنصف", "thứ 6 tuần sau",
		"ann@example.com", "https://example.com/x", "+44 (0)20 7946 0958", "👍🏽", "2026-03-04T17:00:00+05:00",
		"99999999999999999999 years ago", "1,1,1,1,1,1", "½", "\xff\xfe", "the the the 4 , , , march",
		"minus minus 5", "2 k k k k k", "31 februar", "29 feb", "«5»", "1'000'000",
	} {
		for _, lang := range []string{"en", "de-CH", "fr", "vi", "ar", "hi", "it", "ja"} {
			f.Add(seed, lang, "GB")
		}
	}
	zone := berlin(f)
	f.Fuzz(func(t *testing.T, text, lang, country string) {
		l := Locale{Language: lang, Country: country, Zone: zone.Zone, Now: zone.Now}
		Bool(text, l)
		Int(text, l)
		checkNumber(t, text, l)
		checkTimes(t, text, l)
		checkContacts(t, text, l)
	})
}

func checkNumber(t *testing.T, text string, l Locale) {
	n, ok := Number(text, l)
	if ok && (n != n || n-n != 0) {
		t.Errorf("Number(%q) is %v", text, n)
	}
	i, isInt := Int(text, l)
	if isInt && (!ok || float64(i) != n) {
		t.Errorf("Int(%q) is %d, but Number %v, %v", text, i, n, ok)
	}
}

func checkTimes(t *testing.T, text string, l Locale) {
	if day, ok := Date(text, l); ok && (day.Location() != l.Zone || !day.Equal(dateOf(day).in(l.Zone, 0))) {
		t.Errorf("Date(%q) is no midnight: %v", text, day)
	}
	if clock, ok := Time(text, l); ok {
		if _, err := time.Parse("15:04", clock); err != nil || len(clock) != 5 {
			t.Errorf("Time(%q) is %q", text, clock)
		}
	}
	if at, ok := Datetime(text, l); ok && (at.Location() != l.Zone || at.Year() < 1 || at.Year() > 9999) {
		t.Errorf("Datetime(%q) is %v", text, at)
	}
	if d, ok := Duration(text, l); ok && (d <= 0 || d > maxDuration) {
		t.Errorf("Duration(%q) is %v", text, d)
	}
}

func checkContacts(t *testing.T, text string, l Locale) {
	if address, ok := Email(text); ok {
		if again, ok := Email(address); !ok || again != address {
			t.Errorf("Email(%q) is %q, which reads as %q", text, address, again)
		}
	}
	if number, ok := Phone(text, l); ok {
		if len(number) < 9 || len(number) > 16 || strings.Trim(number[1:], "0123456789") != "" || number[0] != '+' {
			t.Errorf("Phone(%q) is %q", text, number)
		}
		if again, ok := Phone(number, Locale{}); !ok || again != number {
			t.Errorf("Phone(%q) is %q, which reads as %q", text, number, again)
		}
	}
	if address, ok := URL(text); ok {
		if again, ok := URL(address); !ok || again != address || !strings.HasPrefix(address, "http") {
			t.Errorf("URL(%q) is %q, which reads as %q", text, address, again)
		}
	}
}

// Long answers made to be slow must not be.
func TestParsersAreLinear(t *testing.T) {
	l := berlin(t)
	for _, piece := range []string{
		"1,", "1 ", "4 , ", "the ", "five ", "and ", "hundred ", "minus ", "next ", "half ", "@", "a@", "+1", "(", "1/",
		"einundzwanzig", "é", "क्", "👍", "不", "march ", "in ", "at ", "k ", "yes ", "ab.", "5 hours ", "1h", "'", "-",
	} {
		text := strings.Repeat(piece, 100_000/len(piece))
		for _, l.Language = range []string{"en", "de", "vi"} {
			began := time.Now()
			for _, name := range parsers {
				parse(name, text, l)
			}
			if took := time.Since(began); took > time.Second/2 {
				t.Errorf("%q repeated, in %s: %v", piece, l.Language, took)
			}
		}
	}
}

var parsers = []string{"int", "number", "bool", "date", "time", "datetime", "duration", "email", "phone", "url"}

func TestDigitsOfEveryScriptHaveTheirValue(t *testing.T) {
	for zero, want := range map[rune]string{'0': "0123456789", '٠': "0123456789", '०': "0123456789", '๐': "0123456789", '𝟬': "0123456789"} {
		var text []rune
		for i := range rune(10) {
			text = append(text, zero+i)
		}
		if tokens := scan(string(text)); len(tokens) != 1 || tokens[0].text != want {
			t.Errorf("%q scans as %v", string(text), tokens)
		}
	}
	if got, ok := Int("１２", Locale{}); !ok || got != 12 {
		t.Errorf("full-width digits read as %s", strconv.Itoa(got))
	}
}

func TestEveryLexiconIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, lex := range lexicons() {
		if seen[lex.tag] || lex.yes == "" || lex.no == "" {
			t.Errorf("%s: given twice, or without yes and no", lex.tag)
		}
		seen[lex.tag] = true
		if lex.low == nil {
			continue
		}
		if len(lex.low) != 20 || len(lex.tens) != 8 && lex.tag != "hi" {
			t.Errorf("%s: %d low numbers, %d tens", lex.tag, len(lex.low), len(lex.tens))
		}
		if len(lex.weekdays) != 7 || len(lex.months) != 12 && lex.monthWord == "" {
			t.Errorf("%s: %d weekdays, %d months", lex.tag, len(lex.weekdays), len(lex.months))
		}
	}
	if len(seen) < 30 {
		t.Errorf("%d languages", len(seen))
	}
}

// Every form of a word must be found again, in the text it stands for.
func TestEveryNumberWordIsRead(t *testing.T) {
	for tag, x := range indexes() {
		for phrase, meanings := range x.phrases {
			for _, m := range meanings {
				if m.class != numberClass || !utf8.ValidString(phrase) || len(meanings) > 1 {
					continue
				}
				if got, ok := Int(phrase, Locale{Language: tag}); !ok || got != m.value {
					t.Errorf("%s: %q is %d, %v, want %d", tag, phrase, got, ok, m.value)
				}
			}
		}
	}
}

func TestFormsOfAWordDoNotContradict(t *testing.T) {
	for tag, x := range indexes() {
		for phrase, meanings := range x.phrases {
			values := map[class]int{}
			for _, m := range meanings {
				if v, ok := values[m.class]; ok && v != m.value {
					t.Errorf("%s: %q is both %d and %d of class %d", tag, phrase, v, m.value, m.class)
				}
				values[m.class] = m.value
			}
		}
	}
}
