"""Stands in for Airflow where the mapping of exit codes is tested: it schedules nothing and retries
nothing. `make test-airflow` runs the same test with Airflow itself.
"""


def dag(**_arguments):
    return lambda function: lambda: function()


class _Task:
    """What @task makes of a function: a call in a DAG runs nothing."""

    def __init__(self, function, arguments):
        self.function = function
        self.kwargs = arguments

    def __call__(self):
        pass


def task(**arguments):
    return lambda function: _Task(function, arguments)


class Connection:
    host, port, schema, login, password = "db.example.org", 5433, "launches", "somebody", "s3cret"
    extra_dejson = {"sslmode": "verify-full"}

    @classmethod
    def get(cls, conn_id):
        if conn_id != "liftoff_postgres":
            raise KeyError(conn_id)
        return cls()
