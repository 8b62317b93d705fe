package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// The headers of a request between two programs that share a secret.
const (
	HeaderTimestamp = "Keyfold-Timestamp"
	HeaderSignature = "Keyfold-Signature"
)

// Sign is the signature of a request: the HMAC-SHA256 of its time, a dot and its
// body, in hexadecimal digits.
func Sign(secret []byte, timestamp string, body []byte) string {
	return hex.EncodeToString(sign(secret, timestamp, body))
}

// Signed reports whether that is the signature of a request, in a time that does
// not tell how much of it is right.
func Signed(secret []byte, timestamp, signature string, body []byte) bool {
	given, err := hex.DecodeString(signature)
	return err == nil && len(secret) > 0 && hmac.Equal(given, sign(secret, timestamp, body))
}

func sign(secret []byte, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}
