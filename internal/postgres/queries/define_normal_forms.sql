-- Temporary functions that return a definition in its normal form. PostgreSQL
-- writes down what it has understood, and what it reads from that it may write
-- down a little differently: after a dump was restored, for example. A second
-- reading changes nothing more. NULL if the definition cannot be read.
CREATE FUNCTION pg_temp.liftoff_normal_view(view OID)
RETURNS TEXT
LANGUAGE plpgsql AS $$
DECLARE
    name TEXT := 'liftoff_normal_' || view;
BEGIN
    FOR reading IN 1..2 LOOP
        name := name || '_' || reading;
        EXECUTE format('CREATE TEMPORARY VIEW %I AS %s', name, pg_get_viewdef(view));
        view := to_regclass('pg_temp.' || name);
    END LOOP;
    RETURN pg_get_viewdef(view);
EXCEPTION
    WHEN OTHERS THEN RETURN NULL;
END
$$;

CREATE FUNCTION pg_temp.liftoff_normal_function(function OID)
RETURNS TEXT
LANGUAGE plpgsql AS $$
DECLARE
    head TEXT := '^CREATE OR REPLACE FUNCTION [^(]*';
    name TEXT := 'liftoff_normal_' || function;
BEGIN
    FOR reading IN 1..2 LOOP
        name := name || '_' || reading;
        EXECUTE regexp_replace(pg_get_functiondef(function), head, 'CREATE FUNCTION pg_temp.' || name);
        function := (SELECT oid FROM pg_proc WHERE proname = name AND pronamespace = pg_my_temp_schema());
    END LOOP;
    RETURN regexp_replace(pg_get_functiondef(function), head, '');
EXCEPTION
    WHEN OTHERS THEN RETURN NULL;
END
$$;
