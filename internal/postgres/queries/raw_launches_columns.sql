-- The columns as they are, whatever they are: only the answer's header counts.
SELECT * FROM raw_launches LIMIT 0
