package expression

import (
	"math/rand/v2"
	"testing"
	"time"
)

// berlin is a zone that needs no database of the machine; it is UTC+1 all year.
func berlin() *time.Location { return time.FixedZone("Berlin", 3600) }

// testScope declares what the examples of the reference use, and more.
func testScope() *Scope {
	s := NewScope()
	line := RecordOf(Field{"sku", Of(Text)}, Field{"price", Of(Number)}, Field{"note", Type{Kind: Text, Maybe: true}})
	s.Declare("order_no", Of(Text))
	s.Declare("value", Of(Text))
	s.Declare("seats", Of(Int))
	s.Declare("price", Of(Number))
	s.Declare("vip", Of(Bool))
	s.Declare("due", Of(Date))
	s.Declare("meeting", Of(Datetime))
	s.Declare("wait", Of(Duration))
	s.Declare("slot", Of(Time))
	s.Declare("mail", Of(Email))
	s.Declare("tags", ListOf(Of(Text)))
	s.Declare("numbers", ListOf(Of(Int)))
	s.Declare("items", ListOf(line))
	s.Declare("topic", Type{Kind: Choice, IDs: []string{"billing", "delivery", "other"}})
	s.Declare("topics", Type{Kind: Choices, IDs: []string{"billing", "delivery", "other"}})
	s.Declare("photo", Of(Image))
	s.Declare("place", Of(Location))
	s.Declare("count", Of(Int)) // a variable may have the name of a function
	s.Declare("order", RecordOf(
		Field{"status", Of(Text)}, Field{"eta", Type{Kind: Date, Maybe: true}},
		Field{"lines", ListOf(line)}, Field{"address", RecordOf(Field{"city", Of(Text)})},
	))
	s.Declare("contact", RecordOf(Field{"first_name", Of(Text)}, Field{"opted_out", Of(Bool)}))
	s.Declare("event", RecordOf(Field{"text", Of(Text)}, Field{"data", Type{}}))
	s.Declare("error", RecordOf(Field{"text", Of(Text)}))
	s.Declare("secret", RecordOf(Field{"TOKEN", Of(Text)}))
	s.DeclareSchedules("support", "sales")
	s.DeclareSteps("order_no", "agent")
	return s
}

func testItems() []any {
	return []any{
		map[string]any{"sku": "L1", "price": 30.0},
		map[string]any{"sku": "L2", "price": 12.5, "note": "blue"},
	}
}

// testRuntime stands at 10:00 on Wednesday 4 March 2026.
func testRuntime() *Runtime {
	week := [7][]Span{}
	for d := time.Monday; d <= time.Friday; d++ {
		week[d] = []Span{{9 * 60, 17 * 60}}
	}
	return &Runtime{
		Now:      time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC),
		Zone:     berlin(),
		Language: "en",
		Rand:     rand.New(rand.NewPCG(1, 2)),

		Conversation: testConversation{},
		Schedules: map[string]*Schedule{
			"support": {Zone: berlin(), Week: week},
			"sales":   {Zone: berlin()},
		},
	}
}

type testConversation struct{}

func (testConversation) Visits(step string) int { return len(step) % 3 }

func (testConversation) FirstIn(d time.Duration) bool { return d >= time.Hour }

func (testConversation) Label(variable, id string) string {
	if variable == "topic" && id == "billing" {
		return "Billing and refunds"
	}
	return variable + "/" + id
}

func testEnv() *Env {
	return &Env{
		Vars: map[string]any{
			"order_no": "A-1234", "seats": 3, "price": 2.5, "vip": true, "count": 7,
			"due":     time.Date(2026, 3, 6, 0, 0, 0, 0, time.UTC),
			"meeting": time.Date(2026, 3, 5, 8, 0, 0, 0, time.UTC),
			"wait":    90 * time.Minute, "slot": "17:00",
			"tags": []any{"new", "vip"}, "numbers": []any{3, 1, 2}, "items": testItems(),
			"topic": "billing", "topics": []any{"billing", "other"},
			"order": map[string]any{
				"status": "shipped", "eta": time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC), "lines": testItems(),
			},
			"contact": map[string]any{"first_name": "Ann"},
			"event":   map[string]any{"text": "Where are my orders?"},
			"secret":  map[string]any{"TOKEN": "s3cr3t"},
		},
		Runtime: testRuntime(),
	}
}

// emptyEnv has no value at all.
func emptyEnv() *Env { return &Env{Vars: map[string]any{}, Runtime: testRuntime()} }

// mustValue compiles and runs a source that is right.
func mustValue(t *testing.T, env *Env, src string) (any, Type, error) {
	t.Helper()
	p, problems := testScope().Value(src)
	if len(problems) > 0 {
		t.Fatalf("%s: %+v", src, problems)
	}
	v, err := p.Value(env)
	return v, p.Type(), err
}

// show is the text of a value, or of its error.
func show(t *testing.T, env *Env, src string) string {
	t.Helper()
	v, typ, err := mustValue(t, env, src)
	if err != nil {
		return "error: " + err.Error()
	}
	return Display(v, typ, env.Runtime)
}
