-- +goose Up

-- How long a document is as text, or a little less or more, without writing it:
-- a number of a few bytes, like 1e131071, may stand for 131,072 digits. The
-- binary form of a NUMERIC has how many groups of four digits are before the
-- point, and how many digits are behind it.
-- +goose StatementBegin
CREATE FUNCTION liftoff_text_length(document JSONB)
RETURNS BIGINT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_column_size(jsonb_build_array(document)) + (
    SELECT
        coalesce(sum(
            CASE WHEN get_byte(number.binary, 2) < 128 THEN 4 * (256 * get_byte(number.binary, 2) + get_byte(number.binary, 3) + 1) ELSE 1 END
            + 256 * get_byte(number.binary, 6) + get_byte(number.binary, 7)
        ), 0)
    FROM (
        SELECT numeric_send(found.value::NUMERIC) AS binary
        FROM jsonb_array_elements(jsonb_path_query_array(document, 'strict $.** ? (@.type() == "number")')) AS found (value)
    ) AS number
);
-- +goose StatementEnd

COMMENT ON FUNCTION liftoff_text_length(JSONB) IS 'About how long a document is as text, without writing it: its size, and the digits that its numbers unfold to.';

-- +goose Down
DROP FUNCTION liftoff_text_length(JSONB);
