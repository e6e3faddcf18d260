package spec

import (
	"testing"
	"time"
)

func settings() *Table {
	text := of(Text)
	inner := &Table{Name: "inner", Fields: []Field{{Name: "deep", Shape: of(Int)}}}
	return &Table{Name: "settings", Fields: []Field{
		{Name: "text", Shape: text}, {Name: "count", Shape: of(Int)}, {Name: "share", Shape: of(Number)},
		{Name: "flag", Shape: of(Bool)}, {Name: "wait", Shape: of(Duration)}, {Name: "one", Shape: Shape{Kind: OneOrList, Of: &text}},
		{Name: "map", Shape: Shape{Kind: MapOf, Of: &text}}, {Name: "inner", Shape: Shape{Kind: Nested, Table: inner}},
		{Name: "any", Shape: of(Any)}, {Name: "value", Shape: of(Value)}, {Name: "type", Shape: of(TypeSpec)},
		{Name: "target", Shape: of(Target)}, {Name: "name", Shape: of(Name)},
	}}
}

func TestDecodeReadsValues(t *testing.T) {
	r := NewReport()
	n := Parse(r, "f.yaml", []byte("text: 0123\ncount: -4\nshare: 0.5\nflag: true\nwait: 1h30m\none: [a, b]\nmap: {x: y, z: w}\ninner: {deep: 3}\n"+
		"any:\nvalue: [1, {a: b}]\ntype: [{sku: text}]\ntarget: agent\nname: ${ env.TOKEN }\n"))
	v := Decode(r, n, settings())
	if r.Failed() {
		t.Fatal(r.Err())
	}
	if v.Text("text") != "0123" || v.Text("name") != "${ env.TOKEN }" || v.Text("absent") != "" {
		t.Error("texts")
	}
	if i, ok := v.Int("count"); i != -4 || !ok {
		t.Error("count", i, ok)
	}
	if b, ok := v.Bool("flag"); !b || !ok {
		t.Error("flag", b, ok)
	}
	if _, ok := v.Bool("text"); ok {
		t.Error("a text is a bool")
	}
	if d, ok := v.Duration("wait"); d != 90*time.Minute || !ok {
		t.Error("wait", d, ok)
	}
	if len(v.List("one")) != 2 || len(v.List("text")) != 1 || len(v.List("absent")) != 0 {
		t.Error("lists")
	}
	if m := v.Map("map"); len(m) != 2 || m[1].Key.Text() != "z" || m[1].Value.Text() != "w" {
		t.Error("maps")
	}
	if at := v.KeyPos("wait"); at.Line != 5 || at.Column != 1 {
		t.Error(at)
	}
	if v.KeyPos("absent") != v.Pos() || v.Pos().Line != 1 {
		t.Error("the place of a missing key is that of the map")
	}
	if !v.Has("any") || !v.Has("target") || v.Has("absent") {
		t.Error("has")
	}
}

func TestDecodeLeavesOutWhatIsWrong(t *testing.T) {
	r := NewReport()
	n := Parse(r, "f.yaml", []byte("count: many\ntext: [a]\ninner: {deep: x}\nflag: true\n"))
	v := Decode(r, n, settings())
	if v.Has("count") || v.Has("text") || !v.Has("flag") {
		t.Error("wrong values are left out, right ones stay")
	}
	if at := v.KeyPos("count"); at.Line != 1 {
		t.Error("the key of a wrong value has a place")
	}
	if found := r.Diagnostics(); len(found) != 3 {
		t.Errorf("%v", found)
	}
	if inner := Decode(r, v.Node("inner"), settings().Fields[7].Shape.Table); inner.Has("deep") {
		t.Error("deep")
	}
	if found := r.Diagnostics(); len(found) != 3 {
		t.Errorf("decoding again says it again: %v", found)
	}
	if v := Decode(r, nil, settings()); v == nil || v.Has("text") || v.Pos() != (Pos{}) || v.Text("x") != "" {
		t.Error("nothing decodes to nothing")
	}
}

func TestDecodeBareTakesTheWordAlone(t *testing.T) {
	table := &Table{Name: "end", Fields: []Field{{Name: "end", Shape: of(Target), Required: true}, {Name: "if", Shape: of(Expr)}}}
	for src, ok := range map[string]bool{"end": true, "end:": true, "{end: , if: x}": true, "{if: x}": false, "stop": false} {
		r := NewReport()
		v := DecodeBare(r, Parse(r, "f.yaml", []byte(src)), table, "end")
		if v.Has("end") != ok || r.Failed() == ok {
			t.Errorf("%s: %v, %v", src, v.Has("end"), r.Diagnostics())
		}
	}
}

