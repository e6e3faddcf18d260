package expression

import "testing"

func benchmarkCondition(b *testing.B, src string) {
	p, problems := testScope().Condition(src)
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	env := testEnv()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Bool(env); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTwoComparisons(b *testing.B) {
	benchmarkCondition(b, `order.status != "delivered" and order_no == "A-1234"`)
}

func BenchmarkPattern(b *testing.B) { benchmarkCondition(b, `order_no matches "^[A-Z]-[0-9]{4}$"`) }

func BenchmarkListOfWords(b *testing.B) {
	benchmarkCondition(b, `has_word(event.text, "order", "parcel", "delivery")`)
}

func BenchmarkAny(b *testing.B) { benchmarkCondition(b, `any(items, .price > 20)`) }

func BenchmarkDates(b *testing.B) { benchmarkCondition(b, `order.eta < today()`) }

func BenchmarkText(b *testing.B) {
	t, problems := testScope().Text(`Hi ${ contact.first_name ?? "there" }, ${ order_no } has ${ len(items) } items.`)
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	env := testEnv()
	b.ReportAllocs()
	for b.Loop() {
		if _, errs := t.Text(env); len(errs) > 0 {
			b.Fatal(errs)
		}
	}
}

func BenchmarkCompileCondition(b *testing.B) {
	s := testScope()
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := s.Condition(`order.status != "delivered" and order.eta < today()`); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

func BenchmarkNewScope(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		NewScope()
	}
}
