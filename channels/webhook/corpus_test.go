package webhook_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
)

// shown is an event as golden files have it.
type shown struct {
	DedupeID string `json:"dedupe_id"`
	channels.Event
}

type golden struct {
	Refused int     `json:"refused"`
	Events  []shown `json:"events"`
}

// copyInbound copies the payloads for the suite. Those on the lists are checked
// here, and so is what is unknown there: it has to be unknown here too.
func (b borrowed) copyInbound(t *testing.T, from string) {
	t.Helper()
	c := channeltest.New(t, b.spec, "")
	paths, err := filepath.Glob(filepath.Join(from, "inbound", "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no payloads: %v", err)
	}
	copied := 0
	for _, p := range paths {
		name := strings.TrimSuffix(filepath.Base(p), ".json")
		body, want := read(t, p), golden{}
		if err := json.Unmarshal(read(t, strings.TrimSuffix(p, ".json")+".golden"), &want); err != nil {
			t.Fatal(err)
		}
		got, err := c.Receive(t.Context(), b.spec.Request(body))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, unknown := b.unknown[name]
		_, otherID := b.otherID[name]
		switch {
		case unknown:
			b.isUnknown(t, name, got.Events)
			if onlyUnknown(want) {
				t.Errorf("%s is unknown there too and need not be listed", name)
			}
		case onlyUnknown(want):
			b.isUnknown(t, name, got.Events)
		case b.differs[name] != "":
			sameKinds(t, name, want.Events, got.Events)
		case otherID:
			sameButID(t, name, want.Events, got.Events)
		default:
			copied++
			write(t, "inbound/"+name+".json", body)
			write(t, "inbound/"+name+".golden", read(t, strings.TrimSuffix(p, ".json")+".golden"))
		}
	}
	t.Logf("%d of %d payloads are the same to the byte", copied, len(paths))
	for _, listed := range []map[string]string{b.unknown, b.otherID, b.differs} {
		for name := range listed {
			if !slices.Contains(paths, filepath.Join(from, "inbound", name+".json")) {
				t.Errorf("%s is listed, and no payload", name)
			}
		}
	}
}

func onlyUnknown(g golden) bool {
	return len(g.Events) > 0 && !slices.ContainsFunc(g.Events, func(e shown) bool { return e.Kind != channels.KindUnknown })
}

func (b borrowed) isUnknown(t *testing.T, name string, events []channels.Event) {
	t.Helper()
	for _, e := range events {
		if e.Kind != channels.KindUnknown || len(e.Raw) == 0 {
			t.Errorf("%s: %s, want it unknown, with its payload", name, e.Kind)
		}
	}
	if len(events) == 0 {
		t.Errorf("%s is lost", name)
	}
}

func sameButID(t *testing.T, name string, want []shown, got []channels.Event) {
	t.Helper()
	differs := false
	for i := range got {
		differs = differs || i >= len(want) || want[i].DedupeID != got[i].DedupeID
		got[i].DedupeID = ""
	}
	var events []channels.Event
	for _, e := range want {
		events = append(events, e.Event)
	}
	if d := cmp.Diff(tree(t, events), tree(t, got)); d != "" {
		t.Errorf("%s differs in more than its dedupe id:\n%s", name, d)
	}
	if !differs {
		t.Errorf("%s is the same and need not be listed", name)
	}
}

func sameKinds(t *testing.T, name string, want []shown, got []channels.Event) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%s: %d events, want %d", name, len(got), len(want))
	}
	for i := range got {
		if got[i].Kind != want[i].Kind || got[i].Text != want[i].Text || got[i].Conversation != want[i].Conversation {
			t.Errorf("%s: %+v, want %+v", name, got[i], want[i].Event)
		}
	}
}

func tree(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := channels.Decode(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (b borrowed) copyRender(t *testing.T, from string) {
	t.Helper()
	for _, folder := range []string{"render", "send"} {
		paths, err := filepath.Glob(filepath.Join(from, folder, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range paths {
			name := strings.TrimSuffix(filepath.Base(p), filepath.Ext(p))
			if _, listed := b.unrendered[name]; !listed {
				write(t, folder+"/"+filepath.Base(p), read(t, p))
			}
		}
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
