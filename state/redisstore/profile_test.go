package redisstore

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestServerThatKeepsLessThanTheProfileIsRefused(t *testing.T) {
	t.Parallel()
	all := profiles()
	all["lazy"] = []string{"--appendonly", "yes", "--appendfsync", "no"}
	all["rewriting"] = []string{"--appendonly", "yes", "--appendfsync", "always", "--no-appendfsync-on-rewrite", "yes"}
	for server, lines := range map[string]map[string]string{
		Strict: {Strict: "", Fast: "", Memory: ""},
		Fast: {Memory: "", Fast: "",
			Strict: "profile: strict needs appendfsync always; Redis at HOST has everysec. Run CONFIG SET appendfsync always, or write profile: fast"},
		Memory: {Memory: "",
			Fast: "profile: fast needs appendonly yes; Redis at HOST has no. Run CONFIG SET appendonly yes, or write profile: memory",
			Strict: "profile: strict needs appendonly yes and appendfsync always; Redis at HOST has no and everysec. " +
				"Run CONFIG SET appendonly yes appendfsync always, or write profile: memory",
			Replicated: "profile: replicated needs appendonly yes; Redis at HOST has no. Run CONFIG SET appendonly yes, or write profile: memory"},
		"lazy": {
			Fast: "profile: fast needs appendfsync everysec; Redis at HOST has no. Run CONFIG SET appendfsync everysec, or write profile: memory"},
		"rewriting": {Fast: "",
			Strict: "profile: strict needs no-appendfsync-on-rewrite no; Redis at HOST has yes. Run CONFIG SET no-appendfsync-on-rewrite no, or write profile: fast"},
	} {
		r := startServer(t, all[server]...)
		for profile, want := range lines {
			refusal := ""
			if s, err := Open(t.Context(), r.url(), Options{Profile: profile}); err == nil {
				_ = s.Close()
			} else {
				refusal = strings.TrimPrefix(err.Error(), "state: open redis: ")
			}
			if want = strings.ReplaceAll(want, "HOST", r.address()); refusal != want {
				t.Errorf("%s on a server that is %s:\n got %q\nwant %q", profile, server, refusal, want)
			}
		}
	}
}

func TestCommandThatMendsAServerDoes(t *testing.T) {
	t.Parallel()
	r := startServer(t)
	_, err := Open(t.Context(), r.url(), Options{Profile: Strict})
	_, command, _ := strings.Cut(fmt.Sprint(err), "Run ")
	command, _, _ = strings.Cut(command, ", or")
	var args []any
	for _, word := range strings.Fields(command) {
		args = append(args, word)
	}
	if err := r.client(t).Do(t.Context(), args...).Err(); err != nil {
		t.Errorf("%s: %v", command, err)
	}
	if got := open(t, r.url(), Options{Profile: Strict}).Profile(); got != Strict {
		t.Errorf("the profile is %s", got)
	}
	r.stop(t, syscall.SIGKILL) // it refuses to end in order while it writes its first file
}

func TestReplicatedNeedsReplicas(t *testing.T) {
	t.Parallel()
	r := startServer(t, profiles()[Fast]...)
	host, port, _ := net.SplitHostPort(r.address())
	for least, want := range map[int]string{0: "1 at least", 2: "2 at least"} {
		_, err := Open(t.Context(), r.url(), Options{Profile: Replicated, Replicas: least})
		want = fmt.Sprintf("profile: replicated needs replicas, %s; Redis at %s has 0. Run REPLICAOF %s %s on another server, or write profile: fast",
			want, r.address(), host, port)
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestHostedServerIsTakenAtItsWord: who may not ask for settings goes by what INFO
// tells, and says what is not known.
func TestHostedServerIsTakenAtItsWord(t *testing.T) {
	t.Parallel()
	unasked := []string{"appendfsync", "no-appendfsync-on-rewrite"}
	hosted := func(aof string) *server {
		r := startServer(t, "--appendonly", aof)
		acl := []any{"acl", "setuser", "guest", "on", ">pa55word", "~*", "&*", "+@all", "-config"}
		if err := r.client(t).Do(t.Context(), acl...).Err(); err != nil {
			t.Fatal(err)
		}
		return r
	}
	renamed := startServer(t, "--appendonly", "yes", "--rename-command", "CONFIG", "")
	keeps := hosted("yes")
	for _, address := range []string{renamed.url(), "redis://guest:pa55word@" + keeps.address()} {
		for profile, want := range map[string]string{"": Fast, Fast: Fast, Strict: Strict} {
			s := open(t, address, Options{Profile: profile})
			if s.Profile() != want || !slices.Equal(s.Unchecked(), unasked) {
				t.Errorf("profile %q is %s, unchecked are %v", profile, s.Profile(), s.Unchecked())
			}
		}
	}
	_, err := Open(t.Context(), "redis://guest:pa55word@"+hosted("no").address(), Options{Profile: Fast})
	if err == nil || !strings.Contains(err.Error(), "needs appendonly yes") {
		t.Errorf("a server that keeps nothing, as INFO tells: %v", err)
	}
	if s := open(t, keeps.url(), Options{}); s.Unchecked() != nil {
		t.Errorf("who may ask does not know %v", s.Unchecked())
	}
}

// TestUserOfTheAddressIsUsedAndNotTold: of a refused one and of one who may do too
// little, the error has the reason and no secret.
func TestUserOfTheAddressIsUsedAndNotTold(t *testing.T) {
	t.Parallel()
	r := startServer(t)
	c := r.client(t)
	for _, user := range [][]any{{"ann", "~p:{bot.*", "+@all"}, {"idle", "~other", "+@all"}, {"mute", "~*", "+@all", "-info"}} {
		if err := c.Do(t.Context(), append([]any{"acl", "setuser", user[0], "on", ">pa55word", "resetchannels"}, user[1:]...)...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	accept(t, open(t, "redis://ann:pa55word@"+r.address(), Options{}), ann, "a", "1")
	for address, want := range map[string]string{
		"redis://ann:wr0ng@":     "WRONGPASS",
		"redis://nobody:wr0ng@":  "WRONGPASS",
		"redis://mute:pa55word@": "NOPERM",
	} {
		_, err := Open(t.Context(), address+r.address(), Options{})
		if err == nil || !strings.Contains(err.Error(), want) || hasSecret(err) {
			t.Errorf("%s: %v, want %s", address, err, want)
		}
	}
	_, _, err := open(t, "redis://idle:pa55word@"+r.address(), Options{}).Accept(context.Background(), ann, event("2"), caller("a"))
	if err == nil || !strings.Contains(err.Error(), "NOPERM") || hasSecret(err) {
		t.Errorf("a user who may not use our keys: %v", err)
	}
}

func hasSecret(err error) bool {
	return strings.Contains(err.Error(), "pa55word") || strings.Contains(err.Error(), "wr0ng")
}
