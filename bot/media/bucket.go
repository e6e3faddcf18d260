package media

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// A Bucket is one that speaks S3.
type Bucket struct {
	// Endpoint is the address of the service: http:// or https://, and a host.
	Endpoint string
	Region   string
	Name     string
	// Prefix is where in the bucket the files lie.
	Prefix string
	// AccessKey and SecretKey sign the requests.
	AccessKey, SecretKey string
	// PathStyle puts the name into the path of addresses, or into the host; nil is as
	// the endpoint is known to want it.
	PathStyle *bool
}

// A BucketError says why a bucket does not do what it should, without secrets.
type BucketError struct {
	// Mistake is true when the settings are wrong: another attempt fails the same way.
	Mistake bool
	Text    string
}

// Error says what is wrong.
func (e *BucketError) Error() string { return e.Text }

// The bounds of requests to a bucket.
const (
	bucketDial   = 5 * time.Second
	bucketAnswer = 20 * time.Second
	bucketTries  = 3
)

// A bucket is a place that speaks S3.
type bucket struct {
	core      minio.Core
	transport *http.Transport
	settings  Bucket
	host      string
}

// OpenBucket returns a store in a bucket. It asks the bucket for nothing; see
// [Store.Check]. An error is of the settings.
func OpenBucket(settings Bucket, now func() time.Time) (*Store, error) {
	u, err := url.Parse(settings.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, &BucketError{Mistake: true, Text: "the endpoint is not an address that begins with http:// or https://"}
	}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: bucketDial}).DialContext,
		TLSHandshakeTimeout:   bucketDial,
		ResponseHeaderTimeout: bucketAnswer,
		MaxIdleConnsPerHost:   maxBucketIdle,
		IdleConnTimeout:       time.Minute,
		DisableCompression:    true,
	}
	lookup := minio.BucketLookupAuto
	if settings.PathStyle != nil {
		lookup = minio.BucketLookupDNS
		if *settings.PathStyle {
			lookup = minio.BucketLookupPath
		}
	}
	client, err := minio.New(u.Host, &minio.Options{
		Creds:  credentials.NewStaticV4(settings.AccessKey, settings.SecretKey, ""),
		Secure: u.Scheme == "https", Region: settings.Region, BucketLookup: lookup, Transport: transport, MaxRetries: bucketTries,
	})
	if err != nil {
		return nil, &BucketError{Mistake: true, Text: err.Error()}
	}
	b := &bucket{core: minio.Core{Client: client}, transport: transport, settings: settings, host: u.Host}
	return &Store{place: b, now: now, done: transport.CloseIdleConnections}, nil
}

const maxBucketIdle = 16

// temp makes a file that has no name where the system can do without one: nothing
// stays behind when the process ends.
func (b *bucket) temp() (*os.File, error) {
	f, err := os.CreateTemp("", "parley-media-")
	if err == nil {
		_ = os.Remove(f.Name())
	}
	return f, err
}

func (b *bucket) put(ctx context.Context, temp *os.File, name string) error {
	defer discard(temp)
	if _, err := temp.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sum := sha256.New()
	size, err := io.Copy(sum, temp)
	if err != nil {
		return err
	}
	// The hash is signed: what arrives is what was sent, also without TLS.
	body := io.NewSectionReader(temp, 0, size)
	_, err = b.core.PutObject(ctx, b.settings.Name, b.key(name), body, size, "", hex.EncodeToString(sum.Sum(nil)),
		minio.PutObjectOptions{DisableContentSha256: true, ContentType: unknownType})
	return b.explain(err)
}

func (b *bucket) open(ctx context.Context, name string) (*Content, error) {
	object, err := b.core.Client.GetObject(ctx, b.settings.Name, b.key(name), minio.GetObjectOptions{})
	if err != nil {
		return nil, b.explain(err)
	}
	info, err := object.Stat()
	if err != nil {
		_ = object.Close()
		return nil, b.explain(err)
	}
	return &Content{ReadSeekCloser: object, Size: info.Size, Time: info.LastModified}, nil
}

