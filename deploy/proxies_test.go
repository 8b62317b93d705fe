package deploy_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// others start the proxies beside nginx, which has tests of its own.
var others = map[string]func(t *testing.T, replicas ...string) proxy{"caddy": startCaddy, "apache": startApache}

// changed is an example with what a test has in the place of what an operator has.
func changed(t *testing.T, file string, pairs ...string) string {
	t.Helper()
	content := read(t, file)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(content, pairs[i]) {
			t.Fatalf("%s has no %q", file, pairs[i])
		}
		content = strings.ReplaceAll(content, pairs[i], pairs[i+1])
	}
	return content
}

// run starts a proxy and stops it when the test ends.
func run(t *testing.T, cmd *exec.Cmd, dir, secure string) proxy {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is told to stop
		close(ended)
	}()
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		<-ended
		write(t, dir, "said.log", said.String())
		if strings.Contains(said.String(), token) {
			t.Errorf("a token is in what %s says:\n%s", filepath.Base(cmd.Path), said.String())
		}
	})
	awaitListening(t, secure)
	return proxy{dir: dir}
}

// visit lets p call what it calls at the address where it listens.
func (p proxy) visit(t *testing.T, secure string) proxy {
	t.Helper()
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, secure)
	}
	p.client = &http.Client{
		Transport: &http.Transport{
			DialContext: dial, DisableKeepAlives: true,
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // the certificate is the test's own
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return p
}

func startCaddy(t *testing.T, replicas ...string) proxy {
	t.Helper()
	caddy, dir := program(t, "caddy"), t.TempDir()
	certificate(t, dir)
	secure := freeAddress(t)
	_, port, err := net.SplitHostPort(secure)
	if err != nil {
		t.Fatal(err)
	}
	config := write(t, dir, "Caddyfile", changed(
		t, "Caddyfile",
		"\tadmin off\n", "\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n\thttps_port "+port+"\n",
		host+" {\n", host+" {\n\ttls "+dir+"/"+host+".crt "+dir+"/"+host+".key\n",
		"/var/log/caddy/", dir+"/", "10.0.0.11:8080", replicas[0], "10.0.0.12:8080", replicas[1],
		"health_interval 2s", "health_interval 60s",
	))
	env := []string{"HOME=" + dir, "XDG_DATA_HOME=" + dir, "XDG_CONFIG_HOME=" + dir}
	check := exec.Command(caddy, "validate", "--config", config, "--adapter", "caddyfile")
	check.Env = env
	if out, err := check.CombinedOutput(); err != nil {
		t.Fatalf("caddy validate: %v\n%s", err, out)
	}
	cmd := exec.Command(caddy, "run", "--config", config, "--adapter", "caddyfile")
	cmd.Env = env
	return run(t, cmd, dir, secure).visit(t, secure)
}

func startApache(t *testing.T, replicas ...string) proxy {
	t.Helper()
	apache, dir := program(t, "apache2"), t.TempDir()
	certificate(t, dir)
	plain, secure := freeAddress(t), freeAddress(t)
	site := changed(
		t, "apache.conf",
		"*:80>", plain+">", "*:443>", secure+">", "/etc/apache2/tls/", dir+"/", "/var/log/apache2/", dir+"/",
		"10.0.0.11:8080", replicas[0], "10.0.0.12:8080", replicas[1],
	)
	write(t, dir, "site.conf", site)
	// What Debian has around a site, and the modules that the example names.
	around := "ServerRoot " + dir + "\nPidFile " + dir + "/pid\nDefaultRuntimeDir " + dir + "\nServerName " + host + "\nErrorLog " + dir + "/start.log\n" +
		"Listen " + plain + "\nListen " + secure + "\n"
	_, list, _ := strings.Cut(site, "a2enmod ")
	list, _, _ = strings.Cut(list, "\n")
	for module := range strings.FieldsSeq("mpm_event authz_core alias slotmem_shm socache_shmcb " + list) {
		around += "LoadModule " + module + "_module /usr/lib/apache2/modules/mod_" + module + ".so\n"
	}
	config := write(t, dir, "main.conf", around+"Include "+dir+"/site.conf\n")
	if out, err := exec.Command(apache, "-t", "-f", config).CombinedOutput(); err != nil || !strings.Contains(string(out), "Syntax OK") {
		t.Fatalf("apache2 -t: %v\n%s", err, out)
	}
	return run(t, exec.Command(apache, "-D", "FOREGROUND", "-f", config), dir, secure).visit(t, secure)
}

const token = "Qm9yaW5nVG9rZW4"

func TestEachProxyTellsWhoAsksAndDropsWhatTheClientClaims(t *testing.T) {
	for name, start := range others {
		t.Run(name, func(t *testing.T) {
			var got http.Header
			var asked string
			replica := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/login" {
					got, asked = r.Header.Clone(), r.Host
				}
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
			if asked, _, _ = strings.Cut(asked, ":"); asked != host {
				t.Errorf("the replica was asked for %q", asked)
			}
			want := http.Header{"X-Forwarded-For": {"127.0.0.1"}, "X-Forwarded-Proto": {"https"}}
			for _, harmless := range []string{"User-Agent", "Accept-Encoding", "Connection"} {
				got.Del(harmless)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEachProxyUsesTheOtherReplicaWhenOneIsDown(t *testing.T) {
	for name, start := range others {
		t.Run(name, func(t *testing.T) {
			replica := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			defer replica.Close()
			p := start(t, freeAddress(t), replica.Listener.Addr().String())
			for range 4 {
				if res := p.do(t, request(t, http.MethodPost, "https://"+host+"/login", strings.NewReader("password=x"))); res.StatusCode != http.StatusOK {
					t.Errorf("status %d", res.StatusCode)
				}
			}
		})
	}
}

func TestNoProxyLogsATokenWhateverHappens(t *testing.T) {
	for name, start := range others {
		t.Run(name, func(t *testing.T) {
			p := start(t, freeAddress(t), freeAddress(t)) // both down: the proxy has something to say
			for _, path := range []string{"/passwordReset/" + token, "/register/" + token + "?x=" + token, "/login?next=" + token} {
				r := request(t, http.MethodGet, "https://"+host+path, nil)
				r.Header.Set("Referer", "https://"+host+"/register/"+token)
				if res := p.do(t, r); res.StatusCode < 500 {
					t.Errorf("status %d", res.StatusCode)
				}
				res, err := p.client.Do(request(t, http.MethodPost, "https://"+host+path, strings.NewReader(strings.Repeat("x", 1<<20))))
				if err == nil { // it may hang up in the middle of so long a form
					_ = res.Body.Close()
				}
			}
			logs, err := filepath.Glob(filepath.Join(p.dir, "*.log"))
			if err != nil {
				t.Fatal(err)
			}
			all := ""
			for _, log := range logs {
				all += read(t, log)
			}
			if !strings.Contains(all, "50") {
				t.Errorf("the logs %v do not tell what happened:\n%s", logs, all)
			}
			if strings.Contains(all, token) {
				t.Errorf("a token is in a log:\n%s", all)
			}
		})
	}
}

func TestEachProxyRefusesBodiesThatNoFormHas(t *testing.T) {
	for name, start := range others {
		t.Run(name, func(t *testing.T) {
			replica := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // it may end early
			}))
			defer replica.Close()
			address := replica.Listener.Addr().String()
			p := start(t, address, address)
			for size, fine := range map[int]bool{60 << 10: true, 70 << 10: false} {
				r := request(t, http.MethodPost, "https://"+host+"/login", strings.NewReader(strings.Repeat("x", size)))
				if res := p.do(t, r); (res.StatusCode == http.StatusOK) != fine {
					t.Errorf("%d bytes: status %d", size, res.StatusCode)
				}
			}
		})
	}
}

// TestTraefikGetsWhatItKnows reads the example as Traefik does: a key that it does
// not know is an error there, too.
func TestTraefikGetsWhatItKnows(t *testing.T) {
	var c struct {
		HTTP struct {
			Routers map[string]struct {
				Rule, Service string
				EntryPoints   []string `yaml:"entryPoints"`
				Middlewares   []string
				TLS           struct {
					CertResolver string `yaml:"certResolver"`
				}
			}
			Middlewares map[string]struct {
				Buffering struct {
					MaxRequestBodyBytes int `yaml:"maxRequestBodyBytes"`
					MemRequestBodyBytes int `yaml:"memRequestBodyBytes"`
				}
			}
			Services map[string]struct {
				LoadBalancer struct {
					Servers        []struct{ URL string }
					PassHostHeader bool                                     `yaml:"passHostHeader"`
					HealthCheck    struct{ Path, Interval, Timeout string } `yaml:"healthCheck"`
				} `yaml:"loadBalancer"`
			}
		}
	}
	if err := yaml.NewDecoder(strings.NewReader(read(t, "traefik.yaml")), yaml.Strict()).Decode(&c); err != nil {
		t.Fatal(err)
	}
	router := c.HTTP.Routers["keyfold"]
	service, ok := c.HTTP.Services[router.Service]
	if !ok || router.Rule != "Host(`"+host+"`)" || !service.LoadBalancer.PassHostHeader || service.LoadBalancer.HealthCheck.Path != "/readyz" {
		t.Errorf("the route leads nowhere: %+v, %+v", router, service)
	}
	if len(router.Middlewares) != 1 || c.HTTP.Middlewares[router.Middlewares[0]].Buffering.MaxRequestBodyBytes != 64<<10 {
		t.Errorf("bodies that no form has are let in: %+v", c.HTTP.Middlewares)
	}
}
