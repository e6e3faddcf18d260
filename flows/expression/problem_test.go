package expression

import (
	"regexp"
	"strings"
	"testing"
)

// place cuts what a problem points at out of the source.
func place(src string, p Problem) string {
	runes := []rune(src)
	if p.From < 0 || p.To < p.From || p.To > len(runes) {
		return "OUTSIDE"
	}
	return string(runes[p.From:p.To])
}

func TestConditionsExplainWhatIsWrong(t *testing.T) {
	for _, tt := range []struct {
		src, code, at string
		message, fix  string // parts
	}{
		// names
		{`seat > 3`, CodeName, `seat`, `"seat" is not known here`, `"seats"`},
		{`order.statu == "x"`, CodeField, `statu`, `"statu" is not a field of order`, `"status"`},
		{`order.xyz == "x"`, CodeField, `xyz`, `not a field of order`, `It has status, eta, lines, address.`},
		{`first(items).skus == "x"`, CodeField, `skus`, `not a field of it`, `"sku"`},
		{`items.sku == "x"`, CodeField, `sku`, `items is a list`, `map(items, .sku)`},
		{`seats.x == 1`, CodeField, `x`, `seats is a number`, ``},
		{`any(items, .skuu == "x")`, CodeField, `skuu`, `not a field`, `"sku"`},
		{`len == 3`, CodeName, `len`, `is a function`, `len( … )`},
		{`seats > three or seets > 1`, CodeName, `three`, `not known here`, ``},
		{`lenn(items) > 1`, CodeFunction, `lenn`, `no function lenn()`, `"len"`},
		{`order_no() == "x"`, CodeFunction, `order_no`, `is a variable`, `without brackets`},
		{`vip == yes`, CodeName, `yes`, `not known here`, `"true"`},
		{`$env == 1`, CodeName, `$env`, `not known here`, ``},
		// types
		{`order_no == 3`, CodeType, `order_no == 3`, `== compares text with number`, `int(order_no)`},
		{`seats == "3"`, CodeType, `seats == "3"`, `compares number with text`, `Write 3 without quotes.`},
		{`order_no > seats`, CodeType, `order_no > seats`, `compares text with number`, ``},
		{`items == 3`, CodeType, `items == 3`, `compares list with number`, ``},
		{`vip and order_no`, CodeType, `order_no`, `and joins conditions; this is text`, `filled(order_no)`},
		{`order_no == "a" or "b"`, CodeType, `"b"`, `joins conditions`, `comparison in full`},
		{`not seats`, CodeType, `not seats`, `needs a condition; this is a number`, ``},
		{`order_no + 1 == "x"`, CodeType, `order_no + 1`, `+ does not work on text and number`, `string(x)`},
		{`-order_no == 1`, CodeType, `-order_no`, `needs a number; this is text`, ``},
		{`due < "2026-03-04"`, CodeType, `due < "2026-03-04"`, `compares date with text`, `Write date("2026-03-04").`},
		{`now() > "17:00"`, CodeType, `now() > "17:00"`, `compares datetime with text`, `Write at("17:00").`},
		{`"2026-03-04 17:00" < now()`, CodeType, `"2026-03-04 17:00" < now()`, `compares text with datetime`, `Write datetime("2026-03-04 17:00").`},
		{`wait > "15m"`, CodeType, `wait > "15m"`, `compares duration with text`, `Write duration("15m").`},
		{`"a" in order_no`, CodeType, `"a" in order_no`, `in looks into a list; this is text`, `order_no contains "a"`},
		{`tags contains "a"`, CodeType, `tags contains "a"`, `this is a list`, `"a" in tags`},
		{`3 in tags`, CodeType, `3 in tags`, `looks for a number in a list of text`, ``},
		{`(vip ? 1 : "a") == 1`, CodeType, `vip ? 1 : "a"`, `both outcomes need the same type`, ``},
		{`len([1, "a"]) == 2`, CodeType, `"a"`, `text among number`, ``},
		{`len([{price: 1}, {prise: 2}]) == 2`, CodeType, `{prise: 2}`, `the elements of a list have one type`, ``},
		{`len([{price: 1}, {price: "2"}]) == 2`, CodeType, `{price: "2"}`, `the elements of a list have one type`, ``},
		{`len([{price: 1}, {price: 2, note: "x"}]) == 2`, CodeType, `{price: 2, note: "x"}`, `the elements of a list have one type`, ``},
		{`open("support", "17:00")`, CodeArguments, `"17:00"`, `wants a datetime as its second value`, ``},
		{`seats % 2.5 == 1`, CodeType, `seats % 2.5`, `two whole numbers`, ``},
		{`tags["a"] == 1`, CodeField, `"a"`, `has no fields`, ``},
		{`tags[price] == "a"`, CodeType, `price`, `a whole number, not a number`, ``},
		{`order_no[0] == "A"`, CodeType, `order_no[0]`, `a text has no elements`, `text[0:1]`},
		{`event.data == 1`, CodeUntyped, `event.data`, `the type of event.data is not known`, ``},
		{`event.data.x == 1`, CodeUntyped, `event.data`, `is not known`, ``},
		{`len(order_no["a":]) == 1`, CodeType, `"a"`, `the ends of [a:b] are whole numbers`, ``},
		{`len(seats[1:]) == 1`, CodeType, `seats[1:]`, `a number has no parts`, ``},
		{`order_no["x"] == 1`, CodeField, `"x"`, `order_no is text and has no fields`, ``},
		{`map(items, #index)[0] == 1`, CodeForbidden, `#`, `# is the element`, ``},
		{`{a: 1, a: 2}.a == 1`, CodeSyntax, `a`, `given twice`, ``},
		{`any(items, map(items, {a: .sku}) == [])`, CodeSyntax, `:`, `not expected`, `({name: value})`},
		{`seats ? true : false`, CodeType, `seats`, `before ? is a condition`, ``},
		{`sort(tags, "up") == tags`, CodeArguments, `"up"`, `"asc" or "desc"`, ``},
		{`label(topic, "x") == "a"`, CodeArguments, `label(topic, "x")`, `does not take 2 values`, ``},
		// choices
		{`topic == "biling"`, CodeOption, `"biling"`, `not one of the options`, `"billing"`},
		{`"zzz" != topic`, CodeOption, `"zzz"`, `not one of the options`, `The options are billing, delivery, other.`},
		{`topic in ["billing", "deliver"]`, CodeOption, `"deliver"`, `not one of the options`, `"delivery"`},
		{`"bill" in topics`, CodeOption, `"bill"`, `not one of the options`, ``},
		{`topic not in ["zzz"]`, CodeOption, `"zzz"`, `not one of the options`, ``},
		{`topic == billing`, CodeName, `billing`, `not known here`, `Put it in quotes: "billing".`},
		{`billing != topic`, CodeName, `billing`, `not known here`, `Put it in quotes: "billing".`},
		{`topic in [billing, "other"]`, CodeName, `billing`, `not known here`, `Put it in quotes: "billing".`},
		{`delivery in topics`, CodeName, `delivery`, `not known here`, `Put it in quotes: "delivery".`},
		{`topic == zzz`, CodeName, `zzz`, `not known here`, `The options are billing, delivery, other, each in quotes.`},
		{`order_no == unknown`, CodeName, `unknown`, `not known here`, `Put it in quotes: "unknown".`},
		{`seats == unknown`, CodeName, `unknown`, `not known here`, ``},
		// conditions
		{`order_no`, CodeNotBool, `order_no`, `this is text`, `filled(order_no)`},
		{`seats + 1`, CodeNotBool, `seats + 1`, `this is a number`, ``},
		{``, CodeEmpty, ``, `there is no expression`, ``},
		{`   `, CodeEmpty, `   `, `there is no expression`, ``},
		// unset
		{`order_no == nil`, CodeForbidden, `order_no == nil`, `ever nil`, `not filled(order_no)`},
		{`nil != order.eta`, CodeForbidden, `nil != order.eta`, `ever nil`, `Write filled(order.eta).`},
		{`filled("a")`, CodeUnset, `"a"`, `want a variable`, ``},
		{`filled(nope)`, CodeName, `nope`, `not known here`, ``},
		{`filled()`, CodeArguments, `filled()`, `does not take 0 values`, ``},
		{`(len(tags) ?? 1) == 1`, CodeUnset, `len(tags)`, `want a variable`, ``},
		{`(seats ?? "x") == 1`, CodeType, `seats ?? "x"`, `same type on both sides`, ``},
		{`order_no ?? "x" == "y"`, CodeSyntax, `==`, `need brackets`, `(name ?? "…")`},
		// functions
		{`has_word(seats, "x")`, CodeArguments, `seats`, `has_word() wants text as its first value; this is a number`, `has_word(text: text, word: text, …)`},
		{`len() == 1`, CodeArguments, `len()`, `does not take 0 values`, `len(list: [any])`},
		{`money(3) == "x"`, CodeArguments, `money(3)`, `does not take 1 values`, `money(amount: number, currency: text)`},
		{`money(3, "Euro") == "x"`, CodeReference, `"Euro"`, `not a currency`, `"EUR"`},
		{`has_word(order_no, "two words")`, CodeReference, `"two words"`, `more than one word`, `has_phrase()`},
		{`open("suport")`, CodeReference, `"suport"`, `there is no schedule "suport"`, `"support"`},
		{`open(order_no)`, CodeReference, `order_no`, `cannot be computed`, ``},
		{`visits("order") > 1`, CodeReference, `"order"`, `there is no step "order"`, ``},
		{`first_in("soon")`, CodeReference, `"soon"`, `a duration is written like`, ``},
		{`now() > at("25:00")`, CodeReference, `"25:00"`, `not a time`, ``},
		{`due < date("4.3.2026")`, CodeReference, `"4.3.2026"`, `not a date`, ``},
		{`label(order_no) == "x"`, CodeArguments, `order_no`, `a variable that holds a choice`, ``},
		{`all(items, .price)`, CodeArguments, `.price`, `wants a condition for each element; this is a number`, ``},
		{`any(seats, true)`, CodeArguments, `seats`, `wants a list; this is a number`, ``},
		{`sum(tags) > 1`, CodeArguments, `tags`, `sum() adds numbers; this is text`, ``},
		{`sortBy(items, .price, "up")[0].price > 1`, CodeArguments, `"up"`, `"asc" or "desc"`, ``},
		{`len(remove(tags, 3)) > 1`, CodeArguments, `3`, `looks for a number in a list of text`, ``},
		{`reduce(numbers, #acc + #) > 1`, CodeForbidden, `reduce`, `reduce() is not for flows`, `sum()`},
		{`length(items) > 1`, CodeForbidden, `length`, `not for flows`, `len()`},
		{`fromJSON(order_no) == 1`, CodeForbidden, `fromJSON`, `not for flows`, `json_path()`},
		{`order_no.upper() == "A"`, CodeForbidden, `order_no.upper()`, `no methods`, `Write order_no | upper( … ).`},
		{`seats.toString() == "3"`, CodeForbidden, `seats.toString()`, `no methods`, `Write string(seats).`},
		{`order_no.trim() == "A"`, CodeForbidden, `order_no.trim()`, `no methods`, `Write trim(order_no).`},
		{`order_no.includes("A")`, CodeForbidden, `order_no.includes("A")`, `no methods`, `Write order_no contains "A".`},
		{`tags.length > 1`, CodeField, `length`, `tags is a list`, `Write len(tags).`},
		{`due.Year() == 2026`, CodeForbidden, `due.Year()`, `no methods`, ``},
		{`let x = 1; x > 0`, CodeForbidden, `x = 1; x > 0`, `let is not for flows`, ``},
		{`# == 1`, CodeSyntax, `#`, `not expected here`, ``},
		// limits
		{`vip and ` + strings.Repeat("(", 1000), CodeTooLarge, ``, `1008 characters; 1000 are allowed`, ``},
		{strings.Repeat(`vip or `, 120) + `vip`, CodeTooLarge, ``, `more than 200 parts`, ``},
		{`any(tags, any(tags, any(tags, # == "a")))`, CodeTooLarge, `any(tags, # == "a")`, `2 deep`, ``},
		{`any(1..seats, # > 1)`, CodeRange, `1..seats`, `fixed numbers`, ``},
		{`any(1..1000, # > 1)`, CodeRange, `1..1000`, `at most 200`, ``},
		{`any(-9223372036854775807..9223372036854775807, true)`, CodeRange, ``, `at most 200`, ``},
		{`order_no matches value`, CodePattern, `value`, `a pattern is fixed`, ``},
		{`order_no matches "[a"`, CodePattern, `"[a"`, "not a pattern: missing closing ]", ``},
		// syntax
		{`seats = 3`, CodeSyntax, `=`, `"=" is not expected here`, `Write == to compare.`},
		{`seats > `, CodeSyntax, ``, `ends too early`, ``},
		{`(seats > 3`, CodeSyntax, ``, `ends too early`, `The ( has no partner.`},
		{`order_no == "abc`, CodeSyntax, `"`, `a quote is not closed`, ``},
		{`order_no == “abc”`, CodeSyntax, `“`, `for print`, `straight quotes`},
		{`seats over 3`, CodeSyntax, `over`, `not expected here`, `">"`},
		{`seats > 3 AND vip`, CodeSyntax, `AND`, `not expected here`, `"and"`},
		{`${ vip }`, CodeSyntax, ``, `an expression already`, `without ${ }`},
		{`vip & vip`, CodeSyntax, `&`, `not expected`, `and, or`},
		{`seats > 3x`, CodeSyntax, `x`, `not a number`, ``},
		{`order_no matches "\d"`, CodeSyntax, ``, `backslash`, `\\`},
		{`seats > 3)`, CodeSyntax, `)`, `not expected`, ``},
	} {
		t.Run(tt.src, func(t *testing.T) {
			p, problems := testScope().Condition(tt.src)
			if p != nil || len(problems) == 0 {
				t.Fatal("no problem was found")
			}
			got := problems[0]
			if got.Code != tt.code {
				t.Errorf("code %s, want %s (%s)", got.Code, tt.code, got.Message)
			}
			if at := place(tt.src, got); tt.at != "" && at != tt.at {
				t.Errorf("points at %q, want %q", at, tt.at)
			}
			if !strings.Contains(got.Message, tt.message) {
				t.Errorf("message %q does not say %q", got.Message, tt.message)
			}
			if !strings.Contains(got.Fix, tt.fix) || tt.fix == "" && strings.Contains(got.Fix, "%!") {
				t.Errorf("fix %q does not say %q", got.Fix, tt.fix)
			}
		})
	}
}

