package flows

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-chat/parley/flows/spec"
)

// Media says how files that people send are kept. Zero values stand for the
// defaults.
type Media struct {
	// MaxSize is that of one file, in bytes (25 MB).
	MaxSize int64
	// Types are MIME types and families such as image/* that are kept (pictures,
	// sounds, videos and usual documents).
	Types []string
	// Keep is how long a file is kept (30 days), LinkTime how long a link to it lasts
	// (24 h).
	Keep, LinkTime time.Duration
	// Secret makes the links; empty is one that is kept beside the files. It is a
	// secret.
	Secret string
	// S3 is the bucket for the files; nil keeps them in a folder.
	S3 *Bucket
}

// A Bucket is one that speaks S3.
type Bucket struct {
	// Endpoint is an address without a path, Region that of the bucket.
	Endpoint, Region, Name string
	// AccessKey and SecretKey are secrets.
	AccessKey, SecretKey string
	// PathStyle puts the bucket into the path of addresses, or into the host; nil as
	// the endpoint is known to want it.
	PathStyle *bool
}

// The defaults of media, and their bounds.
const (
	mediaKeep    = 30 * 24 * time.Hour
	mediaLinks   = 24 * time.Hour
	leastLink    = time.Minute
	leastSize    = 1 << 10
	largestSize  = 1 << 30
	leastKeeping = time.Hour
	minSecret    = 16
)

// mediaTable describes media: of bot.yaml.
func mediaTable() *spec.Table {
	name, duration := spec.Shape{Kind: spec.Name}, spec.Shape{Kind: spec.Duration}
	return &spec.Table{Name: "media", Fields: []spec.Field{
		{Name: "max_size", Shape: name, Default: "25MB", Doc: "The largest file that is kept, in kB, MB or GB.", Example: "10MB"},
		{Name: "types", Shape: spec.Shape{Kind: spec.OneOrList, Of: &name}, Doc: "MIME types that are kept, or families such as `image/*`. It is the content that counts, not what is said of it. Without it: pictures, sounds, videos, PDF, plain text, tables and documents of office programs.", Example: "[image/*, application/pdf]"},
		{Name: "keep", Shape: duration, Default: "30d", Doc: "How long a file is kept; not shorter than `link_time`."},
		{Name: "link_time", Shape: duration, Default: "24h", Doc: "How long a link to a file opens it."},
		{Name: "secret", Shape: name, Secret: true, Doc: "What links are made with, 16 characters at least. Without it, they are made with the `secret_key` of the bucket, or with a key in the folder of the files: then they open on one machine only.", Example: "${ env.MEDIA_SECRET }"},
		{Name: "s3", Shape: spec.Shape{Kind: spec.Nested, Table: bucketTable()}, Doc: "The private bucket for the files, which all processes of the bot reach. Without it they are in the folder `media` beside the conversations."},
	}}
}

func bucketTable() *spec.Table {
	name := spec.Shape{Kind: spec.Name}
	return &spec.Table{Name: "s3", Fields: []spec.Field{
		{Name: "endpoint", Shape: name, Required: true, Doc: "The address of the service, without a path.", Example: "https://s3.eu-central-1.amazonaws.com"},
		{Name: "region", Shape: name, Default: "us-east-1", Doc: "The region of the bucket.", Example: "eu-central-1"},
		{Name: "bucket", Shape: name, Required: true, Doc: "The name of the bucket. It must be there. Files lie in it below the name of the bot.", Example: "acme-support"},
		{Name: "access_key", Shape: name, Required: true, Secret: true, Doc: "The key that may list, read, write and delete in the bucket.", Example: "${ env.S3_ACCESS_KEY }"},
		{Name: "secret_key", Shape: name, Required: true, Secret: true, Doc: "Its secret.", Example: "${ env.S3_SECRET_KEY }"},
		{Name: "path_style", Shape: spec.Shape{Kind: spec.Bool}, Doc: "Puts the bucket into the path of addresses; false, into the host. Without it, as the service is known to want it.", Example: "true"},
	}}
}

