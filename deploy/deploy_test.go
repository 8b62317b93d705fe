// Package deploy_test starts and checks the examples of this directory, so that
// they stay true.
package deploy_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// program is where a program is that the examples are for.
func program(t *testing.T, name string) string {
	t.Helper()
	for _, candidate := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	t.Fatalf("%s is missing: run make deps, or install it", name)
	return ""
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// keys are the variables of Keyfold that the examples may use.
var keys = []string{
	"KEYFOLD_CARE_ALLOW", "KEYFOLD_CARE_LISTEN", "KEYFOLD_CARE_URL", "KEYFOLD_CONFIG", "KEYFOLD_DATABASE_URL", "KEYFOLD_DATABASE_URL_FILE", "KEYFOLD_LIMIT_ADDRESS",
	"KEYFOLD_LISTEN", "KEYFOLD_MAIL_FROM", "KEYFOLD_METRICS_LISTEN", "KEYFOLD_PUBLIC_URL", "KEYFOLD_SECRET_FILE",
	"KEYFOLD_SMTP_URL_FILE", "KEYFOLD_TRUSTED_PROXIES",
}

func TestTheExamplesUseTheKeysThatThereAreAndAllOfThem(t *testing.T) {
	files, err := filepath.Glob("*")
	if err != nil {
		t.Fatal(err)
	}
	var used []string
	for _, file := range files {
		if filepath.Ext(file) != ".go" {
			used = append(used, regexp.MustCompile(`KEYFOLD_[A-Z_]+`).FindAllString(read(t, file), -1)...)
		}
	}
	slices.Sort(used)
	if diff := cmp.Diff(keys, slices.Compact(used)); diff != "" {
		t.Errorf("known keys (-), keys in the examples (+):\n%s", diff)
	}
}

func TestSystemdUnderstandsTheUnitAndFindsItConfined(t *testing.T) {
	systemd := program(t, "systemd-analyze")
	stand := program(t, "true") // systemd looks whether there is a program
	unit := strings.Replace(read(t, "keyfold.service"), "ExecStart=/usr/local/bin/keyfold", "ExecStart="+stand, 1)
	if !strings.Contains(unit, "ExecStart="+stand+" serve") {
		t.Fatal("the unit does not start /usr/local/bin/keyfold serve")
	}
	path := write(t, t.TempDir(), "keyfold.service", unit)
	// What systemd does not know it only warns of.
	if out, err := exec.Command(systemd, "verify", path).CombinedOutput(); err != nil || strings.Contains(string(out), "keyfold.service") {
		t.Errorf("verify: %v\n%s", err, out)
	}
	// The threshold is in tenths: 2.0, of 10 for a service without any bounds.
	out, err := exec.Command(systemd, "security", "--no-pager", "--offline=true", "--threshold=20", path).CombinedOutput()
	if err != nil {
		t.Errorf("security: %v\n%s", err, out)
	}
}

type compose struct {
	Services map[string]service
	Secrets  map[string]struct{ File string }
	Networks map[string]*struct{ Internal bool }
	Volumes  map[string]any
}

type service struct {
	Image, User string
	Build       struct{ Context, Dockerfile string }
	Environment map[string]string
	Secrets     []string
	Ports       []string
	Networks    []string
	Volumes     []string
	Tmpfs       []string
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
	CapAdd      []string `yaml:"cap_add"`
	SecurityOpt []string `yaml:"security_opt"`
	Restart     string
	ShmSize     string                                `yaml:"shm_size"`
	StopGrace   string                                `yaml:"stop_grace_period"`
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	Healthcheck struct {
		Test              []string
		Interval, Timeout string
		Retries           int
		StartPeriod       string `yaml:"start_period"`
	}
}

func composed(t *testing.T) (c compose) {
	t.Helper()
	content := strings.Replace(read(t, "compose.yaml"), "name: keyfold\n", "", 1)
	var all map[string]any
	if err := yaml.Unmarshal([]byte(content), &all); err != nil {
		t.Fatal(err)
	}
	if networks, ok := all["networks"].(map[string]any); ok {
		delete(networks, "front") // its addresses are nothing that we look at
	}
	again, err := yaml.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.NewDecoder(bytes.NewReader(again), yaml.Strict()).Decode(&c); err != nil {
		t.Fatal(yaml.FormatError(err, false, true))
	}
	return c
}

func TestEachServiceOfTheCompositionIsConfined(t *testing.T) {
	c := composed(t)
	if len(c.Services) != 2 {
		t.Fatalf("there are %d services, want keyfold and postgres", len(c.Services))
	}
	for name, s := range c.Services {
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Equal(s.SecurityOpt, []string{"no-new-privileges:true"}) {
			t.Errorf("%s is not confined: %+v", name, s)
		}
		for _, secret := range s.Secrets {
			if _, ok := c.Secrets[secret]; !ok {
				t.Errorf("%s uses the secret %s, which has no file", name, secret)
			}
		}
		for key, value := range s.Environment {
			file, ok := strings.CutPrefix(value, "/run/secrets/")
			if strings.HasSuffix(key, "_FILE") && (!ok || !slices.Contains(s.Secrets, file)) {
				t.Errorf("%s: %s is %s, which is not among the secrets that the service gets", name, key, value)
			}
		}
	}
}

func TestTheCompositionHidesItsDatabaseAndWaitsForIt(t *testing.T) {
	c := composed(t)
	keyfold, postgres := c.Services["keyfold"], c.Services["postgres"]
	if len(keyfold.CapAdd) != 0 {
		t.Errorf("keyfold gets %v", keyfold.CapAdd)
	}
	if keyfold.DependsOn["postgres"].Condition != "service_healthy" || len(postgres.Healthcheck.Test) == 0 {
		t.Error("keyfold does not wait until postgres is healthy")
	}
	if len(postgres.Ports) != 0 || !slices.Equal(postgres.Networks, []string{"back"}) || c.Networks["back"] == nil || !c.Networks["back"].Internal {
		t.Error("the database can be reached from outside")
	}
	for _, port := range keyfold.Ports {
		if !strings.HasPrefix(port, "127.0.0.1:") {
			t.Errorf("port %s is open to the world without TLS", port)
		}
	}
	if _, err := os.Stat(filepath.Join(keyfold.Build.Context, keyfold.Build.Dockerfile)); err != nil {
		t.Error(err)
	}
}

func TestTheImageIsStaticAndRunsAsNobody(t *testing.T) {
	dockerfile := read(t, "Dockerfile")
	last := dockerfile[strings.LastIndex(dockerfile, "\nFROM "):]
	for _, want := range []string{"FROM scratch\n", "\nUSER 65532:65532\n", "ENTRYPOINT [\"/keyfold\"]\n", "ca-certificates.crt"} {
		if !strings.Contains(last, want) {
			t.Errorf("the image lacks %q", want)
		}
	}
	if !strings.Contains(dockerfile, "CGO_ENABLED=0 go build") {
		t.Error("the program would need a C library, which the image does not have")
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod"))
	if version == nil || !strings.Contains(dockerfile, "FROM golang:"+version[1]+"-") {
		t.Errorf("the image is not built with the Go of go.mod, %v", version)
	}
}
