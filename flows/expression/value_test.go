package expression

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestExpressionsComputeAsAuthorsExpect(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		// variables and fields
		{`order_no`, "A-1234"},
		{`order.status`, "shipped"},
		{`order["status"]`, "shipped"},
		{`order?.status`, "shipped"},
		{`order.lines[1].sku`, "L2"},
		{`order.lines[-1].sku`, "L2"},
		{`count + 1`, "8"},
		{`count(items, .price > 20) + count`, "8"},
		// operators
		{`seats == 3 and price == 2.5 and not (vip == false)`, "true"},
		{`!vip or seats != 3`, "false"},
		{`1 < seats < 5`, "true"},
		{`seats + price`, "5.5"},
		{`seats / 2`, "1.5"},
		{`7 % seats`, "1"},
		{`2 ** 3`, "8"},
		{`-seats`, "-3"},
		{`"a" + "b"`, "ab"},
		{`order_no matches "^[A-Z]-[0-9]{4}$"`, "true"},
		{`order_no startsWith "A" and order_no endsWith "4" and order_no contains "-1"`, "true"},
		{`order_no not contains "x"`, "true"},
		{`"vip" in tags`, "true"},
		{`"old" not in tags`, "true"},
		{`order.status in ["shipped", "delivered"]`, "true"},
		{`seats in [1, 2.5, 3]`, "true"},
		{`tags == ["new", "vip"]`, "true"},
		{`tags != ["new"]`, "true"},
		{`topic == "billing" and topic in ["billing", "other"]`, "true"},
		{`vip ? "yes" : "no"`, "yes"},
		{`if vip {1} else {2.5}`, "1"},
		{`seats > 1 ? price : 0`, "2.5"},
		// pipes, lists, records
		{`"  a-1 " | trim() | upper()`, "A-1"},
		{`sum(items, .price) | money("EUR")`, "€42.50"},
		{`items | map(.sku) | join(" ")`, "L1 L2"},
		{`sum(map(items, .price))`, "42.5"},
		{`sum(numbers)`, "6"},
		{`sort(numbers)`, "1, 2, 3"},
		{`numbers[1:]`, "1, 2"},
		{`order_no[0:1]`, "A"},
		{`len("née")`, "3"},
		{`filter(items, .price > 20)[0].sku`, "L1"},
		{`filter(tags, # != "new")`, "vip"},
		{`{sku: order_no, n: seats}.sku`, "A-1234"},
		{`map(items, ({sku: .sku, cheap: .price < 20}))[1].cheap`, "true"},
		{`len([])`, "0"},
		{`[1, 2.5]`, "1, 2.5"},
		{`any(items, any(tags, # == "vip"))`, "true"},
		{`1..3`, "1, 2, 3"},
		{`len(items[5:9])`, "0"},
		{`remove(numbers, 1)`, "3, 2"},
		{`min(1, 2.5)`, "1"},
		{`max(numbers)`, "3"},
		{`round(2.5) + 1`, "4"},
		{`plural(1, "item", "items")`, "1 item"},
		{`mask("123")`, "•••"},
		{`label(topics)`, "topics/billing, topics/other"},
		{`has_word(event.text, ["invoice", "order"])`, "true"},
		{`has_word(event.text, "invoice", "here")`, "false"},
		{`json_path("[1,{\"a\":[true]}]", "[1].a")`, "[true]"},
		{`json_path("no json", "a")`, ""},
		// dates and durations
		{`order.eta < today()`, "true"},
		{`due - today()`, "2 days"},
		{`due > now()`, "true"},
		{`due == date("2026-03-06")`, "true"},
		{`today() + duration("24h") == date("2026-03-05")`, "true"},
		{`now() + wait`, "4 March 2026 11:30"},
		{`duration("1h") * 1.5`, "1 hour 30 minutes"},
		{`wait > duration("1h") and wait <= duration("2h")`, "true"},
		{`meeting`, "5 March 2026 09:00"},
		{`date(meeting)`, "5 March 2026"},
		{`at(slot) > now()`, "true"},
		{`when(meeting)`, "tomorrow at 09:00"},
		{`when(due)`, "Friday"},
		{`when(order.eta)`, "yesterday"},
		{`when(date("2027-01-02"))`, "2 January 2027"},
		{`day(date("2026-03-11"))`, "Wednesday 11 March"},
		{`at(due, "08:30")`, "6 March 2026 08:30"},
		{`minutes(duration("90s"))`, "2 minutes"},
		{`duration("2d")`, "2 days"},
		{`sort([due, order.eta])[0] == order.eta`, "true"},
		{`map(sortBy(items, .price, "desc"), .sku)`, "L1, L2"},
		{`open("sales")`, "false"},
		// within loops operators pay for the length of texts, and mean the same
		{`filter(tags, # < "o")`, "new"},
		{`filter(tags, # > "o" and # >= "vip" and # <= "vip")`, "vip"},
		{`filter(tags, # != "new" and # + "x" == "vipx")`, "vip"},
		{`filter([due, order.eta], # == date("2026-03-06"))`, "6 March 2026"},
		{`map(filter(items, ({"sku": "L1", "price": 30.0} == {"price": .price, "sku": .sku})), .sku)`, "L1"},
		{`first(items) == items[0] and first(items) != last(items)`, "true"},
		{`vip ? [] : tags`, ""},
		{`vip ? tags : []`, "new, vip"},
		{`vip ? "x" : mail`, "x"},
		{`(vip ? due : now()) == due`, "true"},
		{`[due, now()][0] == at(due, "00:00")`, "true"},
		{`-1..1`, "-1, 0, 1"},
		{`tags[-1:]`, "vip"},
		{`"abc"[1:-1] + "abc"[5:]`, "b"},
		{`int(2.9) + int("-3.7")`, "-1"},
		{`float(" 2.5 ") + float(1)`, "3.5"},
		{`first_in(duration("1m"))`, "false"},
		{`now() - duration("1d") < now()`, "true"},
		{`duration("1h") + now() == now() + duration("1h")`, "true"},
		{`due - duration("1w")`, "27 February 2026"},
		{`2 * duration("90s")`, "3 minutes"},
		{`sort([2.5, 1, 2], "desc")`, "2.5, 2, 1"},
		{`join([1.5, 2])`, "1.5, 2"},
		{`trim("--a-", "-")`, "a"},
		{`has_word("预约 帮助", "帮助")`, "true"},
		{`sum([{price: 3}, {price: 4.5}], .price)`, "7.5"},
		{`map([{at: due, n: 1}, {at: now(), n: 2}], .at)[0] == at(due, "00:00")`, "true"},
		{`sum(map([{tags: [1]}, {tags: [2.5]}], .tags[0]))`, "3.5"},
		{`(vip ? {p: 1} : {p: 2.5}).p + 1`, "2"},
		{`open("support", due)`, "false"},
		{`open("support", at(due, "09:30"))`, "true"},
		{`when(next_open("support", due))`, "Friday at 09:00"},
	} {
		t.Run(tt.src, func(t *testing.T) {
			if got := show(t, testEnv(), tt.src); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestUnsetReadsAsZeroAndOnlyCoalesceAndFilledSeeIt(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{`order_no == "" and seats == 0 and price == 0 and not vip and len(tags) == 0`, "true"},
		{`order.status == "" and order.address.city == "" and len(order.lines) == 0`, "true"},
		{`contact.first_name ?? "there"`, "there"},
		{`order_no ?? contact.first_name ?? "nobody"`, "nobody"},
		{`(order_no ?? contact.first_name) ?? "nobody"`, "nobody"},
		{`order_no ?? (contact.first_name ?? "nobody")`, "nobody"},
		{`seats ?? 1.5`, "1.5"},
		{`due ?? today()`, "4 March 2026"},
		{`(due ?? now()) == now()`, "true"},
		{`filled(order_no) or filled(order.eta) or filled(place.latitude) or filled(tags)`, "false"},
		{`filled(order_no ?? contact.first_name)`, "false"},
		{`photo.url == ""`, "true"},
		{`first(tags)`, ""},
		{`first(items).sku`, ""},
		{`find(items, .sku == "x").price`, "0"},
		{`order.eta < today()`, "error: order.eta is unset"},
		{`wait > duration("1h")`, "error: wait is unset"},
		{`place.latitude > 1`, "error: place is unset"},
		{`tags[0]`, "error: the list has no such element"},
		{`seats / count`, "error: divides by zero"},
		{`seats % count`, "error: divides by zero"},
		{`int(order_no)`, "error: the text is not a number"},
		{`mean(numbers)`, "error: an empty list has no average"},
		{`next_open("sales")`, "error: the schedule does not open again"},
	} {
		t.Run(tt.src, func(t *testing.T) {
			if got := show(t, emptyEnv(), tt.src); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSetValuesWinOverTheirReplacement(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{`contact.first_name ?? "there"`, "Ann"},
		{`order.address.city ?? order_no ?? "x"`, "A-1234"},
		{`seats ?? 1.5`, "3"},
		{`filled(order_no) and filled(order.eta) and filled(tags) and filled(vip)`, "true"},
		{`map(items, .note ?? "-")`, "-, blue"},
		{`map(items, filled(.note))`, "false, true"},
		{`map(tags, # ?? "-")`, "new, vip"},
	} {
		t.Run(tt.src, func(t *testing.T) {
			if got := show(t, testEnv(), tt.src); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTheZeroOfANumberCountsAsSetWhenStored(t *testing.T) {
	env := &Env{Vars: map[string]any{"seats": 0, "vip": false}, Runtime: testRuntime()}
	if got := show(t, env, `(seats ?? 5) == 0 and filled(vip)`); got != "true" {
		t.Errorf("got %q", got)
	}
}

func TestTypesAreKnownBeforeAnythingRuns(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{`seats`, "int"},
		{`seats + 1`, "int"},
		{`seats + price`, "number"},
		{`seats / 2`, "number"},
		{`seats > 1 ? 1 : 2.5`, "number"},
		{`seats ?? price`, "number"},
		{`contact.first_name ?? "x"`, "text"},
		{`order.eta`, "maybe date"},
		{`order.eta ?? today()`, "date"},
		{`due + duration("2d")`, "date"},
		{`due + wait`, "datetime"},
		{`due - today()`, "duration"},
		{`items`, "[{sku: text, price: number, note: maybe text}]"},
		{`map(items, .sku)`, "[text]"},
		{`map(items, .price)`, "[number]"},
		{`first(items)`, "{sku: text, price: number, note: maybe text}"},
		{`sum(items, .price)`, "number"},
		{`sum(numbers)`, "int"},
		{`filter(topics, # != "other")`, "choices"},
		{`topic`, "choice"},
		{`[{price: 3}, {price: 4.5}]`, "[{price: number}]"},
		{`[{a: {b: [1]}}, {a: {b: [2.5]}}]`, "[{a: {b: [number]}}]"},
		{`[{n: "a", p: 1}, {p: 2.5, n: mail}]`, "[{n: text, p: number}]"},
		{`{a: 1, b: ["x"]}`, "{a: int, b: [text]}"},
		{`photo`, "image"},
		{`photo.size`, "int"},
		{`place.latitude`, "number"},
		{`max(1, 2.5)`, "number"},
		{`max(1, 2)`, "int"},
		{`abs(price)`, "number"},
		{`sort(tags)`, "[text]"},
		{`random_of(tags)`, "text"},
		{`label(topic)`, "text"},
		{`1..3`, "[int]"},
	} {
		t.Run(tt.src, func(t *testing.T) {
			p, problems := testScope().Value(tt.src)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if got := p.Type().String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			v, err := p.Value(testEnv())
			if err != nil || v == nil {
				return // an unset place has no value to look at
			}
			if _, err := p.Type().Coerce(v); err != nil {
				t.Errorf("the value %#v is not of the type: %v", v, err)
			}
		})
	}
}

func TestReadsAreThePathsThatMatter(t *testing.T) {
	p, problems := testScope().Condition(
		`order.eta < today() and sum(order.lines, .price) > 3 and (contact.first_name ?? mail) != "" and order.lines[0].sku == order_no`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if got := strings.Join(p.Reads(), " "); got != "contact.first_name mail order.eta order.lines order_no" {
		t.Errorf("got %s", got)
	}
}

func TestLongListsAreCut(t *testing.T) {
	long := make([]any, 5000)
	for i := range long {
		long[i] = i
	}
	env := &Env{Vars: map[string]any{"numbers": long}, Runtime: testRuntime()}
	if got := show(t, env, `len(numbers) + count(numbers, true)`); got != "400" {
		t.Errorf("got %s", got)
	}
}

func TestValuesOfTheWrongTypeFailInWords(t *testing.T) {
	env := &Env{Vars: map[string]any{
		"order_no": 5.0, "seats": 3.0, "items": "x", "order": []any{}, "due": "2026-03-04", "numbers": []any{"a", nil},
	}, Runtime: testRuntime()}
	for src, want := range map[string]string{
		`order_no == "5"`:          "error: a value does not have its declared type",
		`seats + 1 == 4`:           "true", // what JSON does to whole numbers is mended
		`len(items)`:               "error: a value does not have its declared type",
		`order.status`:             "error: a value does not have its declared type",
		`due < today()`:            "error: a value does not have its declared type",
		`numbers[0] == 1`:          "error: a value does not have its declared type",
		`all(numbers, # + 1 == 2)`: "error: a value does not have its declared type",
	} {
		if got := show(t, env, src); got != want {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
}

func TestDatesAreDaysInTheZoneOfTheTurn(t *testing.T) {
	env := testEnv()
	env.Runtime.Now = time.Date(2026, 3, 4, 23, 30, 0, 0, time.UTC) // already the 5th in Berlin
	for src, want := range map[string]string{
		`today()`:                         "5 March 2026",
		`today() == date("2026-03-05")`:   "true",
		`date("2026-03-05") <= now()`:     "true",
		`date("2026-03-06") > now()`:      "true",
		`date("2026-03-05") == now()`:     "false",
		`due - today() == duration("1d")`: "true",
		`when(date("2026-03-05"))`:        "today",
	} {
		if got := show(t, env, src); got != want {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
}

// These are the expressions of a whole flow: they show what has to work.
func TestARefundFlowCompiles(t *testing.T) {
	s := NewScope()
	line := RecordOf(Field{"sku", Of(Text)}, Field{"title", Of(Text)}, Field{"price", Of(Number)})
	s.Declare("contact", RecordOf(Field{"first_name", Of(Text)}))
	s.Declare("order_no", Of(Text))
	s.Declare("items", ListOf(line))
	s.Declare("order", RecordOf(Field{"status", Of(Text)}, Field{"eta", Of(Date)}, Field{"lines", ListOf(line)}))
	s.Declare("made", RecordOf(Field{"reference", Of(Text)}))
	s.Declare("reason", Of(Choice))
	s.Declare("photo", Of(Image))
	s.Declare("error", RecordOf(Field{"text", Of(Text)}))
	s.Declare("secret", RecordOf(Field{"SHOP_TOKEN", Of(Text)}))
	s.Declare("constants", RecordOf(Field{"refund_days", Of(Int)}))
	event := s.With("event", RecordOf(Field{"data", RecordOf(Field{"reference", Of(Text)})}))
	value := s.With("value", Of(Text))
	item := s.With("item", line)
	for _, problems := range [][]Problem{
		second(value.Value(`value | trim() | upper()`)),
		second(value.Condition(`value matches "^[A-Z]-[0-9]{4}$"`)),
		second(s.Condition(`visits("order_no") >= 3`)),
		second(s.Condition(`order.status != "delivered" and order.eta < today()`)),
		second(s.Condition(`reason == "Damaged"`)),
		second(event.Condition(`event.data.reference == made.reference`)),
		second(s.Text(`Hi ${ contact.first_name ?? "there" }, what is the order number? It looks like A-1234.`)),
		second(s.Text(`Bearer ${ secret.SHOP_TOKEN }`)),
		second(item.Text(`${ item.title }, ${ item.price | money("EUR") }`)),
		second(s.Text(`That makes ${ sum(items, .price) | money("EUR") }. Is that all?`)),
		second(s.Text(`${ order_no } ${ map(items, .sku) | join(" ") }`)),
		second(s.Text(`${ photo.url }`)),
		second(s.Text(`Order ${ order_no ?? "unknown" }, ${ len(items) } items. ${ error.text }`)),
		second(s.Text(`You have ${ constants.refund_days } days. We are closed (${ hours_text("support") }).`)),
	} {
		for _, p := range problems {
			t.Errorf("%+v", p)
		}
	}
}

func second[T any](_ T, problems []Problem) []Problem { return problems }

// TestOuterNamesAreAskedForWhenTheyAreRead: a variable hides the name outside, also
// one that is unset, and nothing is made that is not read.
func TestOuterNamesAreAskedForWhenTheyAreRead(t *testing.T) {
	var asked []string
	env := emptyEnv()
	env.Vars["order_no"] = "inner"
	env.Vars["topic"] = nil
	env.Outer = func(name string) any {
		asked = append(asked, name)
		return map[string]any{"contact": map[string]any{"first_name": "Ann"}, "order_no": "outer", "topic": "billing"}[name]
	}
	for src, want := range map[string]any{
		"contact.first_name": "Ann",
		"order_no":           "inner",
		"topic":              "",
		`upper(contact.first_name) + order_no + topic`:   "ANNinner",
		`filled(topic) ? "topic" : event.text ?? "none"`: "none",
	} {
		if got, _, err := mustValue(t, env, src); err != nil || got != want {
			t.Errorf("%s is %v, %v, not %v", src, got, err, want)
		}
	}
	slices.Sort(asked)
	if want := []string{"contact", "contact", "event"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %v, not %v", asked, want)
	}
}