func TestEveryProblemOfASourceIsFound(t *testing.T) {
	src := `seat > 3 and order.statu == "x" or topic == "zzz" and lenn(itemz) > 1`
	_, problems := testScope().Condition(src)
	var at []string
	for _, p := range problems {
		at = append(at, place(src, p))
	}
	if got := strings.Join(at, " "); got != `seat statu "zzz" lenn itemz` {
		t.Errorf("found %s", got)
	}
}

func TestOffsetsAreRunes(t *testing.T) {
	src := `order_no == "žluťoučký 🐴" and seat > 3`
	_, problems := testScope().Condition(src)
	if len(problems) != 1 || place(src, problems[0]) != "seat" {
		t.Errorf("got %+v", problems)
	}
}

func TestMessagesAreForAuthors(t *testing.T) {
	goNames := regexp.MustCompile(`interface|map\[|string\b.*\bint64|time\.|\[\]|float64|nature|%!|<nil>|reflect`)
	for _, src := range fuzzSeeds() {
		_, problems := testScope().Condition(src)
		for _, p := range problems {
			if goNames.MatchString(p.Message + p.Fix) {
				t.Errorf("%s: %q %q", src, p.Message, p.Fix)
			}
			if Codes()[p.Code] == "" {
				t.Errorf("%s: the code %q is not documented", src, p.Code)
			}
		}
	}
}

func TestNamesThatWereNotDeclaredAreNotChecked(t *testing.T) {
	s := NewScope()
	if _, problems := s.Condition(`open("any") and visits("any") > 1`); len(problems) > 0 {
		t.Errorf("nothing was declared: %+v", problems)
	}
	s.DeclareSchedules()
	if _, problems := s.Condition(`open("any")`); len(problems) != 1 {
		t.Errorf("a bot without schedules has none: %+v", problems)
	}
}
