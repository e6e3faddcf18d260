package expression

import (
	"strings"
	"testing"
	"time"
)

func TestValuesReadAsPeopleWriteThem(t *testing.T) {
	date := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	moment := time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC) // the next year in Berlin
	for _, tt := range []struct {
		language                  string
		date, moment, wait, price string
	}{
		{"en", "1 March 2026", "1 January 2027 00:30", "1 hour 5 minutes", "€1,234.50"},
		{"en-US", "March 1, 2026", "January 1, 2027 00:30", "1 hour 5 minutes", "€1,234.50"},
		{"de", "1. März 2026", "1. Januar 2027 00:30", "1 Stunde 5 Minuten", "1.234,50 €"},
		{"fr-CA", "1er mars 2026", "1er janvier 2027 00:30", "1 heure 5 minutes", "1 234,50 €"},
		{"es", "1 de marzo de 2026", "1 de enero de 2027 00:30", "1 hora 5 minutos", "1234,50 €"},
		{"pt-BR", "1 de março de 2026", "1 de janeiro de 2027 00:30", "1 hora 5 minutos", "€ 1.234,50"},
		{"pt_PT", "1 de março de 2026", "1 de janeiro de 2027 00:30", "1 hora 5 minutos", "1234,50 €"},
		{"sw", "2026-03-01", "2027-01-01 00:30", "1 hour 5 minutes", "1,234.50 €"},
	} {
		t.Run(tt.language, func(t *testing.T) {
			rt := testRuntime()
			rt.Language = tt.language
			price := strings.Join(strings.Fields(formatMoney(1234.5, "EUR", tt.language)), " ")
			for _, pair := range [][2]string{
				{Display(date, Of(Date), rt), tt.date},
				{Display(moment, Of(Datetime), rt), tt.moment},
				{Display(65*time.Minute, Of(Duration), rt), tt.wait},
				{price, tt.price},
			} {
				if pair[0] != pair[1] {
					t.Errorf("got %q, want %q", pair[0], pair[1])
				}
			}
		})
	}
}

func TestDisplayOfEveryKind(t *testing.T) {
	for _, tt := range []struct {
		v    any
		typ  Type
		want string
	}{
		{nil, Of(Int), ""},
		{3, Of(Int), "3"},
		{3.0, Of(Number), "3"},
		{0.1 + 0.2, Of(Number), "0.3"},
		{1e20, Of(Number), "1e+20"},
		{true, Of(Bool), "true"},
		{[]any{1, 2.5}, ListOf(Of(Number)), "1, 2.5"},
		{map[string]any{"b": 1, "a": "x"}, RecordOf(Field{"a", Of(Text)}, Field{"b", Of(Int)}, Field{"c", Of(Int)}), "a: x, b: 1"},
		{map[string]any{"url": "https://x"}, Of(Image), "https://x"},
		{map[string]any{"latitude": 52.5, "longitude": 13.4}, Of(Location), "52.5, 13.4"},
		{map[string]any{"latitude": 52.5, "name": "Office"}, Of(Location), "Office"},
		{26 * time.Hour, Of(Duration), "1 day 2 hours"},
		{24*time.Hour + time.Second, Of(Duration), "1 day"},
		{-time.Minute, Of(Duration), "-1 minute"},
		{time.Duration(0), Of(Duration), "0 seconds"},
	} {
		if got := Display(tt.v, tt.typ, testRuntime()); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.v, got, tt.want)
		}
	}
}

func TestMoneyHasTheDecimalsOfItsCurrency(t *testing.T) {
	for _, tt := range []struct {
		amount   float64
		currency string
		want     string
	}{
		{30, "EUR", "€30.00"}, {1000, "JPY", "¥1,000"}, {1.5, "KWD", "KWD 1.500"}, {-3, "USD", "-$3.00"},
		{-0.001, "USD", "$0.00"}, {1234567.891, "ngn", "₦1,234,567.89"}, {12, "CHF", "CHF 12.00"},
	} {
		got := strings.ReplaceAll(formatMoney(tt.amount, tt.currency, "en"), "\u00a0", " ")
		if got != tt.want {
			t.Errorf("%v %s: got %q, want %q", tt.amount, tt.currency, got, tt.want)
		}
	}
}

func TestWhenAndDayInOtherLanguages(t *testing.T) {
	for language, want := range map[string]string{
		"de": "morgen um 09:00|Freitag|Mittwoch 11. März|5 Minuten|Mo-Fr 09:00-17:00",
		"fr": "demain à 09:00|vendredi|mercredi 11 mars|5 minutes|lun.-ven. 09:00-17:00",
		"es": "mañana a las 09:00|viernes|miércoles 11 de marzo|5 minutos|lun-vie 09:00-17:00",
		"pt": "amanhã às 09:00|sexta-feira|quarta-feira 11 de março|5 minutos|seg-sex 09:00-17:00",
	} {
		env := testEnv()
		env.Runtime.Language = language
		var got []string
		for _, src := range []string{
			`when(meeting)`, `day(due)`, `day(date("2026-03-11"))`, `minutes(duration("5m"))`, `hours_text("support")`,
		} {
			got = append(got, show(t, env, src))
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s: got %s", language, strings.Join(got, "|"))
		}
	}
}
