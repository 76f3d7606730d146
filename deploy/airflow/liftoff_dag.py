"""liftoff once an hour, by Airflow 3: the program runs on Airflow's own worker.

Copy this file into the folder of your DAGs. README.md has the rest.
"""

import os
import signal
import subprocess
from datetime import datetime, timedelta, timezone

from airflow.sdk import Connection, dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

COMMAND = ["liftoff", "ingest", "--new", "--if-locked", "fail", "--skip-analytics"]

# The exit codes after which trying again changes nothing: docs/exit-codes.md.
FINAL = {
    2: "wrong usage or configuration",
    3: "the launches are stored, but something is in quarantine or has another shape; see `liftoff quarantine list`",
    7: "a login, a privilege or the database is missing",
    8: "a guard refused to write",
}
LOCKED = 75


def judge(code, last_line):
    """Turns liftoff's exit code into what Airflow does next."""
    if code == 0:
        return
    if code == LOCKED:
        raise AirflowSkipException(f"another run is at work (75): {last_line}")
    if code in FINAL:
        raise AirflowFailException(f"{FINAL[code]} ({code}): {last_line}")
    # 1, 4, 5, 6, 129, 130, 143 and what nobody expects: tried again. A negative code is a signal's number.
    raise AirflowException(f"liftoff ended with {code}: {last_line}")


def settings():
    """The environment of liftoff: that of the worker, and the database of the connection liftoff_postgres."""
    database = Connection.get("liftoff_postgres")
    given = {
        "POSTGRES_HOST": database.host,
        "POSTGRES_PORT": database.port,
        "POSTGRES_DB": database.schema,
        "POSTGRES_USER": database.login,
        "POSTGRES_PASSWORD": database.password,
        "POSTGRES_SSLMODE": database.extra_dejson.get("sslmode"),
    }
    # Airflow keeps the log.
    return {**os.environ, "LOG_FILE": "-", **{name: str(value) for name, value in given.items() if value}}


@task(
    retries=4,
    retry_delay=timedelta(minutes=1),
    # 1, 2, 4 and 8 minutes; the next hour is a new run in any case.
    retry_exponential_backoff=2,
    max_retry_delay=timedelta(minutes=15),
    execution_timeout=timedelta(minutes=50),
)
def ingest():
    """Runs liftoff, and sees to it that it ends with the task."""
    environment = settings()
    # Without a host the program would fill a PostgreSQL of its own on this worker.
    if not (environment.get("POSTGRES_HOST") or environment.get("DATABASE_URL")):
        raise AirflowFailException("the connection liftoff_postgres has no host. Next: give it one with --conn-host")
    try:
        child = subprocess.Popen(
            COMMAND,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # A process group of its own: Airflow sends SIGTERM to all of the task's group, and
            # liftoff would take a second one for "at once".
            start_new_session=True,
        )
    except FileNotFoundError:
        raise AirflowFailException(f"{COMMAND[0]} is not on the PATH of this worker. Next: install it there") from None
    # Airflow's own handler tells the operator alone, which knows nothing of the child.
    previous = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    last_line = ""
    try:
        with child:
            try:
                for line in child.stdout:
                    print(line, end="", flush=True)
                    last_line = line.strip() or last_line
            except BaseException:  # such as the timeout
                child.terminate()
                child.wait()
                raise
    finally:
        signal.signal(signal.SIGTERM, previous)
    judge(child.returncode, last_line)


@dag(
    # Not at :00, when everybody else asks the API.
    schedule="7 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    # One run fetches whatever came in the hours that were missed.
    catchup=False,
    max_active_runs=1,
    tags=["liftoff"],
)
def liftoff():
    """SpaceX launches into PostgreSQL."""
    ingest()


liftoff()
