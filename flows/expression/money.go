package expression

import (
	"math"
	"strconv"
	"strings"
)

// formatMoney writes an amount in a currency (ISO 4217) as the language does:
// €30.00, 30,00 €. Decimals are those of the currency.
func formatMoney(amount float64, currency, language string) string {
	l := localeOf(language)
	code := strings.ToUpper(strings.TrimSpace(currency))
	symbol := symbolOf(code)
	digits := strconv.FormatFloat(math.Abs(amount), 'f', decimalsOf(code), 64)
	sign := ""
	if amount < 0 && strings.Trim(digits, "0.") != "" {
		sign = "-"
	}
	number := l.group(digits)
	switch {
	case !l.symbolFirst:
		return sign + number + l.symbolSpace + symbol
	case symbol == code: // USD reads better apart: CHF 30.00
		return sign + symbol + "\u00a0" + number
	}
	return sign + symbol + l.symbolSpace + number
}

// group puts the marks of the language into "1234.50".
func (l *locale) group(digits string) string {
	whole, fraction, _ := strings.Cut(digits, ".")
	var b strings.Builder
	for i, d := range whole {
		left := len(whole) - i
		if i > 0 && left%3 == 0 && (l.groupFourth || len(whole) > 4) {
			b.WriteString(l.thousands)
		}
		b.WriteRune(d)
	}
	if fraction != "" {
		b.WriteString(l.decimal)
		b.WriteString(fraction)
	}
	return b.String()
}

func symbolOf(code string) string {
	switch code {
	case "EUR":
		return "€"
	case "USD":
		return "$"
	case "GBP":
		return "£"
	case "JPY":
		return "¥"
	case "INR":
		return "₹"
	case "NGN":
		return "₦"
	case "BRL":
		return "R$"
	case "KRW":
		return "₩"
	case "UAH":
		return "₴"
	case "TRY":
		return "₺"
	case "VND":
		return "₫"
	case "ILS":
		return "₪"
	case "PHP":
		return "₱"
	case "GHS":
		return "GH₵"
	}
	return code
}

// decimalsOf follows ISO 4217.
func decimalsOf(code string) int {
	switch code {
	case "JPY", "KRW", "VND", "CLP", "ISK", "UGX", "RWF", "XAF", "XOF", "XPF", "PYG", "KMF", "GNF", "BIF", "DJF", "VUV":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	}
	return 2
}

// currencyLiteral rejects what is no code of a currency.
func currencyLiteral(c *checker, n callNode) bool {
	s, ok := literal(n.Arguments[1])
	if !ok {
		return true
	}
	letters := strings.Trim(strings.ToUpper(s), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
	if len(s) == 3 && letters {
		return true
	}
	c.report(n.Arguments[1], CodeReference, `Write the three letters, such as "EUR".`, "%q is not a currency", s)
	return false
}
