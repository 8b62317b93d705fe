package transfer_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/keyfold/keyfold/internal/transfer"
)

// keyPair writes both halves of a new key into files.
func keyPair(t *testing.T) (secret, public string) {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	put := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return put("key", "# made today\n"+identity.String()+"\n"), put("key.pub", identity.Recipient().String()+"\n")
}

func sealed(t *testing.T, text, key string) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := transfer.Seal(&out, key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func opened(file []byte, key string) (string, error) {
	r, err := transfer.Unseal(bytes.NewReader(file), key)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	return string(text), err
}

func TestOnlyTheSecretKeyOpensWhatIsSealed(t *testing.T) {
	secret, public := keyPair(t)
	other, _ := keyPair(t)
	text := strings.Repeat("CANARY of a hash\n", 10_000)
	for _, key := range []string{public, secret} {
		file := sealed(t, text, key)
		if bytes.Contains(file, []byte("CANARY")) {
			t.Error("it is there to read")
		}
		if got, err := opened(file, secret); err != nil || got != text {
			t.Errorf("%.30q, %v", got, err)
		}
		for name, try := range map[string]struct {
			file []byte
			key  string
			want string
		}{
			"no key":          {file, "", "is encrypted. Say with --key"},
			"public key":      {file, public, "no secret key of age"},
			"another key":     {file, other, "not one that this file was encrypted for"},
			"no file":         {file, public + ".not", "the key cannot be read"},
			"cut off":         {file[:len(file)-1], secret, ""},
			"cut at a chunk":  {file[:len(file)-len(file)%65536], secret, ""},
			"changed":         {append(bytes.Clone(file[:len(file)-1]), file[len(file)-1]^1), secret, ""},
			"never encrypted": {[]byte(text), secret, "not encrypted, so that anybody may have changed it"},
		} {
			if got, err := opened(try.file, try.key); err == nil || !strings.Contains(err.Error(), try.want) {
				t.Errorf("%s: %.30q, %v", name, got, err)
			}
		}
	}
	if got, err := opened([]byte(text), ""); err != nil || got != text {
		t.Errorf("what is not encrypted: %v", err)
	}
}

func TestAKeyThatIsNoneIsRefused(t *testing.T) {
	for _, text := range []string{"", "hello CANARY\n", "AGE-SECRET-KEY-1CANARY\n", "age1canary\n"} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := transfer.Seal(io.Discard, path); err == nil || strings.Contains(strings.ToUpper(err.Error()), "CANARY") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