func TestFurtherKeys(t *testing.T) {
	g := testGrammar()
	http := g.verbs[4].Table
	r := NewReport()
	v := Decode(r, Parse(r, "f.yaml", []byte("http: GET https://x.test\non_404: agent\non_500: {a: b}\non_999: x\n")), http)
	if extra := v.Extra(); len(extra) != 1 || extra[0].Key.Text() != "on_404" || v.Text("on_404") != "agent" {
		t.Errorf("%v", v.Extra())
	}
	if found := r.Diagnostics(); len(found) != 2 || found[0].Code != "E122" || found[1].Code != "E120" {
		t.Errorf("%v", found)
	}
	r = NewReport()
	v = Decode(r, Parse(r, "f.yaml", []byte("a: b\n")), &Table{Open: true})
	if r.Failed() || len(v.Extra()) != 1 {
		t.Errorf("%v", r.Diagnostics())
	}
}

func TestDurations(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "15m": 15 * time.Minute, "2h": 2 * time.Hour, "2d": 48 * time.Hour, "1w": 168 * time.Hour,
		"1h30m": 90 * time.Minute, "1w2d3h4m5s": 219*time.Hour + 4*time.Minute + 5*time.Second, "0s": 0, "007s": 7 * time.Second,
	} {
		if got, ok := ParseDuration(s); !ok || got != want {
			t.Errorf("%s is %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "s", "5", "5 s", "-5s", "1.5h", "30m1h", "1h1h", "5ms", "5S", "99999999999w", "9999999999999999999999s", "1h "} {
		if got, ok := ParseDuration(s); ok {
			t.Errorf("%q is %v", s, got)
		}
	}
	for s, want := range map[string]string{
		"15 min": "Write `15m`.", "1 hour and 30 minutes": "Write `1h30m`.", "15": "Add the unit: 15s for seconds, 15m for minutes, 15d for days.",
		"soon": "Write it as 90s, 15m, 2h, 2d, 1w, or a sum such as 1h30m.",
	} {
		if got := durationFix(s); got != want {
			t.Errorf("%q: %s", s, got)
		}
	}
}

func TestCheckTakesAnyOfSeveralShapes(t *testing.T) {
	shape := Shape{Kind: OneOf, Shapes: []Shape{of(Duration), of(Int), {Kind: ListOf, Of: &Shape{Kind: Int}}}}
	for src, code := range map[string]string{"5m": "", "5": "", "[1, 2]": "", "soon": "E124", "[a]": "E124", "{a: b}": "E122", "~": "E123"} {
		r := NewReport()
		ok := Check(r, Parse(r, "f.yaml", []byte("v: "+src)).Get("v"), shape, `"v"`)
		found := r.Diagnostics()
		if ok != (code == "") || (!ok && (len(found) != 1 || found[0].Code != code)) {
			t.Errorf("%s: %v, %v", src, ok, found)
		}
	}
	optional := Shape{Kind: OneOf, Shapes: []Shape{of(Int), of(Empty)}}
	r := NewReport()
	if n := Parse(r, "f.yaml", []byte("v:")).Get("v"); !Check(r, n, optional, `"v"`) || r.Failed() {
		t.Errorf("nothing is allowed: %v", r.Diagnostics())
	}
}

func TestGivenKnowsAKeyWithAWrongValue(t *testing.T) {
	r := NewReport()
	v := Decode(r, Parse(r, "f.yaml", []byte("count: many\n")), settings())
	if !v.Given("count") || v.Has("count") || v.Given("flag") {
		t.Error("given and has")
	}
}

func TestWhatParsingReportedIsNotReportedAgain(t *testing.T) {
	for _, src := range []string{"name: !x\n", "name: Room #4\n", "count: *a b\n", "map: {x: y, z}\n", "count: #4\n"} {
		r := NewReport()
		v := Decode(r, Parse(r, "f.yaml", []byte(src)), settings())
		if found := r.Diagnostics(); len(found) != 1 || v.Has("name") || v.Has("count") || v.Has("map") {
			t.Errorf("%s: %v", src, found)
		}
	}
}
