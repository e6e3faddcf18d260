package flows

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/spec"
)

// Secrets are the values of all that bot.yaml has as secrets, the longest first, since
// one may hold another. They are for hiding them.
func (b *Bot) Secrets() []string {
	all := []string{b.APIToken, b.Media.Secret}
	if s3 := b.Media.S3; s3 != nil {
		all = append(all, s3.AccessKey, s3.SecretKey)
	}
	for _, v := range b.secrets {
		if s, ok := v.(string); ok {
			all = append(all, s)
		}
	}
	if u, err := url.Parse(b.State); err == nil && u.User != nil {
		password, _ := u.User.Password()
		all = append(all, password)
	}
	for _, c := range b.Channels {
		for _, s := range c.Factory.Settings {
			if s.Kind == channels.SettingSecret {
				all = append(all, c.Config[s.Name])
			}
		}
	}
	all = slices.DeleteFunc(all, func(s string) bool { return s == "" })
	slices.SortFunc(all, func(x, y string) int { return cmp.Or(len(y)-len(x), strings.Compare(x, y)) })
	return slices.Compact(all)
}

// hideSecrets keeps what bot.yaml has as secrets out of the report, also when
// the file can't be read as YAML: so it looks at lines, and hides too much rather
// than too little. Names of variables of the environment are no secrets.
func hideSecrets(r *spec.Report, factories []channels.Factory, s source) {
	h := hider{r: r, name: s.name, keys: secretKeys(factories), below: -1, start: secretsLine}
	if inBraces.Match(s.data) {
		h.start = secretsInBraces
	}
	for i, line := range strings.Split(string(s.data), "\n") {
		h.line(i+1, strings.TrimRight(line, "\r"))
	}
}

// secretKeys finds `api_token:`, those of `media:`, and `token:` and the like of channels.
func secretKeys(factories []channels.Factory) *regexp.Regexp {
	names := []string{"api_token", "access_key", "secret_key", "secret"}
	for _, f := range factories {
		for _, s := range f.Settings {
			if s.Kind == channels.SettingSecret && !slices.Contains(names, s.Name) {
				names = append(names, regexp.QuoteMeta(s.Name))
			}
		}
	}
	return regexp.MustCompile(`(?:^|[\s{,"'])(?:` + strings.Join(names, "|") + `)["']?\s*:\s*`)
}

// A hider walks over the lines of a file.
type hider struct {
	r       *spec.Report
	name    string
	keys    *regexp.Regexp
	secrets bool // within `secrets:`
	below   int  // indentation of a key whose value may go on below; -1 for none
	start   *regexp.Regexp
	open    int // braces of `secrets:` that are not closed yet
}

var (
	secretsLine = regexp.MustCompile(`^secrets["']?\s*:`)
	// inBraces tells a file that stands in { } as a whole, where `secrets:` may be anywhere.
	inBraces        = regexp.MustCompile(`^(?:\x{FEFF}|\s|#.*\n|---\s)*\{`)
	secretsInBraces = regexp.MustCompile(`(?:^|[\s{,"'])secrets["']?\s*:`)
	keyLine         = regexp.MustCompile(`^\s*["']?[^\s:"'#]+(?: [^\s:"'#]+)*["']?\s*:\s*`)
	envName         = regexp.MustCompile(`\$\{\s*env\.[A-Za-z0-9_]+\s*(?:\}|\?\?)`)
)

func (h *hider) line(n int, line string) {
	text := strings.TrimLeft(line, " \t")
	indent := len(line) - len(text)
	switch {
	case text == "" || text[0] == '#':
		return
	case h.below >= 0 && indent > h.below:
		h.hide(n, line, indent, len(line))
		return
	case h.open > 0:
		h.hide(n, line, indent, len(line))
		h.open += strings.Count(text, "{") - strings.Count(text, "}")
		return
	}
	h.below = -1
	h.secrets = h.secrets && indent > 0
	switch {
	case h.secrets:
		from := indent
		if m := keyLine.FindStringIndex(line); m != nil {
			from = m[1]
		}
		h.hide(n, line, from, len(line))
		h.below = indent
	case h.start == secretsLine && secretsLine.MatchString(line):
		h.secrets = true
		h.hide(n, line, secretsLine.FindStringIndex(line)[1], len(line))
	case h.start.MatchString(line):
		h.settings(n, line, indent)
		from := h.start.FindStringIndex(line)[1]
		h.hide(n, line, from, len(line))
		h.open = strings.Count(line[from:], "{") - strings.Count(line[from:], "}")
	default:
		h.settings(n, line, indent)
	}
}

// settings hides the values of secret settings on a line.
func (h *hider) settings(n int, line string, indent int) {
	for _, m := range h.keys.FindAllStringIndex(line, -1) {
		end := len(line)
		if strings.Contains(line[:m[0]+1], "{") {
			end = inlineEnd(line, m[1])
		} else {
			h.below = indent
		}
		h.hide(n, line, m[1], end)
	}
}

// inlineEnd finds the end of a value within { }.
func inlineEnd(line string, from int) int {
	if from < len(line) && (line[from] == '"' || line[from] == '\'') {
		if i := strings.IndexByte(line[from+1:], line[from]); i >= 0 {
			return from + i + 2
		}
		return len(line)
	}
	rest := line[from:]
	if m := envName.FindStringIndex(rest); m != nil && m[0] == 0 {
		return inlineEnd(line, from+m[1])
	}
	if i := strings.IndexAny(rest, ",}"); i >= 0 {
		return from + i
	}
	return len(line)
}

// hide hides bytes of a line, but for the names of variables.
func (h *hider) hide(n int, line string, from, to int) {
	start := from
	for _, m := range envName.FindAllStringIndex(line[from:to], -1) {
		h.run(n, line, start, from+m[0])
		start = from + m[1]
	}
	h.run(n, line, start, to)
}

// run hides bytes of a line, but for space and quotes around them.
func (h *hider) run(n int, line string, from, to int) {
	const around = " \t\"'"
	text := line[from:to]
	from += len(text) - len(strings.TrimLeft(text, around))
	if text = strings.TrimRight(strings.TrimLeft(text, around), around+"}"); text == "" {
		return
	}
	column := utf8.RuneCountInString(line[:from]) + 1
	h.r.Hide(h.name, n, column, column+utf8.RuneCountInString(text), text)
}
