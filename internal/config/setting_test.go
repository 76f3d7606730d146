package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"liftoff/internal/config"
)

func TestG2_SettingsEachHasASpellingForEverySourceAndHelp(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range config.Settings() {
		if s.Env == "" || s.Help == "" || s.Group == "" || strings.HasSuffix(s.Help, ".") {
			t.Errorf("setting %+v lacks a name, a group or one line of help", s)
		}
		// A database's URL has a flag for those that hold no password; a ping's URL lets
		// others ping, and no more. OpenTelemetry's settings are variables everywhere.
		isURL, isStandard := s.Env == "DATABASE_URL" || s.Env == "PING_URL", s.Group == config.GroupShipping
		if (s.Flag == "") != (s.Secret && !isURL) && !isStandard {
			t.Errorf("%s has the flag %q; all settings but secrets have one", s.Env, s.Flag)
		}
		if strings.HasSuffix(s.Env, "PASSWORD") && !s.Secret {
			t.Errorf("%s is no Secret", s.Env)
		}
		// Two groups may have the same flag if no command takes both: pflag would panic.
		for _, name := range []string{s.Env, "--" + s.Flag + " of " + string(s.Group), "-" + s.Short} {
			if s.Flag != "" && name != "-" && seen[name] {
				t.Errorf("%s is the name of two settings", name)
			}
			seen[name] = true
		}
	}
}

func TestAddFlags_OnlyThoseOfTheGroups(t *testing.T) {
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	config.AddFlags(flags, config.GroupOutput)
	if flags.Lookup("output") == nil || flags.Lookup("postgres-host") != nil {
		t.Error("AddFlags(output) added other flags than --output")
	}
	config.AddFlags(flags, config.GroupDatabase, config.GroupEngine)
	if flags.Lookup("postgres-password") != nil || flags.Lookup("trino-password") != nil {
		t.Error("there is a flag for the password, which every user could read in the process list")
	}
}

// .env.example shows each setting that a .env file is likely to hold.
func TestEnvExample_CanBeReadAndNamesOnlySettings(t *testing.T) {
	path := filepath.Join("..", "..", ".env.example")
	if _, err := config.Load(config.Sources{EnvFile: path, EnvFileRequired: true}); err != nil {
		t.Errorf("Load(%s) = %v", path, err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, s := range config.Settings() {
		known[s.Env] = true
	}
	for line := range strings.Lines(string(content)) {
		name, _, isSetting := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "#"), "=")
		if isSetting && !strings.Contains(name, " ") && !known[name] {
			t.Errorf("%s names %s, which is no setting", path, name)
		}
	}
}

func TestAddFlags_AListMayBeGivenSeveralTimes(t *testing.T) {
	cfg := mustLoad(t, []string{"--fault=hang@1", "--fault=status=503,reset@3"}, []string{"REPLAY_FAULT=html"}, "")
	if diff := cmp.Diff([]string{"hang@1", "status=503", "reset@3"}, cfg.ReplayFault); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if cfg = mustLoad(t, nil, []string{"REPLAY_FAULT=html,hang"}, ""); len(cfg.ReplayFault) != 2 {
		t.Errorf("faults of the environment: %q", cfg.ReplayFault)
	}
	if cfg = mustLoad(t, nil, nil, ""); len(cfg.ReplayFault) != 0 {
		t.Errorf("faults when none are asked for: %q", cfg.ReplayFault)
	}
}
