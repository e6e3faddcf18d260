package language

import (
	"strings"
	"sync"
	"time"
)

// A lexicon is what the parsers know of one language. Forms of a word are parted
// by bars, and are written as people write them: they are scanned like an answer.
// A form that ends in a question mark is a word or name of its own as well ("sat",
// "may"), and counts only where nothing in the answer is unknown.
type lexicon struct {
	tag string

	// Answers to yes-or-no questions.
	yes, no string
	unsure  string // neither, though it has words of either: "not sure"
	not     string // turns a yes around

	// Numbers.
	comma    bool     // 1,5 is one and a half, 1.500 is fifteen hundred
	spaced   bool     // 1 500 is one number
	low      []string // 0 to 19
	tens     []string // 20, 30 … 90
	joins    []string // how a ten T and a unit U make a number: "T U"
	afterTen map[int]string
	numbers  map[string]int // others below 1000
	glued    bool           // numbers are written in one word, to a thousand and beyond
	hundred  string
	scales   map[string]int
	and      string
	minus    string
	point    string         // before the fraction of a number in words
	article  string         // "a", which is one in "a week" but no number
	mixed    map[string]int // in hundredths: "anderthalb" is 150
	half     string         // before what it is half of
	quarter  string
	adds     map[string]int // minutes, or sixtieths, after a number: "et demie" is 30
	leads    map[string]int // the same before it

	// Dates.
	months     []string
	monthWord  string   // before the number of a month
	weekdays   []string // from Sunday
	dayWord    string   // before the number of a weekday, Monday being 2
	ordinals   []string // from 1
	dotted     bool     // a dot makes digits an ordinal
	theDay     string   // before a day of the month that is said without it
	suffixes   string   // after the digits of a day: "th"
	days       map[string]int
	next       string // of the next week
	coming     string // the first to come
	this, last string
	nextWeek   string
	thisWeek   string
	ahead      string // "in" 3 days
	aheadAfter string // 3 days "from now"
	ago        string
	agoAfter   string

	// Times and durations.
	units      map[unit]string
	spans      map[string]time.Duration // units that may stand alone, being one
	clock12    bool                     // 5:30 may be in the afternoon
	at         string                   // before an hour
	hour       string                   // after an hour
	hours      map[string]int           // words for hours alone
	past, to   string                   // ten past five
	plus, less string                   // five plus ten
	half6      string                   // before an hour, for half an hour less
	quarter6   string                   // the same, for a quarter less
	moments    map[string]int           // minutes of the day
	now        string
	zones      string // time zones, which are not read
	parts      map[part]string
	partsAfter map[part]string // the same, only behind an hour
	tonight    map[string]part // a part of today in one word
	tomorrow   map[string]part // the same of tomorrow
	fillers    string          // words that say nothing
}

// A unit is a measure of time.
type unit int

const (
	secondUnit unit = iota
	minuteUnit
	hourUnit
	dayUnit
	weekUnit
	monthUnit
	yearUnit
)

// A part is a part of the day, which says what a bare hour means.
type part int

const (
	noPart part = iota
	morning
	midday
	afternoon
	night
)

// lexicons returns what is known of every language, English first.
func lexicons() []*lexicon {
	list := []*lexicon{
		english(), german(), french(), spanish(), portuguese(), italian(), dutch(),
		vietnamese(), indonesian(), turkish(), russian(), arabic(), hindi(),
	}
	return append(list, answersOnly...)
}

// indexes holds the index of every language, made at first use.
var indexes = sync.OnceValue(func() map[string]*index {
	all := map[string]*index{}
	var en *index
	for _, lex := range lexicons() {
		x := newIndex(lex, en)
		if en == nil {
			en = x
		}
		all[lex.tag] = x
	}
	return all
})

// aliases are other tags for languages in the list.
var aliases = map[string]string{"no": "nb", "nn": "nb", "iw": "he", "in": "id", "fil": "tl", "ms": "id"}

// index returns the words of the locale's language, or the English ones.
func (l Locale) index() *index {
	tag, _ := l.tag()
	if alias, ok := aliases[tag]; ok {
		tag = alias
	}
	if x, ok := indexes()[tag]; ok {
		return x
	}
	return indexes()["en"]
}

// tag returns the language in lower and the region in upper case, as far as given.
func (l Locale) tag() (lang, region string) {
	parts := strings.FieldsFunc(firstRunes(l.Language, 64), func(r rune) bool { return r == '-' || r == '_' })
	if len(parts) == 0 {
		return "en", ""
	}
	for _, p := range parts[1:] {
		if len(p) == 2 {
			return strings.ToLower(parts[0]), strings.ToUpper(p)
		}
	}
	return strings.ToLower(parts[0]), ""
}

// comma reports whether a comma is the decimal sign. In a few countries it is not,
// though elsewhere their language has it.
func (l Locale) comma() bool {
	lang, region := l.tag()
	if region == "" {
		region = strings.ToUpper(l.Country)
	}
	switch region {
	case "CH", "LI":
		return lang == "fr"
	case "MX", "US", "PR", "GT", "HN", "NI", "SV", "PA", "DO", "PE":
		return lang != "es" && l.index().lex.comma
	}
	return l.index().lex.comma
}

// monthFirst reports whether the month comes first in a date of two or three numbers.
func (l Locale) monthFirst() bool {
	switch lang, region := l.tag(); lang {
	case "en":
		return region == "US" || region == "" && strings.EqualFold(l.Country, "US")
	case "zh", "ja", "ko":
		return true
	}
	return false
}

// zone returns the time zone, which is UTC unless given.
func (l Locale) zone() *time.Location {
	if l.Zone == nil {
		return time.UTC
	}
	return l.Zone
}

// now returns the time of the message in the zone of the locale.
func (l Locale) now() time.Time { return l.Now.In(l.zone()) }
