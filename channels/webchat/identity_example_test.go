package webchat

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// Token signs who the visitor is, for an hour: sub is the user's id in your system,
// and name, email, phone and language are there as far as you know them.
func Token(secret string, user map[string]any) (string, error) {
	user["exp"] = time.Now().Add(time.Hour).Unix()
	claims, err := json.Marshal(user)
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(claims)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil)), nil
}

// TestExampleOfTheReadmeIsTaken says that what people copy works.
func TestExampleOfTheReadmeIsTaken(t *testing.T) {
	source, err := os.ReadFile("identity_example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, function, _ := strings.Cut(string(source), "// Token signs")
	function, _, _ = strings.Cut(function, "\n}\n")
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "```go\n// Token signs"+function+"\n}\n```") {
		t.Error("README.md has another example than this file")
	}
	token, err := Token(testIdentity, map[string]any{"sub": "user-17", "name": "Dana Example"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := newTestChannel(t, map[string]string{"identity_secret": testIdentity}).identify(token)
	if err != nil || p.id != "user-17" || p.name != "Dana Example" {
		t.Errorf("%+v, %v", p, err)
	}
}
