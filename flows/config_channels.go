package flows

import (
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/spec"
)

// channels reads the channels and checks their settings against the tables of
// their types.
func (l *configLoader) channels() {
	if l.v.Has("channels") && len(l.v.Map("channels")) == 0 {
		l.r.Error(l.v.Node("channels").Pos(), "E123", "Add one, such as `web: {type: webchat}`.", "there is no channel")
	}
	for _, p := range l.section("channels") {
		// One with a mistake is kept: flows may name it.
		c := ChannelSpec{Name: p.Key.Text(), Config: map[string]string{}, Lists: map[string][]string{}}
		if l.identName(p.Key) {
			l.channel(&c, p)
		}
		l.b.Channels = append(l.b.Channels, c)
	}
}

func (l *configLoader) channel(c *ChannelSpec, p spec.Pair) {
	n := p.Value
	types := make([]string, 0, len(l.o.Factories))
	for _, f := range l.o.Factories {
		types = append(types, f.Type)
	}
	kind := n.Get("type")
	switch {
	case n.Broken() || kind.Broken():
		return
	case n.Kind() == spec.Scalar && slices.Contains(types, n.Text()):
		l.r.Error(n.Pos(), "E122", fmt.Sprintf("Write `{type: %s}`.", n.Text()), "a channel is a map with a `type`")
		return
	case kind.Kind() != spec.Scalar:
		l.r.Error(n.Pos(), "E121", "Add `type:`. "+didYouMean("", types), "the channel %s has no type", c.Name)
		return
	}
	i := slices.Index(types, kind.Text())
	if i < 0 {
		l.r.Error(kind.Pos(), "E221", didYouMean(kind.Text(), types), "there is no channel type %q", kind.Text())
		return
	}
	c.Factory = l.o.Factories[i]
	before := len(l.r.Diagnostics())
	v := spec.Decode(l.r, n, settingsTable(c.Factory))
	s := settingLoader{configLoader: l, c: c, v: v}
	s.optional, _ = v.Bool("optional")
	s.common()
	for _, setting := range c.Factory.Settings {
		s.load(setting)
		s.lacks = s.lacks || v.Given(setting.Name) && !v.Has(setting.Name)
	}
	if len(l.r.Diagnostics()) == before {
		s.build(p.Key)
	}
}

// settingsTable makes the table of a channel's keys.
func settingsTable(f channels.Factory) *spec.Table {
	name := spec.Shape{Kind: spec.Name}
	t := &spec.Table{Name: f.Type, Doc: f.Summary, Fields: []spec.Field{
		{Name: "type", Shape: spec.Shape{Kind: spec.Enum, Values: []string{f.Type}}, Required: true, Doc: "The type of the channel.", Example: f.Type},
		{Name: "optional", Shape: spec.Shape{Kind: spec.Bool}, Default: "false", Doc: "Leaves the channel out while a variable of its environment is missing.", Example: "true"},
		{Name: "rate", Shape: spec.Shape{Kind: spec.Number}, Doc: "The messages a second that the channel sends at most, in all processes together. Without it, what the platform is known to take; what the platform answers counts in any case.", Example: "20"},
		{Name: "bulk_rate", Shape: spec.Shape{Kind: spec.Number}, Doc: "The events a second that programs may post as bulk. Without it, all that replies leave of `rate`.", Example: "5"},
		{Name: "on_unknown", Shape: spec.Shape{Kind: spec.Enum, Values: []string{"resend", "hold"}}, Default: "resend", Doc: "What to do with a message of which nobody knows whether it was sent: send it again, so that it may arrive twice, or hold it as a dead letter for a person to decide.", Example: "hold"},
	}}
	for _, s := range f.Settings {
		shape := name
		if s.Kind == channels.SettingList {
			shape = spec.Shape{Kind: spec.OneOrList, Of: &name}
		}
		doc := s.Doc
		if s.Kind == channels.SettingEnum {
			doc += " One of `" + strings.Join(s.Values, "`, `") + "`."
		}
		t.Fields = append(t.Fields, spec.Field{
			Name: s.Name, Shape: shape, Required: s.Required, Default: asValue(s.Default), Doc: doc, Example: asValue(s.Example),
			Secret: s.Kind == channels.SettingSecret,
		})
	}
	return t
}

