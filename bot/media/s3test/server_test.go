package s3test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The example of AWS's documentation, "Authenticating Requests: Using the
// Authorization Header", GET Object.
func TestSignatureIsThatOfTheDocumentation(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "https://examplebucket.s3.amazonaws.com/test.txt", nil)
	empty := hashed(nil)
	r.Header.Set("Range", "bytes=0-9")
	r.Header.Set("X-Amz-Content-Sha256", empty)
	r.Header.Set("X-Amz-Date", "20130524T000000Z")
	text := canonical(r, []string{"host", "range", "x-amz-content-sha256", "x-amz-date"}, empty)
	got := signature(text, "20130524T000000Z", []string{AccessKey, "20130524", "us-east-1", "s3", "aws4_request"}, SecretKey)
	if want := "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"; got != want {
		t.Errorf("signature %s, not %s, of\n%s", got, want, text)
	}
}

// What is not signed, or signed for something else, does not get in.
func TestWrongSignaturesAreRefused(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	sign := func(body string) *http.Request {
		r := httptest.NewRequest(http.MethodPut, "/media/a?x=1", strings.NewReader(body))
		stamp := now.Format("20060102T150405Z")
		r.Header.Set("X-Amz-Date", stamp)
		r.Header.Set("X-Amz-Content-Sha256", hashed([]byte(body)))
		signed := []string{"host", "x-amz-content-sha256", "x-amz-date"}
		scope := []string{AccessKey, stamp[:8], Region, "s3", "aws4_request"}
		sig := signature(canonical(r, signed, hashed([]byte(body))), stamp, scope, SecretKey)
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+strings.Join(scope, "/")+", SignedHeaders="+strings.Join(signed, ";")+", Signature="+sig)
		return r
	}
	if status, code := verify(sign("body"), []byte("body"), now); status != 0 {
		t.Fatalf("a right one: %d %s", status, code)
	}
	for want, change := range map[string]func(r *http.Request){
		"AccessDenied":              func(r *http.Request) { r.Header.Del("Authorization") },
		"SignatureDoesNotMatch":     func(r *http.Request) { r.URL.Path = "/media/b" },
		"XAmzContentSHA256Mismatch": func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", hashed([]byte("other"))) },
		"InvalidAccessKeyId": func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), AccessKey, "AKIAOTHER", 1))
		},
	} {
		r := sign("body")
		change(r)
		if status, code := verify(r, []byte("body"), now); status == 0 || code != want {
			t.Errorf("%d %s, not %s", status, code, want)
		}
	}
	if _, code := verify(sign("body"), []byte("body"), now.Add(time.Hour)); code != "RequestTimeTooSkewed" {
		t.Errorf("an old one: %s", code)
	}
}