func (b *bucket) list(ctx context.Context, folder string) (names []string, err error) {
	err = b.each(ctx, folder+"/", func(o minio.ObjectInfo) error {
		names = append(names, strings.TrimPrefix(o.Key, b.key("")))
		return nil
	})
	return names, err
}

// each visits the objects whose names begin with a text.
func (b *bucket) each(ctx context.Context, prefix string, visit func(o minio.ObjectInfo) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for o := range b.core.ListObjectsIter(ctx, b.settings.Name, minio.ListObjectsOptions{Prefix: b.key(prefix), Recursive: true}) {
		err := o.Err
		if err == nil {
			err = visit(o)
		}
		if err != nil {
			return b.explain(err)
		}
	}
	return ctx.Err()
}

func (b *bucket) remove(ctx context.Context, names ...string) (err error) {
	for _, name := range names {
		if gone := b.core.RemoveObject(ctx, b.settings.Name, b.key(name), minio.RemoveObjectOptions{}); gone != nil && !isMissing(gone) {
			err = errors.Join(err, b.explain(gone))
		}
	}
	return err
}

func (b *bucket) sweep(ctx context.Context, before time.Time) (removed int, err error) {
	err = b.each(ctx, "", func(o minio.ObjectInfo) error {
		if !o.LastModified.Before(before) {
			return nil
		}
		if err := b.core.RemoveObject(ctx, b.settings.Name, o.Key, minio.RemoveObjectOptions{}); err != nil && !isMissing(err) {
			return err
		}
		removed++
		return nil
	})
	return removed, err
}

// check does all that keeping media needs: list, write, read and delete.
func (b *bucket) check(ctx context.Context) error {
	if _, err := b.list(ctx, "check"); err != nil {
		return err
	}
	name := "check/" + rand.Text()
	f, err := b.temp()
	if err != nil {
		return fmt.Errorf("the folder of temporary files can't be written: %w", err)
	}
	if err := b.put(ctx, f, name); err != nil {
		return err
	}
	c, err := b.open(ctx, name)
	if err == nil {
		err = c.Close()
	}
	return cmp.Or(err, b.remove(ctx, name))
}

func (b *bucket) key(name string) string { return b.settings.Prefix + "/" + name }

func isMissing(err error) bool { return minio.ToErrorResponse(err).Code == minio.NoSuchKey }

// explain says what an error of a bucket means.
func (b *bucket) explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	r := minio.ToErrorResponse(err)
	mistake := func(format string, args ...any) error {
		return &BucketError{Mistake: true, Text: fmt.Sprintf(format, args...)}
	}
	switch r.Code {
	case minio.NoSuchKey:
		return ErrNotFound
	case minio.NoSuchBucket:
		return mistake("there is no bucket %s at %s", b.settings.Name, b.host)
	case "InvalidAccessKeyId":
		return mistake("%s does not know the access_key", b.host)
	case "SignatureDoesNotMatch":
		return mistake("%s says that the secret_key is not that of the access_key", b.host)
	case minio.AccessDenied, "AllAccessDisabled":
		return mistake("the access_key may not do this in the bucket %s; it needs to list, read, write and delete", b.settings.Name)
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException":
		return mistake("the bucket %s is in another region than %s%s", b.settings.Name, b.settings.Region, regionOf(r))
	case "RequestTimeTooSkewed":
		return &BucketError{Text: fmt.Sprintf("the clock of this machine differs from that of %s", b.host)}
	}
	if r.StatusCode != 0 {
		return &BucketError{Text: fmt.Sprintf("%s answers %d %s", b.host, r.StatusCode, r.Code)}
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without the address
	}
	return &BucketError{Text: fmt.Sprintf("%s can't be reached: %v", b.host, err)}
}

func regionOf(r minio.ErrorResponse) string {
	if r.Region == "" {
		return ""
	}
	return ": it is in " + r.Region
}
