package inspect_test

import (
	"bytes"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/parley-chat/parley/bot/inspect"
)

// TestCurlSendsTheSameRequest: a shell reads in the command line what came.
func TestCurlSendsTheSameRequest(t *testing.T) {
	r := start(t, nil, "")
	for _, c := range []call{
		{path: "/a?x=%27", body: `{"text":"it's $HOME \"here\" & there\n"}`, header: map[string]string{"X-Odd": "it's `date`"}},
		{path: "/file", body: "@/etc/hostname"},
		{path: "/bytes", body: "\x00\xff\x01"},
		{method: http.MethodGet, path: "/get"},
		{method: "PUT", path: "/put", body: "x"},
	} {
		r.send(c)
		// A curl that prints its arguments, one after the other, and what it reads.
		script := `curl() { for a in "$@"; do printf '%s\0' "$a"; done; case "$*" in *@-) cat;; esac; }` + "\n" +
			inspect.Curl(r.last(), "http://127.0.0.1:1/")
		var out bytes.Buffer
		sh := exec.Command("sh", "-c", script)
		sh.Stdout = &out
		if err := sh.Run(); err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		args := out.String()
		want := []string{"http://127.0.0.1:1" + c.path + "\x00", "Host: "}
		if c.body != "" {
			want = append(want, c.body)
		}
		for name, value := range c.header {
			want = append(want, name+": "+value+"\x00")
		}
		if c.method != "" {
			want = append(want, "-X\x00"+c.method+"\x00")
		}
		for _, w := range want {
			if !strings.Contains(args, w) {
				t.Errorf("%s: %q is not in %q", c.path, w, args)
			}
		}
	}
}

// TestBodiesAreMadeReadable and lose nothing.
func TestBodiesAreMadeReadable(t *testing.T) {
	form := map[string][]inspect.Text{"Content-Type": {"application/x-www-form-urlencoded"}}
	for _, c := range []struct {
		body   inspect.Text
		header map[string][]inspect.Text
		want   string
	}{
		{"", nil, ""},
		{`{"n":12345678901234567890}`, nil, "{\n  \"n\": 12345678901234567890\n}"},
		{"a=1+2&b=%7B%22c%22%3A1%7D&d", form, "a = 1 2\nb = {\n  \"c\": 1\n}\nd = \n"},
		{"just text", nil, "just text"},
		{"a=%zz", form, "a = %zz\n"},
		{"\xff\x00", nil, "00000000  ff 00                                             |..|\n"},
	} {
		if got := inspect.Pretty(c.body, c.header); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.body, got, c.want)
		}
	}
}
