package expression

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A locale has the words and forms of a language.
type locale struct {
	months, days []string // days from Sunday
	short        []string // days of opening hours, from Sunday
	to           string   // "Mon" to "Fri"
	and, closed  string
	today        string
	tomorrow     string
	yesterday    string
	at           string // "tomorrow" at "09:00"
	units        [4][2]string
	day          func(l *locale, t time.Time) string // 4 March
	year         string                              // between day and year
	decimal      string
	thousands    string
	symbolFirst  bool // €30.00 and not 30,00 €
	symbolSpace  string
	groupFourth  bool // 1,000 and not 1000
}

// localeOf returns the locale of a BCP 47 tag, nil never: a language without
// words of its own gets the English ones with ISO dates.
func localeOf(language string) *locale {
	tag := strings.ToLower(strings.ReplaceAll(language, "_", "-"))
	base, _, _ := strings.Cut(tag, "-")
	switch base {
	case "", "en":
		return english(tag)
	case "de":
		return german()
	case "fr":
		return french()
	case "es":
		return spanish()
	case "pt":
		return portuguese(tag)
	}
	other := english("")
	other.day = nil
	other.symbolFirst, other.symbolSpace = false, "\u00a0"
	return other
}

func english(tag string) *locale {
	l := &locale{
		months: strings.Fields("January February March April May June July August September October November December"),
		days:   strings.Fields("Sunday Monday Tuesday Wednesday Thursday Friday Saturday"),
		short:  strings.Fields("Sun Mon Tue Wed Thu Fri Sat"),
		to:     "-", and: "and", closed: "closed",
		today: "today", tomorrow: "tomorrow", yesterday: "yesterday", at: " at ",
		units:   [4][2]string{{"day", "days"}, {"hour", "hours"}, {"minute", "minutes"}, {"second", "seconds"}},
		day:     func(l *locale, t time.Time) string { return strconv.Itoa(t.Day()) + " " + l.month(t) },
		year:    " ",
		decimal: ".", thousands: ",", symbolFirst: true, groupFourth: true,
	}
	if tag == "en-us" {
		l.day = func(l *locale, t time.Time) string { return l.month(t) + " " + strconv.Itoa(t.Day()) }
		l.year = ", "
	}
	return l
}

func german() *locale {
	return &locale{
		months: strings.Fields("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
		days:   strings.Fields("Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag"),
		short:  strings.Fields("So Mo Di Mi Do Fr Sa"),
		to:     "-", and: "und", closed: "geschlossen",
		today: "heute", tomorrow: "morgen", yesterday: "gestern", at: " um ",
		units:   [4][2]string{{"Tag", "Tage"}, {"Stunde", "Stunden"}, {"Minute", "Minuten"}, {"Sekunde", "Sekunden"}},
		day:     func(l *locale, t time.Time) string { return strconv.Itoa(t.Day()) + ". " + l.month(t) },
		year:    " ",
		decimal: ",", thousands: ".", symbolSpace: "\u00a0", groupFourth: true,
	}
}

func french() *locale {
	return &locale{
		months: strings.Fields("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
		days:   strings.Fields("dimanche lundi mardi mercredi jeudi vendredi samedi"),
		short:  strings.Fields("dim. lun. mar. mer. jeu. ven. sam."),
		to:     "-", and: "et", closed: "fermé",
		today: "aujourd'hui", tomorrow: "demain", yesterday: "hier", at: " à ",
		units: [4][2]string{{"jour", "jours"}, {"heure", "heures"}, {"minute", "minutes"}, {"seconde", "secondes"}},
		day: func(l *locale, t time.Time) string {
			if t.Day() == 1 {
				return "1er " + l.month(t)
			}
			return strconv.Itoa(t.Day()) + " " + l.month(t)
		},
		year:    " ",
		decimal: ",", thousands: "\u202f", symbolSpace: "\u00a0", groupFourth: true,
	}
}

func spanish() *locale {
	return &locale{
		months: strings.Fields("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
		days:   strings.Fields("domingo lunes martes miércoles jueves viernes sábado"),
		short:  strings.Fields("dom lun mar mié jue vie sáb"),
		to:     "-", and: "y", closed: "cerrado",
		today: "hoy", tomorrow: "mañana", yesterday: "ayer", at: " a las ",
		units:   [4][2]string{{"día", "días"}, {"hora", "horas"}, {"minuto", "minutos"}, {"segundo", "segundos"}},
		day:     dayOfMonth,
		year:    " de ",
		decimal: ",", thousands: ".", symbolSpace: "\u00a0",
	}
}

func portuguese(tag string) *locale {
	l := &locale{
		months: strings.Fields("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
		days: []string{"domingo", "segunda-feira", "terça-feira", "quarta-feira", "quinta-feira",
			"sexta-feira", "sábado"},
		short: strings.Fields("dom seg ter qua qui sex sáb"),
		to:    "-", and: "e", closed: "fechado",
		today: "hoje", tomorrow: "amanhã", yesterday: "ontem", at: " às ",
		units:   [4][2]string{{"dia", "dias"}, {"hora", "horas"}, {"minuto", "minutos"}, {"segundo", "segundos"}},
		day:     dayOfMonth,
		year:    " de ",
		decimal: ",", thousands: ".", symbolSpace: "\u00a0", symbolFirst: true, groupFourth: true,
	}
	if tag == "pt-pt" {
		l.symbolFirst, l.groupFourth = false, false
	}
	return l
}

func dayOfMonth(l *locale, t time.Time) string {
	return strconv.Itoa(t.Day()) + " de " + l.month(t)
}

func (l *locale) month(t time.Time) string { return l.months[t.Month()-1] }

// date writes a day with its year; one without words of its own gets ISO.
func (l *locale) date(t time.Time) string {
	if l.day == nil {
		return t.Format(time.DateOnly)
	}
	return l.day(l, t) + l.year + strconv.Itoa(t.Year())
}

// shortDate leaves out the year where it is that of now.
func (l *locale) shortDate(t, now time.Time) string {
	if l.day == nil || t.Year() != now.Year() {
		return l.date(t)
	}
	return l.day(l, t)
}

func (l *locale) dayRange(first, last time.Weekday) string {
	if first == last {
		return l.short[first]
	}
	return l.short[first] + l.to + l.short[last]
}

// count writes a number with its unit: 0 is days, 3 is seconds.
func (l *locale) count(n uint64, unit int) string {
	word := l.units[unit][1]
	if n == 1 {
		word = l.units[unit][0]
	}
	return fmt.Sprintf("%d %s", n, word)
}

// duration writes the two largest units that are not zero: "2 hours 5 minutes".
func (l *locale) duration(d time.Duration) string {
	left, sign := uint64(d), ""
	if d < 0 {
		left, sign = -left, "-"
	}
	var parts []string
	for i, unit := range []time.Duration{day, time.Hour, time.Minute, time.Second} {
		n := left / uint64(unit)
		left %= uint64(unit)
		if n > 0 && len(parts) < 2 {
			parts = append(parts, l.count(n, i))
		} else if len(parts) > 0 {
			break // 1 day 5 seconds reads as an error
		}
	}
	if len(parts) == 0 {
		return l.count(0, 3)
	}
	return sign + strings.Join(parts, " ")
}
