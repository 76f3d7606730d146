-- What launches refer to and is not stored: payloads, rockets and launchpads. There is
-- no line of the program's own SQL in it.
SELECT concat_ws(' ',
    (SELECT count(DISTINCT p.id) FROM raw_launches, jsonb_array_elements_text(raw_data -> 'payloads') AS p (id) WHERE p.id NOT IN (SELECT id FROM raw_payloads)),
    (SELECT count(DISTINCT raw_data ->> 'rocket') FROM raw_launches WHERE raw_data ->> 'rocket' NOT IN (SELECT id FROM raw_rockets)),
    (SELECT count(DISTINCT raw_data ->> 'launchpad') FROM raw_launches WHERE raw_data ->> 'launchpad' NOT IN (SELECT id FROM raw_launchpads)))
