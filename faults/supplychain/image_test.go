package supplychain_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// service is what these tests read of a service in the compose file.
type service struct {
	Image       string   `yaml:"image"`
	User        string   `yaml:"user"`
	ReadOnly    bool     `yaml:"read_only"`
	Privileged  bool     `yaml:"privileged"`
	CapDrop     []string `yaml:"cap_drop"`
	CapAdd      []string `yaml:"cap_add"`
	SecurityOpt []string `yaml:"security_opt"`
	NetworkMode string   `yaml:"network_mode"`
	HealthCheck struct {
		Test []string `yaml:"test"`
	} `yaml:"healthcheck"`
}

// services reads the compose file.
func services(t *testing.T) map[string]service {
	t.Helper()
	var file struct {
		Services map[string]service `yaml:"services"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "docker/docker-compose.yml")), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Services) < 6 {
		t.Fatalf("%d services, want all of the stack", len(file.Services))
	}
	return file.Services
}

// asRoot are the services that are root, without a network and for a moment, with the
// capabilities that each has.
func asRoot() map[string][]string {
	return map[string][]string{"log-folder": {"CHOWN", "DAC_OVERRIDE", "FOWNER"}, "passwords": {"DAC_OVERRIDE"}}
}

// instruction matches a line of a Dockerfile.
var instruction = regexp.MustCompile(`(?m)^([A-Z]+) +(.*)$`)

func TestH1_TheImageIsNotRoot(t *testing.T) {
	user, stage := "", ""
	for _, line := range instruction.FindAllStringSubmatch(read(t, "docker/Dockerfile"), -1) {
		switch line[1] {
		case "FROM":
			user, stage = "", line[2]
		case "USER":
			user = line[2]
		}
	}
	// By number, which is what Kubernetes' runAsNonRoot can check.
	if user != "65532:65532" {
		t.Errorf("the last stage, %q, has user %q", stage, user)
	}
	for name, s := range services(t) {
		isOurs := strings.Contains(s.Image, "LIFTOFF_IMAGE")
		rights, isRoot := asRoot()[name]
		switch {
		case isRoot && (s.User != "root" || s.NetworkMode != "none" || !slices.Equal(s.CapAdd, rights)):
			t.Errorf("%s: user %q, network %q, rights %q", name, s.User, s.NetworkMode, s.CapAdd)
		case !isRoot && !isOurs && (s.User == "" || s.User == "root" || s.User == "0"):
			t.Errorf("%s: user is %q", name, s.User)
		case name == "ingestion" && s.User != "${LIFTOFF_UID:-65532}:65532", name != "ingestion" && isOurs && s.User != "":
			t.Errorf("%s: user %q takes the place of the image's own", name, s.User)
		}
	}
}

func TestH2_EveryServiceIsHardened(t *testing.T) {
	for name, s := range services(t) {
		got := []any{s.ReadOnly, s.Privileged, s.CapDrop, s.SecurityOpt}
		security := []string{"no-new-privileges:true"}
		if name == "passwords" || name == "roles" { // they need a file of the user, and PostgreSQL's socket
			security = append(security, "label:disable")
		}
		isReadOnly := name != "passwords" // Compose writes the given password into its container
		want := []any{isReadOnly, false, []string{"ALL"}, security}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: read_only, privileged, cap_drop, security_opt (-want +got):\n%s", name, diff)
		}
		if _, isRoot := asRoot()[name]; !isRoot && len(s.CapAdd) > 0 {
			t.Errorf("%s gets %q", name, s.CapAdd)
		}
	}
}

// The image has no shell and no curl: the program asks itself.
func TestH3_HealthChecksOfOurImageNeedNoShell(t *testing.T) {
	checked := 0
	for name, s := range services(t) {
		test := s.HealthCheck.Test
		if !strings.Contains(s.Image, "LIFTOFF_IMAGE") || len(test) == 0 {
			continue
		}
		checked++
		if len(test) < 2 || test[0] != "CMD" || test[1] != "/usr/local/bin/liftoff" {
			t.Errorf("%s is checked by %q, want the program itself", name, test)
		}
	}
	if checked == 0 {
		t.Error("no service of our image has a health check")
	}
	if !strings.Contains(read(t, "docker/Dockerfile"), " /usr/local/bin/liftoff\n") {
		t.Error("the program is elsewhere in the image")
	}
}

// Every image is named by one variable with a fixed tag, so that a digest can
// take its place: in docker/.env or a build argument.
func TestH4_EveryImageCanBePinned(t *testing.T) {
	variable := regexp.MustCompile(`^\$\{[A-Z]+_IMAGE:-([^}]+)\}$`)
	var images []string
	for name, s := range services(t) {
		found := variable.FindStringSubmatch(s.Image)
		if found == nil {
			t.Errorf("%s: image %q is no variable", name, s.Image)
			continue
		}
		images = append(images, found[1])
	}
	dockerfile := read(t, "docker/Dockerfile")
	arguments := regexp.MustCompile(`(?m)^ARG ([A-Z]+_IMAGE)=(\S+)$`).FindAllStringSubmatch(dockerfile, -1)
	for _, argument := range arguments {
		images = append(images, argument[2])
	}
	for _, from := range regexp.MustCompile(`(?m)^FROM (?:--\S+ )?(\S+)`).FindAllStringSubmatch(dockerfile, -1) {
		isArgument := slices.ContainsFunc(arguments, func(a []string) bool { return from[1] == "${"+a[1]+"}" })
		if !isArgument && from[1] != "scratch" {
			t.Errorf("base %q is no argument", from[1])
		}
	}
	// A tag that names a version, or a digest.
	pinned := regexp.MustCompile(`^\S+(:[\w.-]+|@sha256:[0-9a-f]{64})$`)
	for _, image := range images {
		if !pinned.MatchString(image) || strings.HasSuffix(image, ":latest") {
			t.Errorf("image %q has no fixed tag", image)
		}
	}
}
