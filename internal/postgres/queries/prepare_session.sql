-- Gives a new session the settings that the program's statements count on,
-- whatever the role, the database and the connection say, and puts the schema
-- of the program's tables first in its search path.
--
-- Behind a pooler ($1 is the session's number as the client knows it) nothing is
-- set, because other clients may get the session next. Then the answer names the
-- settings that differ, but for those that no statement depends on today.
WITH surroundings AS MATERIALIZED (
    SELECT
        pg_backend_pid() = $1::BIGINT AS is_own,
        current_schemas(FALSE)::TEXT[] AS path,
        current_setting('session_replication_role') AS replication_role,
        coalesce(
            nullif($2::TEXT, ''),
            (
                SELECT namespace.nspname::TEXT
                FROM pg_namespace AS namespace
                WHERE namespace.oid = (
                    SELECT class.relnamespace
                    FROM pg_class AS class
                    WHERE class.oid = coalesce(to_regclass('liftoff_schema_version'), to_regclass('raw_launches'))
                )
            ),
            current_schema()::TEXT,
            ''
        ) AS home
),
wanted (name, value, matters) AS (
    VALUES
        -- What the server takes our text for, and how it reads our statements.
        ('client_encoding', 'UTF8', TRUE),
        ('standard_conforming_strings', 'on', TRUE),
        ('array_nulls', 'on', TRUE),
        ('transform_null_equals', 'off', TRUE),
        -- How it writes its answers.
        ('DateStyle', 'ISO, MDY', TRUE),
        ('IntervalStyle', 'postgres', TRUE),
        ('bytea_output', 'hex', TRUE),
        ('extra_float_digits', '1', TRUE),
        ('quote_all_identifiers', 'off', TRUE),
        ('TimeZone', 'UTC', FALSE),
        ('lc_monetary', 'C', FALSE),
        ('lc_numeric', 'C', FALSE),
        ('lc_time', 'C', FALSE),
        -- Which rows it sees, and whether a COMMIT is on disk.
        ('row_security', 'on', TRUE),
        ('gin_fuzzy_search_limit', '0', TRUE),
        ('default_transaction_isolation', 'read committed', FALSE),
        ('exit_on_error', 'off', FALSE),
        (
            'synchronous_commit',
            CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END,
            FALSE
        )
)
SELECT
    surroundings.path,
    surroundings.home,
    surroundings.replication_role,
    ARRAY(
        SELECT wanted.name || ' is ' || current_setting(wanted.name) || ', not ' || wanted.value
        FROM wanted
        WHERE CASE
            WHEN current_setting(wanted.name) = wanted.value THEN FALSE
            WHEN NOT surroundings.is_own THEN wanted.matters
            ELSE set_config(wanted.name, wanted.value, FALSE) <> wanted.value
        END
    ) AS other_settings,
    CASE
        WHEN surroundings.is_own AND surroundings.home <> '' THEN set_config(
            'search_path',
            array_to_string(
                ARRAY[quote_ident(surroundings.home)] || ARRAY(
                    SELECT quote_ident(schema.name)
                    FROM unnest(surroundings.path) WITH ORDINALITY AS schema (name, position)
                    WHERE schema.name <> surroundings.home AND schema.name NOT LIKE 'pg\_%'
                    ORDER BY schema.position
                ),
                ', '
            ),
            FALSE
        )
    END AS search_path
FROM surroundings
