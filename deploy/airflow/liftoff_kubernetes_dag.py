"""liftoff once an hour, by Airflow 3: in a pod of its own on Kubernetes.

Copy this file into the folder of your DAGs. README.md has the rest.
The pod is that of deploy/kubernetes/base/cron-job.yaml, with its Secret and its ServiceAccount.

What cannot be said here: the operator knows one thing to do by exit code, to skip. Every other
code but 0 is tried again, also 2, 3, 7 and 8, after which it is in vain (docs/exit-codes.md), and
a retry_policy sees no code. So there is one retry only, late, and the next hour is a new run in any
case. If that matters, take liftoff_dag.py, or the CronJob, which knows every code.
"""

from datetime import datetime, timedelta, timezone

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import dag

# Yours: the image that you have pushed, and in POD the database, POSTGRES_HOST above all.
IMAGE = "registry.example.com/liftoff:0.1.0"
NAMESPACE = "liftoff"

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    # The label is what the NetworkPolicy of deploy/kubernetes looks for.
    "metadata": {"labels": {"app.kubernetes.io/name": "liftoff", "app.kubernetes.io/component": "airflow"}},
    "spec": {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 30,
        "serviceAccountName": "liftoff",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "runAsGroup": 65532,
            "fsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": "liftoff",
                "image": IMAGE,
                "args": ["ingest", "--new", "--if-locked", "fail", "--skip-analytics"],
                "env": [
                    {"name": "POSTGRES_HOST", "value": "postgresql"},
                    {"name": "POSTGRES_DB", "value": "spacex"},
                    {"name": "POSTGRES_USER", "value": "liftoff_owner"},
                    {"name": "POSTGRES_SSLMODE", "value": "require"},
                    {"name": "POSTGRES_PASSWORD_FILE", "value": "/run/secrets/liftoff/password"},
                    {"name": "LOG_FILE", "value": "-"},
                ],
                "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "512Mi"}},
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
                "volumeMounts": [{"name": "database", "mountPath": "/run/secrets/liftoff", "readOnly": True}],
            }
        ],
        "volumes": [{"name": "database", "secret": {"secretName": "liftoff-database", "defaultMode": 0o440}}],
    },
}


@dag(
    # Not at :00, when everybody else asks the API.
    schedule="7 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    # One run fetches whatever came in the hours that were missed.
    catchup=False,
    max_active_runs=1,
    tags=["liftoff"],
)
def liftoff_kubernetes():
    """SpaceX launches into PostgreSQL, from a pod."""
    KubernetesPodOperator(
        task_id="ingest",
        name="liftoff",
        namespace=NAMESPACE,
        pod_template_dict=POD,
        base_container_name="liftoff",
        # Another run is at work.
        skip_on_exit_code=75,
        # The last lines of the log are in the task's error: they say what to do next.
        termination_message_policy="FallbackToLogsOnError",
        # The whole pod in the log would hide them.
        log_pod_spec_on_failure=False,
        active_deadline_seconds=3000,
        retries=1,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(minutes=55),
    )


liftoff_kubernetes()