// asValue writes a value of a setting as it stands in YAML.
func asValue(s string) string {
	if strings.HasPrefix(s, "#") {
		return `"` + s + `"`
	}
	return s
}

// A settingLoader reads the settings of one channel.
type settingLoader struct {
	*configLoader
	c        *ChannelSpec
	v        *spec.Values
	optional bool
	lacks    bool // a variable of the environment is missing, or a value is broken
}

// namedSetting finds the setting that an error of a channel is about.
var namedSetting = regexp.MustCompile(`setting "([^"]+)"|^([a-z][a-z0-9_]*)(?::| is | or )`)

// common reads the keys that every channel has.
func (l *settingLoader) common() {
	l.c.Hold = l.v.Text("on_unknown") == "hold"
	for name, rate := range map[string]*float64{"rate": &l.c.Pace.PerSecond, "bulk_rate": &l.c.Pace.BulkPerSecond} {
		n, ok := l.v.Number(name)
		if !ok {
			continue
		}
		if n < 0.01 || n > 100_000 {
			l.r.Error(l.v.Node(name).Pos(), "E222", "Write messages a second, such as 20.", "%q is a number from 0.01 to 100000", name)
			continue
		}
		*rate = n
	}
}

// build makes the channel and drops it: what only its type can tell of the
// settings is reported where they are written.
func (l *settingLoader) build(key *spec.Node) {
	c := l.c
	if c.Factory.New == nil || c.Off != "" || l.lacks {
		return
	}
	_, err := c.Factory.New(&channels.Config{Name: c.Name, Values: maps.Clone(c.Config), Lists: maps.Clone(c.Lists), Log: slog.New(slog.DiscardHandler)})
	if err == nil {
		return
	}
	at := key.Pos()
	if m := namedSetting.FindStringSubmatch(err.Error()); m != nil && l.v.Has(m[1]+m[2]) {
		at = l.v.Node(m[1] + m[2]).Pos()
	}
	l.r.Error(at, "E222", "", "the channel %s can't be made: %v", c.Name, err)
}

func (l *settingLoader) load(s channels.Setting) {
	if s.Kind == channels.SettingList {
		for _, n := range l.v.List(s.Name) {
			if text, ok := l.value(n); ok {
				l.c.Lists[s.Name] = append(l.c.Lists[s.Name], text)
			}
		}
		return
	}
	n := l.v.Node(s.Name)
	if n == nil {
		l.c.Config[s.Name] = s.Default
		return
	}
	text, ok := l.value(n)
	switch {
	case !ok:
		return
	case text == "" && l.optional:
		l.c.Off = s.Name + " is empty"
	case text == "" && s.Required:
		l.r.Error(n.Pos(), "E222", "", "%q is empty", s.Name)
	case text != "":
		if why, fix := CheckSetting(s, text); why != "" {
			l.r.Error(n.Pos(), "E222", fix, "%q %s", s.Name, why)
		}
	}
	l.c.Config[s.Name] = text
}

// value fills in a setting; false when a variable of the environment is missing.
// That turns an optional channel off.
func (l *settingLoader) value(n *spec.Node) (string, bool) {
	text, missing := l.lookup(n)
	l.lacks = l.lacks || len(missing) > 0
	for _, m := range missing {
		if !l.optional {
			l.missing(m)
		} else if l.c.Off == "" {
			l.c.Off = m.name + " is not set"
		}
	}
	return text, len(missing) == 0
}

var wholeNumber = regexp.MustCompile(`^-?[0-9]+$`)

// CheckSetting says why a value, with variables filled in, does not fit the form of
// a setting, and how to mend it; empty when it fits. It never shows a secret.
func CheckSetting(s channels.Setting, text string) (why, fix string) {
	switch s.Kind {
	case channels.SettingInt:
		if !wholeNumber.MatchString(text) {
			return "wants a whole number", "An example is " + s.Example + "."
		}
	case channels.SettingBool:
		if text != "true" && text != "false" {
			return "wants true or false", "Write true or false."
		}
	case channels.SettingURL:
		if !urlForm.MatchString(text) {
			return "wants an address", "Write it with https://."
		}
	case channels.SettingEnum:
		if !slices.Contains(s.Values, text) {
			return fmt.Sprintf("can't be %q", text), didYouMean(text, slices.Clone(s.Values))
		}
	}
	return "", ""
}