// media reads how files are kept.
func (l *configLoader) media() (m Media) {
	n := l.v.Node("media")
	if n == nil {
		return m
	}
	v := spec.Decode(l.r, n, mediaTable())
	m.MaxSize = l.size(v.Node("max_size"))
	for _, t := range v.List("types") {
		if typ := l.mediaType(t); typ != "" {
			m.Types = append(m.Types, typ)
		}
	}
	l.mediaTimes(&m, v)
	if n := v.Node("secret"); n != nil {
		if m.Secret = l.env(n); m.Secret != "" && utf8.RuneCountInString(m.Secret) < minSecret {
			l.r.Error(n.Pos(), "E222", fmt.Sprintf("Use at least %d characters.", minSecret), "the secret is too short to be safe")
		}
	}
	m.S3 = l.bucket(v.Node("s3"))
	return m
}

func (l *configLoader) mediaTimes(m *Media, v *spec.Values) {
	fits := true
	for _, t := range []struct {
		name  string
		to    *time.Duration
		least time.Duration
		fix   string
	}{{"keep", &m.Keep, leastKeeping, "Write 1h or more."}, {"link_time", &m.LinkTime, leastLink, "Write 1m or more."}} {
		d, ok := v.Duration(t.name)
		if *t.to = d; ok && d < t.least {
			l.r.Error(v.Node(t.name).Pos(), "E233", t.fix, "%q can't be %s", t.name, v.Text(t.name))
			fits = false
		}
	}
	if !fits || cmp.Or(m.Keep, mediaKeep) >= cmp.Or(m.LinkTime, mediaLinks) {
		return
	}
	at := v.Node("keep")
	if at == nil {
		at = v.Node("link_time")
	}
	l.r.Error(at.Pos(), "E233", "Make keep longer, or link_time shorter.", "a link would last longer than the file: keep is %s, link_time %s",
		textOr(v, "keep", "30d"), textOr(v, "link_time", "24h"))
}

// textOr is a value as the author wrote it, or the default.
func textOr(v *spec.Values, name, usual string) string {
	if v.Has(name) {
		return v.Text(name)
	}
	return usual
}

var sizeForm = regexp.MustCompile(`^([0-9]{1,9})\s*([kKMG]?)B?$`)

// size reads a number of bytes; 0 when there is none.
func (l *configLoader) size(n *spec.Node) int64 {
	if n == nil {
		return 0
	}
	text := l.env(n)
	m := sizeForm.FindStringSubmatch(text)
	if m == nil {
		l.r.Error(n.Pos(), "E222", "Write it as in 25MB.", "%q is no size", text)
		return 0
	}
	number, _ := strconv.ParseInt(m[1], 10, 64) // nine digits at most
	bytes := number * map[string]int64{"": 1, "k": 1 << 10, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}[m[2]]
	if bytes < leastSize || bytes > largestSize {
		l.r.Error(n.Pos(), "E233", "Write 25MB, say.", "a file can have from 1kB to 1GB, not %s", text)
	}
	return bytes
}

var mediaTypeForm = regexp.MustCompile(`^(\*/\*|[a-z]+/(\*|[a-z0-9][a-z0-9.+-]*))$`)

func (l *configLoader) mediaType(n *spec.Node) string {
	typ := strings.ToLower(l.env(n))
	if typ != "" && !mediaTypeForm.MatchString(typ) {
		l.r.Error(n.Pos(), "E222", "Write image/png, image/* or application/pdf.", "%q is not a MIME type", typ)
	}
	return typ
}

// bucket reads the bucket for files; nil when there is none.
func (l *configLoader) bucket(n *spec.Node) *Bucket {
	if n == nil {
		return nil
	}
	v := spec.Decode(l.r, n, bucketTable())
	b := &Bucket{
		Endpoint: l.env(v.Node("endpoint")), Region: cmp.Or(l.env(v.Node("region")), "us-east-1"), Name: l.env(v.Node("bucket")),
		AccessKey: l.env(v.Node("access_key")), SecretKey: l.env(v.Node("secret_key")),
	}
	if style, ok := v.Bool("path_style"); ok {
		b.PathStyle = &style
	}
	if at := v.Node("endpoint"); at != nil && b.Endpoint != "" {
		u, err := url.Parse(b.Endpoint)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
			l.r.Error(at.Pos(), "E222", "Write https:// and a host, as in https://s3.eu-central-1.amazonaws.com.", "this is not the address of a service")
		}
	}
	return b
}
