package deploy_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const host = "login.example.com"

// certificate makes one for the name in the example, signed by itself.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	write(t, dir, host+".crt", string(public))
	write(t, dir, host+".key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(public)
	return pool
}

// A proxy is nginx with the example, as close to it as a test can be.
type proxy struct {
	dir    string
	plain  string // address for http
	client *http.Client
}

// start runs nginx before the replicas.
func start(t *testing.T, replicas ...string) proxy {
	t.Helper()
	nginx := program(t, "nginx")
	dir := t.TempDir()
	roots := certificate(t, dir)
	plain, secure := freeAddress(t), freeAddress(t)
	config := adapted(t, dir, plain, secure, replicas)
	if out, err := exec.Command(nginx, "-t", "-p", dir, "-c", config, "-e", filepath.Join(dir, "start.log")).CombinedOutput(); err != nil || strings.Contains(string(out), "[warn]") {
		t.Fatalf("nginx -t: %v\n%s", err, out)
	}
	cmd := exec.Command(nginx, "-p", dir, "-c", config, "-e", filepath.Join(dir, "start.log"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // it was told to
	})
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, secure)
	}
	p := proxy{dir: dir, plain: plain, client: &http.Client{
		Transport:     &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	awaitListening(t, secure)
	return p
}

// adapted is the example with the addresses and files of the test, inside of
// what Debian has around it.
func adapted(t *testing.T, dir, plain, secure string, replicas []string) string {
	t.Helper()
	site := read(t, "nginx.conf")
	change := func(old, with string) {
		if !strings.Contains(site, old) {
			t.Fatalf("nginx.conf has no %q", old)
		}
		site = strings.ReplaceAll(site, old, with)
	}
	change("listen 80;", "listen "+plain+";")
	change("    listen [::]:80;\n", "")
	change("listen 443 ssl http2;", "listen "+secure+" ssl http2;")
	change("    listen [::]:443 ssl http2;\n", "")
	change("/etc/nginx/tls/", dir+"/")
	change("/var/log/nginx/", dir+"/")
	change("10.0.0.11:8080", replicas[0])
	change("10.0.0.12:8080", replicas[1])
	write(t, dir, "site.conf", site)
	user := ""
	if os.Getuid() == 0 {
		user = "user root;\n"
	}
	temp := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temp += fmt.Sprintf("%s_temp_path %s/temp_%s;\n", kind, dir, kind)
	}
	return write(t, dir, "main.conf", user+"daemon off;\nworker_processes 1;\npid "+dir+"/pid;\nevents {}\nhttp {\n"+temp+"include "+dir+"/site.conf;\n}\n")
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

func awaitListening(t *testing.T, address string) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			if err := conn.Close(); err != nil {
				t.Fatal(err)
			}
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("nginx does not listen: %v", err)
		}
	}
}

// An answer is what came back, without its body.
type answer struct {
	StatusCode int
	Header     http.Header
}

func (p proxy) do(t *testing.T, r *http.Request) answer {
	t.Helper()
	res, err := p.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header}
}

func request(t *testing.T, method, url string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestNginxTellsWhoAsksAndDropsWhatTheClientClaims(t *testing.T) {
	var got http.Header
	var asked string
	replica := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, asked = r.Header.Clone(), r.Host
		w.Header().Set("Strict-Transport-Security", "max-age=1")
	}))
	defer replica.Close()
	address := replica.Listener.Addr().String()
	p := start(t, address, address)
	r := request(t, http.MethodGet, "https://"+host+"/login", nil)
	for _, claim := range []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Forwarded"} {
		r.Header.Set(claim, "claimed")
	}
	res := p.do(t, r)
	if sts := res.Header.Values("Strict-Transport-Security"); !cmp.Equal(sts, []string{"max-age=1"}) {
		t.Errorf("Strict-Transport-Security is %q, want what Keyfold has set", sts)
	}
	if asked != host {
		t.Errorf("the replica was asked for %q", asked)
	}
	want := http.Header{"X-Forwarded-For": {"127.0.0.1"}, "X-Forwarded-Proto": {"https"}}
	for _, harmless := range []string{"User-Agent", "Accept-Encoding"} {
		got.Del(harmless)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func TestNginxUsesTheOtherReplicaWhenOneIsDown(t *testing.T) {
	replica := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer replica.Close()
	p := start(t, freeAddress(t), replica.Listener.Addr().String())
	for range 4 {
		body := strings.NewReader("password=x")
		if res := p.do(t, request(t, http.MethodPost, "https://"+host+"/login", body)); res.StatusCode != http.StatusOK {
			t.Errorf("status %d", res.StatusCode)
		}
	}
}

func TestNginxLogsNoTokenWhateverHappens(t *testing.T) {
	p := start(t, freeAddress(t), freeAddress(t)) // both down: nginx has something to say
	const token = "Qm9yaW5nVG9rZW4"
	for _, path := range []string{"/passwordReset/" + token, "/register/" + token + "?x=" + token, "/login?next=" + token} {
		r := request(t, http.MethodGet, "https://"+host+path, nil)
		r.Header.Set("Referer", "https://"+host+"/register/"+token)
		if res := p.do(t, r); res.StatusCode != http.StatusBadGateway {
			t.Errorf("status %d", res.StatusCode)
		}
		p.do(t, request(t, http.MethodPost, "https://"+host+path, strings.NewReader(strings.Repeat("x", 1<<20))))
	}
	access := read(t, filepath.Join(p.dir, "keyfold.access.log"))
	if !strings.Contains(access, "GET /passwordReset/... 502") || !strings.Contains(access, "GET /login 502") {
		t.Errorf("the log does not tell what happened:\n%s", access)
	}
	if all := access + read(t, filepath.Join(p.dir, "keyfold.error.log")); strings.Contains(all, token) {
		t.Errorf("a token is in the log:\n%s", all)
	}
}

func TestNginxRefusesBodiesThatNoFormHas(t *testing.T) {
	replica := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
	}))
	defer replica.Close()
	address := replica.Listener.Addr().String()
	p := start(t, address, address)
	for size, want := range map[int]int{60 << 10: http.StatusOK, 70 << 10: http.StatusRequestEntityTooLarge} {
		r := request(t, http.MethodPost, "https://"+host+"/login", strings.NewReader(strings.Repeat("x", size)))
		if res := p.do(t, r); res.StatusCode != want {
			t.Errorf("%d bytes: status %d, want %d", size, res.StatusCode, want)
		}
	}
}

func TestNginxSendsPlainHTTPToTheConfiguredName(t *testing.T) {
	p := start(t, freeAddress(t), freeAddress(t))
	plain := proxy{client: &http.Client{CheckRedirect: p.client.CheckRedirect}}
	r := request(t, http.MethodGet, "http://"+p.plain+"/login", nil)
	r.Host = "attacker.example"
	res := plain.do(t, r)
	if got := res.Header.Get("Location"); got != "https://"+host+"/login" || res.StatusCode != http.StatusMovedPermanently {
		t.Errorf("got %d to %q", res.StatusCode, got)
	}
}
