package kubernetes_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
)

// cluster is a Kubernetes without nodes: its API server and its controllers are real, and
// what a node would say of pods is said by the test.
type cluster struct{ kubectl, kubeconfig string }

// newCluster starts one from the programs in KUBERNETES_BIN.
func newCluster(t *testing.T) cluster {
	t.Helper()
	programs := os.Getenv("KUBERNETES_BIN")
	if programs == "" {
		t.Skip("not run: `make test-kubernetes` runs it")
	}
	folder, token := t.TempDir(), rand.Text()
	etcd, api := clitest.FreePort(t), clitest.FreePort(t)
	c := cluster{kubectl: filepath.Join(programs, "kubectl"), kubeconfig: filepath.Join(folder, "kubeconfig")}
	key := filepath.Join(folder, "account.key")
	write(t, key, newKey(t))
	write(t, filepath.Join(folder, "tokens.csv"), token+",admin,1,system:masters\n")
	write(t, c.kubeconfig, fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: test,
  clusters: [{name: test, cluster: {server: "https://127.0.0.1:%s", insecure-skip-tls-verify: true}}],
  users: [{name: admin, user: {token: %s}}],
  contexts: [{name: test, context: {cluster: test, user: admin}}]}`, api, token))

	start(t, folder, filepath.Join(programs, "etcd"), "--data-dir="+filepath.Join(folder, "etcd"), "--unsafe-no-fsync",
		"--listen-client-urls=http://127.0.0.1:"+etcd, "--advertise-client-urls=http://127.0.0.1:"+etcd,
		"--listen-peer-urls=http://127.0.0.1:"+clitest.FreePort(t))
	start(t, folder, filepath.Join(programs, "kube-apiserver"), "--etcd-servers=http://127.0.0.1:"+etcd, "--secure-port="+api,
		"--bind-address=127.0.0.1", "--cert-dir="+folder, "--token-auth-file="+filepath.Join(folder, "tokens.csv"),
		"--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file="+key,
		"--service-account-signing-key-file="+key, "--authorization-mode=RBAC", "--service-cluster-ip-range=10.96.0.0/24",
		"--disable-admission-plugins=ServiceAccount") // no controller makes the accounts' tokens
	c.until(t, "the API server is ready", func() bool { return c.run(t, "", "get", "--raw", "/readyz") == nil })
	start(t, folder, filepath.Join(programs, "kube-controller-manager"), "--kubeconfig="+c.kubeconfig, "--leader-elect=false",
		"--secure-port=0", "--controllers=cronjob-controller,job-controller,deployment-controller,replicaset-controller")
	return c
}

// start runs a program until the test ends. Its output is shown if the test fails.
func start(t *testing.T, folder, program string, args ...string) {
	t.Helper()
	var output bytes.Buffer
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = folder, &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			lines := strings.Split(output.String(), "\n")
			t.Logf("the last lines of %s:\n%s", program, strings.Join(lines[max(0, len(lines)-10):], "\n"))
		}
	})
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func newKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

// output is what kubectl prints, on both streams, given some text.
func (c cluster) output(t *testing.T, text string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), c.kubectl, append([]string{"--kubeconfig", c.kubeconfig}, args...)...)
	cmd.Stdin = strings.NewReader(text)
	output, err := cmd.CombinedOutput()
	return string(output), err
}

func (c cluster) run(t *testing.T, text string, args ...string) error {
	t.Helper()
	_, err := c.output(t, text, args...)
	return err
}

// succeed is output, and the test ends if kubectl fails.
func (c cluster) succeed(t *testing.T, text string, args ...string) string {
	t.Helper()
	output, err := c.output(t, text, args...)
	if err != nil {
		t.Fatalf("kubectl %v: %v\n%s", args, err, output)
	}
	return output
}

// until waits for something to become true.
func (c cluster) until(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !isSo(); {
		if time.Now().After(end) {
			t.Fatalf("in a minute it did not happen that %s", what)
		}
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(250 * time.Millisecond):
		}
	}
}
