package webchat

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"
)

//go:embed static/texts
var textFiles embed.FS

const (
	english  = "en"
	maxWords = 300 // runes of a text of the settings
)

// words are the chat's own texts in every language that it has.
type words struct {
	texts map[string]map[string]string // by language, then name; each language has all names
	tags  []string                     // the languages, the one of doubt first
	match language.Matcher
	fixed bool // the settings say which language
}

// newWords reads the texts that are built in and puts those of the settings over
// them. The fixed language may be one that only the settings have texts of.
func newWords(fixed string, own []string) (*words, error) {
	w := &words{texts: map[string]map[string]string{}, fixed: fixed != ""}
	files, err := textFiles.ReadDir("static/texts")
	if err != nil {
		return nil, fmt.Errorf("embedded texts: %w", err)
	}
	for _, f := range files {
		raw, err := textFiles.ReadFile("static/texts/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("embedded texts: %w", err)
		}
		texts := map[string]string{}
		if err := json.Unmarshal(raw, &texts); err != nil {
			return nil, fmt.Errorf("embedded texts of %s: %w", f.Name(), err)
		}
		w.texts[strings.TrimSuffix(f.Name(), path.Ext(f.Name()))] = texts
	}
	if err := w.replace(own); err != nil {
		return nil, fmt.Errorf("texts: %w", err)
	}
	first := english
	if w.fixed {
		if _, err := language.Parse(fixed); err != nil {
			return nil, fmt.Errorf("language: %q is not like pt-BR", fixed)
		}
		w.index(english)
		first = w.nearest(fixed)
	}
	w.index(first)
	return w, nil
}

// replace takes texts as name=text or language.name=text. Those of a language go
// before those of all.
func (w *words) replace(own []string) error {
	var all, one [][3]string
	for _, line := range own {
		name, text, ok := strings.Cut(line, "=")
		tag, inner, tagged := strings.Cut(strings.TrimSpace(name), ".")
		if !tagged {
			tag, inner = "", tag
		}
		text = strings.TrimSpace(text)
		if _, known := w.texts[english][inner]; !ok || !known {
			return fmt.Errorf("%q: write name=text or language.name=text, where name is one of %s",
				line, strings.Join(slices.Sorted(maps.Keys(w.texts[english])), ", "))
		}
		if text == "" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxWords {
			return fmt.Errorf("%q: the text has 1 to %d characters", line, maxWords)
		}
		if !tagged {
			all = append(all, [3]string{"", inner, text})
			continue
		}
		parsed, err := language.Parse(tag)
		if err != nil {
			return fmt.Errorf("%q: %q is no language, such as de or pt-BR", line, tag)
		}
		one = append(one, [3]string{parsed.String(), inner, text})
	}
	for _, r := range one { // a language of which nothing is built in begins as its nearest
		if w.texts[r[0]] == nil {
			w.index(english)
			w.texts[r[0]] = maps.Clone(w.texts[w.nearest(r[0])])
		}
	}
	for _, r := range all {
		for _, texts := range w.texts {
			texts[r[1]] = r[2]
		}
	}
	for _, r := range one {
		w.texts[r[0]][r[1]] = r[2]
	}
	return nil
}

// index makes the matcher, with the language first that stands in for all others.
func (w *words) index(first string) {
	w.tags = []string{first}
	for _, tag := range slices.Sorted(maps.Keys(w.texts)) {
		if tag != first {
			w.tags = append(w.tags, tag)
		}
	}
	parsed := make([]language.Tag, len(w.tags))
	for i, tag := range w.tags {
		parsed[i] = language.Make(tag)
	}
	w.match = language.NewMatcher(parsed)
}

// nearest returns the language to use for a tag or an Accept-Language header.
func (w *words) nearest(wish string) string {
	_, i := language.MatchStrings(w.match, wish)
	return w.tags[i]
}

// pick returns the language of a page: the one that was asked for in its address,
// else the one of the settings, else what the browser likes.
func (w *words) pick(asked, header string) string {
	switch {
	case asked != "" && len(asked) <= maxTag:
		return w.nearest(asked)
	case w.fixed:
		return w.tags[0]
	}
	return w.nearest(header)
}

// maxTag is the longest language tag that is looked at.
const maxTag = 35
