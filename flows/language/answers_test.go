package language

import "testing"

func TestQuickNumbers(t *testing.T) {
	for _, c := range []struct {
		l, in string
		want  float64
		ok    bool
	}{
		{"en", "about 250 people", 250, true}, {"en", "twenty five", 25, true}, {"en", "1,200", 1200, true}, {"de", "1.200", 1200, true},
		{"en", "A-1234", 0, false}, {"de", "fünfundzwanzig", 25, true}, {"de", "zweihundertfünfzig", 250, true}, {"en", "two hundred and fifty", 250, true},
		{"fr", "quatre-vingt-dix-sept", 97, true}, {"fr", "1 200,50", 1200.5, true}, {"en", "2.5k", 2500, true}, {"en", "5 or 6", 0, false}, {"en", "five six", 0, false},
		{"ru", "двести пятьдесят тысяч", 250000, true}, {"ar", "مئة وخمسة وعشرون", 125, true}, {"hi", "२५", 25, true}, {"hi", "डेढ़ लाख", 150000, true}, {"hi", "साढ़े तीन हज़ार", 3500, true}, {"hi", "सवा सौ", 125, true}, {"hi", "1,00,000", 100000, true},
		{"vi", "hai mươi lăm", 25, true}, {"id", "dua ratus lima puluh ribu", 250000, true}, {"tr", "yüz yirmi beş", 125, true}, {"it", "duecentocinquanta", 250, true}, {"it", "ventitré", 23, true},
		{"nl", "honderdvijfentwintig", 125, true}, {"pt", "cento e vinte e cinco", 125, true}, {"es", "doscientas cincuenta mil", 250000, true}, {"en", "€ 30", 30, true}, {"en", "-5", -5, true}, {"en", "30 EUR", 30, true},
		{"en", "two and a half", 2.5, true}, {"en", "1.2.3", 0, false}, {"en", "none", 0, true}, {"en", "one of these has 40", 40, true}, {"en", "99999999999999999999999", 1e23, true},
	} {
		v, ok := Number(c.in, Locale{Language: c.l})
		if v != c.want || ok != c.ok {
			t.Errorf("%s %q: %v %v", c.l, c.in, v, ok)
		}
	}
}
