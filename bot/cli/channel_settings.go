package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/botyaml"
	"github.com/parley-chat/parley/flows/language"
)

// commonSettings are the keys that every channel has.
func commonSettings() []string { return []string{"optional", "rate", "bulk_rate", "on_unknown"} }

// set takes a --set: key=value, of a list once for each entry.
func (d *addition) set(text string) error {
	key, value, ok := strings.Cut(text, "=")
	if !ok {
		key = "" // it may be a secret
		return &usageError{errors.New("--set is key=value")}
	}
	if slices.Contains(commonSettings(), key) {
		d.common = append(d.common, botyaml.Setting{Name: key, Value: value})
		return nil
	}
	i := slices.IndexFunc(d.factory.Settings, func(s channels.Setting) bool { return s.Name == key })
	if i < 0 {
		return unknownSetting(d.factory.Type, key, d.factory.Settings, commonSettings()...)
	}
	why, fix := d.take(d.factory.Settings[i], value)
	if why != "" {
		return &usageError{fmt.Errorf("--set %s %s. %s", key, why, fix)}
	}
	return nil
}

// unknownSetting says which settings a type has, its own first.
func unknownSetting(kind, key string, known []channels.Setting, more ...string) error {
	var names []string
	for _, s := range known {
		names = append(names, s.Name)
	}
	names = append(names, more...)
	if s := language.Suggest(key, names); s != "" {
		return &usageError{fmt.Errorf("%s has no setting %q; did you mean %s?", kind, plain(key), s)}
	}
	return &usageError{fmt.Errorf("%s has no setting %q; it has %s", kind, plain(key), strings.Join(names, ", "))}
}

// take takes a value for a setting, unless it does not fit its form. One that is a
// variable of the environment is written as such.
func (d *addition) take(s channels.Setting, value string) (why, fix string) {
	literal, name := value, variableIn(value)
	if name != "" {
		var ok bool
		if literal, ok = d.lookup(name); !ok || literal == "" {
			return "is " + name + ", which is not set", "Set it in the environment or in .env."
		}
	}
	if strings.ContainsAny(literal, "\r\n\x00") && s.Kind == channels.SettingSecret {
		return "has a line break", "Copy it again."
	}
	if s.Kind == channels.SettingList {
		d.lists[s.Name] = append(d.lists[s.Name], value)
		return "", ""
	}
	if literal == "" {
		if s.Required {
			return "is needed", ""
		}
		delete(d.values, s.Name)
		delete(d.refs, s.Name)
		return "", ""
	}
	if why, fix := flows.CheckSetting(s, literal); why != "" {
		return why, fix
	}
	d.values[s.Name] = literal
	delete(d.refs, s.Name)
	if name != "" {
		d.refs[s.Name] = value
	}
	return "", ""
}

// lookup finds a variable as the bot will: in the environment, then in .env.
func (d *addition) lookup(name string) (string, bool) {
	env := d.a.options.Env
	if env == nil {
		env = os.LookupEnv
	}
	if v, ok := env(name); ok && v != "" {
		return v, true
	}
	v, ok := d.inFile[name]
	return v, ok
}

// config is what the channel would be made of.
func (d *addition) config(client *http.Client) *channels.Config {
	c := &channels.Config{Name: d.name, Values: map[string]string{}, Lists: d.lists, HTTP: client, Log: slog.New(slog.DiscardHandler)}
	for _, s := range d.factory.Settings {
		if s.Kind == channels.SettingList {
			continue
		}
		c.Values[s.Name] = s.Default
		if v, ok := d.values[s.Name]; ok {
			c.Values[s.Name] = v
		}
	}
	return c
}

var settingIn = regexp.MustCompile(`^setting "([^"]+)" ?`)

// settle asks for what the channel can't be made without. The table says what is
// required, and the type itself what it misses beyond, by the setting that it names.
func (d *addition) settle(ctx context.Context) error {
	var needed []error // all of them at once, where nobody is asked
	for _, s := range d.factory.Settings {
		if _, given := d.values[s.Name]; s.Required && !given && len(d.lists[s.Name]) == 0 {
			err := d.obtain(ctx, s, "")
			if err != nil && !d.q.never {
				return err
			}
			if err != nil {
				needed = append(needed, err)
			}
		}
	}
	if len(needed) > 0 {
		return &usageError{errors.Join(needed...)}
	}
	for {
		_, err := d.factory.New(d.config(nil))
		if err == nil {
			return nil
		}
		m := settingIn.FindStringSubmatch(err.Error())
		i := -1
		if m != nil {
			i = slices.IndexFunc(d.factory.Settings, func(s channels.Setting) bool { return s.Name == m[1] })
		}
		if i < 0 {
			return &usageError{fmt.Errorf("the channel can't be made: %w", err)}
		}
		s := d.factory.Settings[i]
		if s.Kind == channels.SettingList {
			delete(d.lists, s.Name)
		}
		if err := d.obtain(ctx, s, strings.TrimPrefix(err.Error(), m[0])); err != nil {
			return err
		}
	}
}

