package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/parley-chat/parley/bot/bench/floor"
	"github.com/parley-chat/parley/bot/cli"
)

// TestMain makes this test binary the servers too, where it is called by their
// names: they run in processes of their own, and nothing has to be built.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"parley": func() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
		"floor":  func() { os.Exit(floor.Main(os.Args[1:], os.Stderr)) },
	})
}

// TestQuickRunIsFlawless: under load, on every store, each message is answered
// once, rightly and in order; the run fails otherwise. It says nothing about
// times.
func TestQuickRunIsFlawless(t *testing.T) {
	var out bytes.Buffer
	b := &bench{out: &out, programs: programs{floor: []string{"floor"}}}
	if err := b.run(t.Context(), []string{"-quick", "-parley", "parley"}); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for _, name := range names() {
		if n := strings.Count(out.String(), "\n| "+name+" |"); n != 2 {
			t.Errorf("%s is in %d tables, want 2:\n%s", name, n, &out)
		}
	}
}

// TestFaultsAreNoticed: what a bot must not do is counted, each thing as itself.
func TestFaultsAreNoticed(t *testing.T) {
	for _, c := range []struct {
		name  string
		heard []string // after the first question was answered
		want  faults
	}{
		{"right", nil, faults{}},
		{"doubled", []string{exchanges(1)[0].want}, faults{Doubled: 1}},
		{"another turn's", []string{exchanges(1)[2].want}, faults{Reordered: 1}},
		{"nonsense", []string{"What?"}, faults{Wrong: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := newPlatform(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer p.close()
			who := newPerson(1, 1)
			p.know(who)
			e, _ := who.turn()
			for _, text := range append([]string{e.want}, c.heard...) {
				p.take([]byte(`{"chat_id":1,"text":"` + text + `"}`))
			}
			if len(who.heard) != 1 {
				t.Error("the answer was not taken")
			}
			if got := p.faults(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestMediansAndPercentiles(t *testing.T) {
	if m := median([]float64{9, 1, 5}); m != 5 {
		t.Errorf("median of three is %v", m)
	}
	if m := median([]float64{4, 2}); m != 3 {
		t.Errorf("median of two is %v", m)
	}
	if g := grouped(1_000_017); g != "1,000,017" {
		t.Errorf("grouped: %s", g)
	}
}
