// Package s3test is a small S3 service for tests, on a loopback address. It verifies
// the signature of every request by the algorithm that AWS publishes (Signature
// Version 4, in the Authorization header, with a signed or unsigned payload), and
// knows objects, ranges of them, and lists: what a store of media needs.
package s3test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The keys of every server, and its region.
const (
	AccessKey = "AKIAIOSFODNN7EXAMPLE"
	SecretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	Region    = "eu-test-1"
	Bucket    = "media"
)

// maxSkew is how far the clock of a client may be off.
const maxSkew = 15 * time.Minute

// pageSize is how many objects a page of a list has.
const pageSize = 3

// A Server is a service with one bucket.
type Server struct {
	*httptest.Server

	mu      sync.Mutex
	objects map[string]object
	// refuse decides before all else; 0 lets a request pass.
	refuse func(r *http.Request) (status int, code string)
}

type object struct {
	body []byte
	at   time.Time
}

// New starts a server. Close ends it.
func New() *Server {
	s := &Server{objects: map[string]object{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

// Refuse has a function decide which requests are refused, with a status and the
// code of the error. Nil refuses none.
func (s *Server) Refuse(f func(r *http.Request) (status int, code string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = f
}

// Keys returns the names of the objects, sorted.
func (s *Server) Keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.objects))
}

// Age makes all objects older.
func (s *Server) Age(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, o := range s.objects {
		o.at = o.at.Add(-d)
		s.objects[name] = o
	}
}

// A failure is the body of an answer that is none.
type failure struct {
	XMLName xml.Name `xml:"Error"`
	Code    string
	Message string
}

func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(failure{Code: code, Message: code})
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client left
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		if status, code := s.refuse(r); status != 0 {
			fail(w, status, code)
			return
		}
	}
	if status, code := verify(r, body, time.Now()); status != 0 {
		fail(w, status, code)
		return
	}
	name, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case name != Bucket:
		fail(w, http.StatusNotFound, "NoSuchBucket")
	case key == "" && r.Method == http.MethodGet:
		s.list(w, r.URL.Query())
	case r.Method == http.MethodPut:
		s.objects[key] = object{body: body, at: time.Now()}
		w.Header().Set("ETag", `"`+hashed(body)[:32]+`"`)
	case r.Method == http.MethodDelete:
		delete(s.objects, key)
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		o, ok := s.objects[key]
		if !ok {
			fail(w, http.StatusNotFound, "NoSuchKey")
			return
		}
		w.Header().Set("ETag", `"`+hashed(o.body)[:32]+`"`)
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(w, r, "", o.at, bytes.NewReader(o.body))
	default:
		fail(w, http.StatusMethodNotAllowed, "MethodNotAllowed")
	}
}

type page struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	Name                  string
	IsTruncated           bool
	NextContinuationToken string `xml:",omitempty"`
	Contents              []entry
}

type entry struct {
	Key          string
	LastModified string
	ETag         string
	Size         int
}

// list answers ListObjectsV2, in small pages.
func (s *Server) list(w http.ResponseWriter, q url.Values) {
	if q.Get("list-type") != "2" || q.Get("delimiter") != "" {
		fail(w, http.StatusNotImplemented, "NotImplemented")
		return
	}
	p := page{Name: Bucket}
	for _, key := range slices.Sorted(maps.Keys(s.objects)) {
		if !strings.HasPrefix(key, q.Get("prefix")) || key <= q.Get("continuation-token") {
			continue
		}
		if len(p.Contents) == pageSize {
			p.IsTruncated, p.NextContinuationToken = true, p.Contents[pageSize-1].Key
			break
		}
		o := s.objects[key]
		p.Contents = append(p.Contents, entry{Key: key, LastModified: o.at.UTC().Format("2006-01-02T15:04:05.000Z"), ETag: `"x"`, Size: len(o.body)})
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(p)
}

// verify checks the signature of a request. The status is 0 when it is right.
func verify(r *http.Request, body []byte, now time.Time) (status int, code string) {
	fields := map[string]string{}
	auth, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	for f := range strings.SplitSeq(auth, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(f), "=")
		fields[name] = value
	}
	scope := strings.Split(fields["Credential"], "/")
	if !ok || len(scope) != 5 {
		return http.StatusForbidden, "AccessDenied"
	}
	stamp := r.Header.Get("X-Amz-Date")
	at, err := time.Parse("20060102T150405Z", stamp)
	signed := strings.Split(fields["SignedHeaders"], ";")
	switch {
	case scope[0] != AccessKey:
		return http.StatusForbidden, "InvalidAccessKeyId"
	case scope[2] != Region:
		return http.StatusBadRequest, "AuthorizationHeaderMalformed"
	case err != nil || now.Sub(at).Abs() > maxSkew:
		return http.StatusForbidden, "RequestTimeTooSkewed"
	case !slices.Contains(signed, "host") || !slices.Contains(signed, "x-amz-date") || !slices.Contains(signed, "x-amz-content-sha256"):
		return http.StatusForbidden, "AccessDenied"
	}
	payload := r.Header.Get("X-Amz-Content-Sha256")
	if payload != "UNSIGNED-PAYLOAD" && payload != hashed(body) {
		return http.StatusBadRequest, "XAmzContentSHA256Mismatch"
	}
	want := signature(canonical(r, signed, payload), stamp, scope, SecretKey)
	if !hmac.Equal([]byte(want), []byte(fields["Signature"])) {
		return http.StatusForbidden, "SignatureDoesNotMatch"
	}
	return 0, ""
}

// canonical writes a request as it is signed.
func canonical(r *http.Request, signed []string, payload string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", r.Method, encoded(r.URL.Path, true))
	query := r.URL.Query()
	var pairs []string
	for name, values := range query {
		for _, v := range values {
			pairs = append(pairs, encoded(name, false)+"="+encoded(v, false))
		}
	}
	slices.Sort(pairs)
	fmt.Fprintf(&b, "%s\n", strings.Join(pairs, "&"))
	for _, name := range signed {
		value := strings.Join(r.Header.Values(name), ",")
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = strconv.FormatInt(r.ContentLength, 10)
		}
		fmt.Fprintf(&b, "%s:%s\n", name, strings.Join(strings.Fields(value), " "))
	}
	fmt.Fprintf(&b, "\n%s\n%s", strings.Join(signed, ";"), payload)
	return b.String()
}

// signature signs a canonical request. The scope is key, date, region, service and
// "aws4_request".
func signature(canonical, stamp string, scope []string, secret string) string {
	text := "AWS4-HMAC-SHA256\n" + stamp + "\n" + strings.Join(scope[1:], "/") + "\n" + hashed([]byte(canonical))
	key := []byte("AWS4" + secret)
	for _, part := range scope[1:] {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, text))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hashed(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// encoded writes a text with %XX for all but letters, digits and -._~, and slashes
// of a path.
func encoded(text string, path bool) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', strings.IndexByte("-._~", c) >= 0, path && c == '/':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