// obtain gets a value for a setting: one that is in the environment under its usual
// name, one made up where the operator chooses it, or what a person answers. Why says
// what was wrong before.
func (d *addition) obtain(ctx context.Context, s channels.Setting, why string) error {
	_, had := d.values[s.Name]
	if s.Own && !had {
		d.values[s.Name] = rand.Text()
		fmt.Fprintf(d.say, "%s: made up, %d characters\n", s.Name, len(d.values[s.Name]))
		return nil
	}
	name := usualVariable(d.factory.Type, d.name, s)
	if v, ok := d.lookup(name); s.Kind == channels.SettingSecret && !had && ok && v != "" && !strings.Contains(string(d.src), "env."+name) {
		if why, _ := d.take(s, "${ env."+name+" }"); why == "" {
			fmt.Fprintf(d.say, "%s: from %s, which is set\n", s.Name, name)
			return nil
		}
	}
	if why != "" {
		fmt.Fprintf(d.q.out, "%s %s\n", s.Name, plain(why))
		delete(d.values, s.Name)
		delete(d.refs, s.Name)
	}
	if d.q.never || errors.Is(ctx.Err(), context.Canceled) {
		return d.unanswered(s, why)
	}
	return d.ask(ctx, s)
}

// unanswered says how to give a setting without being asked.
func (d *addition) unanswered(s channels.Setting, why string) error {
	if why == "" || strings.HasPrefix(why, "is missing") {
		why = "is needed"
	}
	give := fmt.Sprintf("--set %s=…", s.Name)
	if s.Kind == channels.SettingSecret {
		give = fmt.Sprintf("%s, in the environment or in .env, or %s", usualVariable(d.factory.Type, d.name, s), give)
	}
	return &usageError{fmt.Errorf("%s %s: give it by %s", s.Name, plain(why), give)}
}

// ask asks for a setting until the answer fits.
func (d *addition) ask(ctx context.Context, s channels.Setting) error {
	doc := s.Doc
	if s.Kind == channels.SettingEnum {
		doc += " One of: " + strings.Join(s.Values, ", ") + "."
	}
	if variableIn(s.Example) == "" && s.Example != "" {
		doc += " Such as " + strings.Trim(s.Example, `"'[]`)
	}
	fmt.Fprintf(d.q.out, "%s\n", plain(doc))
	for {
		var value string
		var err error
		switch {
		case s.Kind == channels.SettingSecret:
			before := d.values[s.Name]
			if value, err = d.q.secret(ctx, s.Name+asBefore(before)); value == "" && before != "" && err == nil {
				return nil
			}
		case s.Kind == channels.SettingList:
			value, err = d.q.line(ctx, s.Name+", one entry, or nothing to end", "")
		default:
			usual := d.values[s.Name]
			if usual == "" {
				usual = s.Default
			}
			value, err = d.q.line(ctx, s.Name, usual)
		}
		if errors.Is(err, errNobody) {
			return d.unanswered(s, "")
		}
		if err != nil {
			return err
		}
		if s.Kind == channels.SettingList && value == "" && (!s.Required || len(d.lists[s.Name]) > 0) {
			return nil
		}
		why, fix := d.take(s, value)
		switch {
		case why != "":
			fmt.Fprintf(d.q.out, "%s %s. %s\n", s.Name, plain(why), plain(fix))
		case s.Kind != channels.SettingList:
			return nil
		}
	}
}

// asBefore tells that an empty answer leaves a secret as it is.
func asBefore(value string) string {
	if value == "" {
		return ""
	}
	return " (nothing: as before)"
}

// more asks for settings that may be left as they are.
func (d *addition) more(ctx context.Context) error {
	var left []channels.Setting
	var names []string
	for _, s := range d.factory.Settings {
		if _, given := d.values[s.Name]; !given && !s.Required && len(d.lists[s.Name]) == 0 {
			left, names = append(left, s), append(names, s.Name)
		}
	}
	if len(left) == 0 || d.q.never {
		return nil
	}
	yes, err := d.q.yes(ctx, "More settings? "+strings.Join(names, ", "), false)
	if errors.Is(err, errNobody) || err == nil && !yes {
		return nil
	}
	for _, s := range left {
		if err == nil {
			err = d.ask(ctx, s)
		}
		if s.Kind != channels.SettingList && d.values[s.Name] == s.Default {
			delete(d.values, s.Name)
		}
	}
	return err
}

// usualVariable is the variable that a secret has by convention: that of the examples,
// or with the name of a channel that is not called as its type.
func usualVariable(typ, name string, s channels.Setting) string {
	if v := variableIn(s.Example); name == typ && v != "" {
		return v
	}
	return strings.ToUpper(name + "_" + s.Name)
}
