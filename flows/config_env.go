package flows

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/parley-chat/parley/flows/spec"
)

// envPattern is ${ env.NAME } or ${ env.NAME ?? "default" }.
var envPattern = regexp.MustCompile(`\$\{\s*env\.([A-Za-z_][A-Za-z0-9_]*)\s*(?:\?\?\s*("[^"]*"|'[^']*')\s*)?\}`)

// A missingEnv is a variable of the environment that is not set, and where it is
// named.
type missingEnv struct {
	name string
	at   spec.Pos
}

// env fills in variables of the environment, and reports those that are missing.
func (l *configLoader) env(n *spec.Node) string {
	text, missing := l.lookup(n)
	for _, m := range missing {
		l.missing(m)
	}
	return text
}

// lookup fills in what is there and returns what is not. An empty variable is
// one that is not set.
func (l *configLoader) lookup(n *spec.Node) (text string, missing []missingEnv) {
	if n == nil {
		return "", nil
	}
	src := n.Text()
	var b strings.Builder
	end := 0
	for _, m := range envPattern.FindAllStringSubmatchIndex(src, -1) {
		l.computed(n, end, m[0])
		b.WriteString(src[end:m[0]])
		name := src[m[2]:m[3]]
		value, set := l.variable(name)
		switch {
		case set:
			b.WriteString(value)
		case m[4] >= 0:
			b.WriteString(src[m[4]+1 : m[5]-1])
		default:
			missing = append(missing, missingEnv{name, runes(n, m[0], m[1])})
		}
		end = m[1]
	}
	l.computed(n, end, len(src))
	b.WriteString(src[end:])
	return b.String(), missing
}

// variable looks in the environment, then in .env.
func (l *configLoader) variable(name string) (string, bool) {
	if l.o.Env != nil {
		if v, ok := l.o.Env(name); ok && v != "" {
			return v, true
		}
	}
	v := l.dotenv[name]
	return v, v != ""
}

// computed reports a ${ } that is no variable of the environment, between two
// offsets of the text.
func (l *configLoader) computed(n *spec.Node, from, to int) {
	part := n.Text()[from:to]
	i := strings.Index(part, "${")
	if i < 0 {
		return
	}
	end := to
	if j := strings.Index(part[i:], "}"); j >= 0 {
		end = from + i + j + 1
	}
	l.r.Error(runes(n, from+i, end), "E219", `Write ${ env.NAME } or ${ env.NAME ?? "default" }.`, "bot.yaml computes nothing but variables of the environment")
}

// runes is the place of some bytes of a text.
func runes(n *spec.Node, from, to int) spec.Pos {
	start := utf8.RuneCountInString(n.Text()[:from])
	return n.At(start, start+utf8.RuneCountInString(n.Text()[from:to]))
}

func (l *configLoader) missing(m missingEnv) {
	fix := fmt.Sprintf("Set it, in the environment or in .env, or write a default: ${ env.%s ?? \"…\" }.", m.name)
	switch l.o.MissingEnv {
	case MissingEnvError:
		l.r.Error(m.at, "E220", fix, "the environment variable %s is not set", m.name)
	case MissingEnvWarning:
		l.r.Warn(m.at, "W220", fix, "the environment variable %s is not set", m.name)
	}
}
