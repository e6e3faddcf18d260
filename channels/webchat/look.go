package webchat

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/parley-chat/parley/channels"
	"golang.org/x/text/language"
)

// maxTitle is the longest title, in runes.
const maxTitle = 60

// An appearance is what the settings say about looks and words.
type appearance struct {
	title    string
	initial  string
	logo     string // address, or ""
	scheme   string // auto, light, dark
	position string // auto, left, right
	radius   int    // pixels
	theme    theme
	words    *words
}

func newAppearance(c *channels.Config) (*appearance, error) {
	a := &appearance{title: strings.TrimSpace(textOr(c, "title")), logo: c.Text("logo")}
	if utf8.RuneCountInString(a.title) > maxTitle {
		return nil, fmt.Errorf("title: longer than %d characters", maxTitle)
	}
	if !utf8.ValidString(a.title) || a.title == "" {
		return nil, errors.New("title: not a text")
	}
	first, _ := utf8.DecodeRuneInString(a.title)
	a.initial = strings.ToUpper(string(first))
	rgb, err := parseColor(textOr(c, "color"))
	if err != nil {
		return nil, fmt.Errorf("color: %w", err)
	}
	a.theme = newTheme(rgb)
	if a.scheme, err = enumOf(c, "scheme"); err != nil {
		return nil, err
	}
	if a.position, err = enumOf(c, "position"); err != nil {
		return nil, err
	}
	if a.radius, err = intOf(c, "radius", 0, 28); err != nil {
		return nil, err
	}
	if u, err := url.Parse(a.logo); a.logo != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return nil, fmt.Errorf("logo: %q is not like https://shop.example.com/logo.png", a.logo)
	}
	if a.words, err = newWords(c.Text("language"), c.Lists["texts"]); err != nil {
		return nil, err
	}
	return a, nil
}

// bar is the color of the browser's own bar around the page.
func (a *appearance) bar(scheme string) string {
	if a.scheme != "auto" {
		scheme = a.scheme
	}
	if scheme == "dark" {
		return darkSurface.String()
	}
	return white.String()
}

// direction is in which a language is written: ltr or rtl.
func direction(tag string) string {
	script, _ := language.Make(tag).Script()
	switch script.String() {
	case "Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg":
		return "rtl"
	}
	return "ltr"
}
