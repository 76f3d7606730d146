package deploy_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// cronPatience is how long cron may take: it looks at the clock each minute.
const cronPatience = 2 * time.Minute

// withoutTraces lets a shell write into the machine's folders such that no other process
// sees it, and that it is gone with the shell.
const withoutTraces = `set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs "$FOLDER/traces"
for folder in etc usr/sbin usr/local/bin var/log var/spool; do
	mkdir -p "$FOLDER/traces/new/$folder" "$FOLDER/traces/work/$folder"
	mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$FOLDER/traces/new/$folder,workdir=$FOLDER/traces/work/$folder" "/$folder"
done
mount -t tmpfs tmpfs /run
mkdir -p /etc/cron.d
rm -f /etc/cron.d/* /etc/crontab
groupadd --force --system crontab
install -m 755 "$FOLDER/sendmail" /usr/sbin/sendmail
`

// startCron starts a second file beside the recipe, whose settings are wrong, and runs
// both in the next minute.
const startCron = `
cp "$FOLDER/right.env" /etc/liftoff/liftoff.env
cp "$FOLDER/wrong.env" /etc/liftoff/wrong.env
sed -i 's/^17 /* /' /etc/cron.d/liftoff
sed 's/liftoff.env/wrong.env/' /etc/cron.d/liftoff >/etc/cron.d/wrong
exec "$CRON" -f
`

// TestCron_TheDaemonRunsTheFile installs the recipe by the commands of its README, and
// waits until Debian's cron has run it.
func TestCron_TheDaemonRunsTheFile(t *testing.T) {
	cron := tool(t, "cron")
	clitest.NeedsRoot(t, "only root can give cron folders of its own")
	db := pgtest.NewDatabase(t)
	api := clitest.StartReplay(t)
	folder := openFolder(t)
	right := systemMachine(t, db, api)
	wrong := systemMachine(t, db, clitest.ClosedPort)
	write(t, filepath.Join(folder, "right.env"), read(t, right.on("/etc/liftoff/liftoff.env")), 0o644)
	write(t, filepath.Join(folder, "wrong.env"), read(t, wrong.on("/etc/liftoff/liftoff.env")), 0o644)
	password := write(t, filepath.Join(folder, "password"), db.Password, 0o600)
	write(t, filepath.Join(folder, "sendmail"), "#!/bin/sh\ncat >"+folder+"/mail/$$.part && mv "+folder+"/mail/$$.part "+folder+"/mail/$$.txt\n", 0o755)

	commands := strings.NewReplacer(
		"sudo ", "", "FILE_WITH_THE_PASSWORD", password,
		"make install PREFIX=/usr/local", "install -m 755 "+clitest.Binary(t)+" /usr/local/bin/",
	).Replace(firstCommands(t, "cron/README.md"))
	var output bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "unshare", "--mount", "sh", "-c", withoutTraces+commands+startCron)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "FOLDER="+folder, "CRON="+cron)
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	mail := awaitMail(t, filepath.Join(folder, "mail"), ended)
	t.Log(mail)
	if !strings.Contains(mail, "To: root\n") || !strings.Contains(mail, "Next: ") || strings.Count(mail, " - ERROR - ") != 1 {
		t.Errorf("cron mails:\n%s\nand says:\n%s", mail, output.String())
	}
	clitest.WantNothingLeft(t, db) // the other run may still be at work
	clitest.WantPromises(t, db, api)
}

// openFolder returns a folder that every user can reach, with a folder for mail that
// every user can write to.
func openFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "liftoff-cron-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	for _, path := range []string{folder, filepath.Join(folder, "traces"), filepath.Join(folder, "mail")} {
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o777); err != nil { // whatever the umask is
			t.Fatal(err)
		}
	}
	return folder
}

// firstCommands returns the first block of commands of a document.
func firstCommands(t *testing.T, path string) string {
	t.Helper()
	var block strings.Builder
	for line := range strings.Lines(read(t, path)) {
		switch command, isCommand := strings.CutPrefix(line, "    "); {
		case isCommand:
			block.WriteString(command)
		case block.Len() > 0:
			return block.String()
		}
	}
	return block.String()
}

// awaitMail waits for cron's first mail.
func awaitMail(t *testing.T, folder string, ended chan error) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), cronPatience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if found, _ := filepath.Glob(filepath.Join(folder, "*.txt")); len(found) > 0 {
			return read(t, found[0])
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("cron ended by itself: %v", err)
		case <-ctx.Done():
			t.Fatal("cron sent no mail")
		case <-tick.C:
		}
	}
}
